import type { Program } from './automaton.ts'

/** Steps that may still be taken; every state that is looked at takes one. */
export interface Meter {
  left: number
}

/**
 * Runs an automaton in all its states at once, one character at a time. `fromStart`: only a match that begins at the
 * start of the text counts. `undefined` when the meter ran out.
 */
export function run(program: Program, text: string, meter: Meter, fromStart: boolean): boolean | undefined {
  const { states, first } = program
  const only = fromStart || program.anchored
  /** The turn in which a state was last entered: nothing is entered twice for one character. */
  const entered = new Int32Array(states.length)
  let turn = 0
  let now: number[] = []
  let later: number[] = []
  const open: number[] = []
  let before = -1

  /** Enters a state and all that it leads to without a character; true when the match is among them. */
  const enter = (state: number, at: number, next: number, into: number[]): boolean => {
    open.push(state)
    for (let each = open.pop(); each !== undefined; each = open.pop()) {
      if (entered[each] === turn) continue
      entered[each] = turn
      meter.left--
      const one = states[each]
      switch (one?.kind) {
        case 'match':
          open.length = 0
          return true
        case 'char':
          into.push(each)
          break
        case 'split':
          open.push(one.other, one.next)
          break
        case 'start':
          if (at === 0) open.push(one.next)
          break
        case 'end':
          if (next === -1) open.push(one.next)
          break
        case 'word':
          if (isWord(before) !== isWord(next)) open.push(one.next)
          break
        case 'inner':
          if (isWord(before) === isWord(next)) open.push(one.next)
          break
      }
    }
    return false
  }

  let code = text.length === 0 ? -1 : (text.codePointAt(0) ?? -1)
  turn++
  if (enter(first, 0, code, now)) return true
  for (let at = 0; code !== -1; ) {
    if (meter.left < 0) return undefined
    if (now.length === 0 && only) return false
    at += code > 0xffff ? 2 : 1
    const next = at < text.length ? (text.codePointAt(at) ?? -1) : -1
    before = code
    turn++
    meter.left--
    for (const each of now) {
      const one = states[each]
      if (one?.kind === 'char' && one.test(code) && enter(one.next, at, next, later)) return true
    }
    if (!only && enter(first, at, next, later)) return true
    ;[now, later] = [later, now]
    later.length = 0
    code = next
  }
  return false
}

function isWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f
  )
}
