import { searchAhead } from './ahead.ts'

/** Something that a terminal obeys instead of showing it. */
export interface Sequence {
  readonly kind: 'control' | 'string' | 'short'
  /** Behind it. What is cut off or malformed is only its introducer. */
  readonly to: number
  /** What a string holds. */
  readonly said?: string
}

const ESC = 0x1b
/** What begins a string that a terminal keeps to itself, after ESC and as one character: DCS, SOS, OSC, PM, APC. */
const STRINGS_7: ReadonlySet<number> = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f])
const STRINGS_8: ReadonlySet<number> = new Set([0x90, 0x98, 0x9d, 0x9e, 0x9f])
const CSI_7 = 0x5b
const CSI_8 = 0x9b
/** A string in C1 form must end so soon: text that was decoded wrongly is full of such characters. */
const MAX_C1_STRING = 2000

/**
 * Reads escape sequences (ECMA-48, 7-bit and 8-bit form), for places that only go forward. A single C1 character that
 * begins nothing whole is none: text that was decoded wrongly is full of them.
 */
export function sequenceReader(text: string): (at: number) => Sequence | undefined {
  const endOfString = stringEnds(text)
  return (at) => {
    const code = text.charCodeAt(at)
    const next = text.charCodeAt(at + 1)
    if (code === ESC) {
      if (next === CSI_7) return { kind: 'control', to: controlEnd(text, at + 2) ?? at + 2 }
      if (!STRINGS_7.has(next)) return { kind: 'short', to: shortEnd(text, at + 1) }
      const end = endOfString(at + 2)
      return end === undefined
        ? { kind: 'string', to: at + 2 }
        : { kind: 'string', to: end.to, said: text.slice(at + 2, end.from) }
    }
    if (code === CSI_8) {
      const to = isIn(next, 0x30, 0x3f) ? controlEnd(text, at + 1) : undefined
      return to === undefined ? undefined : { kind: 'control', to }
    }
    if (!STRINGS_8.has(code)) return undefined
    const end = endOfString(at + 1)
    if (end === undefined || end.from - at > MAX_C1_STRING) return undefined
    return { kind: 'string', to: end.to, said: text.slice(at + 1, end.from) }
  }
}

const isIn = (code: number, first: number, last: number) => code >= first && code <= last

/** Parameters, intermediates, final character. */
function controlEnd(text: string, from: number): number | undefined {
  let at = from
  while (isIn(text.charCodeAt(at), 0x30, 0x3f)) at++
  while (isIn(text.charCodeAt(at), 0x20, 0x2f)) at++
  return isIn(text.charCodeAt(at), 0x40, 0x7e) ? at + 1 : undefined
}

function shortEnd(text: string, from: number): number {
  let at = from
  while (at < from + 3 && isIn(text.charCodeAt(at), 0x20, 0x2f)) at++
  return isIn(text.charCodeAt(at), 0x30, 0x7e) ? at + 1 : from
}

/** The nearest of what ends a string: BEL, ESC with a backslash, or ST. */
function stringEnds(text: string): (from: number) => { from: number; to: number } | undefined {
  const ends = ['\u0007', '\u001b\\', '\u009c'].map((end) => ({
    search: searchAhead(text, end),
    length: end.length,
  }))
  return (from) => {
    let nearest: { from: number; to: number } | undefined
    for (const { search, length } of ends) {
      const at = search(from)
      if (at >= 0 && (nearest === undefined || at < nearest.from)) nearest = { from: at, to: at + length }
    }
    return nearest
  }
}

/** Does a control sequence begin or end concealed text? That is "select graphic rendition" with 8, or with 28 or 0. */
export function concealment(sequence: string): 'on' | 'off' | undefined {
  const body = SGR.exec(sequence)?.[1]
  if (body === undefined) return undefined
  let switches: 'on' | 'off' | undefined
  const parameters = body.split(';')
  for (let index = 0; index < parameters.length; index++) {
    const parameter = Number(parameters[index])
    // 38;5;N and 38;2;R;G;B (also 48 and 58) are colours by number.
    if (parameter === 38 || parameter === 48 || parameter === 58)
      index += parameters[index + 1] === '5' ? 2 : 4
    else if (parameter === 8) switches = 'on'
    else if (parameter === 0 || parameter === 28) switches = 'off'
  }
  return switches
}

const SGR = /^\p{Cc}\[?([0-9;]{0,64})m$/u
