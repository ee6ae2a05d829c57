import { codeAt, isIn } from './characters.ts'
import type { HiddenText, Sighting } from './hidden.ts'

/** The bidirectional controls of a text, judged: what they do to those who look at it. */
export interface Directions {
  /** Make it look different from what it says: each with its scope and its end, if it has one. */
  readonly deceiving: readonly Scope[]
  /** Do nothing at all, so that they may carry something: ends without a beginning, scopes without an effect. */
  readonly useless: readonly number[]
  /** Set a piece apart, as programs do with every value they put into a sentence. */
  readonly isolating: readonly number[]
}

interface Scope {
  readonly code: number
  readonly from: number
  /** Behind the scope: where its end stands, or the line ends. */
  readonly to: number
  readonly closed: boolean
}

const LRE = 0x202a
const RLE = 0x202b
const PDF = 0x202c
const LRO = 0x202d
const RLO = 0x202e
const LRI = 0x2066
const RLI = 0x2067
const FSI = 0x2068
const PDI = 0x2069

const STEP =
  /[\u202a-\u202e\u2066-\u2069\n\r\u2029]|[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]|[A-Za-z0-9]/gu
const ANY = /[\u202a-\u202e\u2066-\u2069]/

interface Open {
  readonly code: number
  readonly at: number
  readonly rightToLeft: number
  readonly visible: number
}

/**
 * Judges the bidirectional controls of a text (UAX 9, Trojan Source CVE-2021-42574).
 *
 * An override always deceives. An embedding or isolate from right to left deceives when nothing in it is written from
 * right to left: all it does is to move things. The others change nothing in a text from left to right, and are what
 * well-made Arabic and Hebrew texts have.
 */
export function judgeDirections(text: string): Directions | undefined {
  if (!ANY.test(text)) return undefined
  const deceiving: Scope[] = []
  const useless: number[] = []
  const isolating: number[] = []
  let rightToLeft = 0
  let visible = 0
  let open: Open[] = []
  const close = ({ code, at, ...before }: Open, to: number, closed: boolean) => {
    const scope = { code, from: at, to, closed }
    const hasRightToLeft = rightToLeft > before.rightToLeft
    const isEmpty = visible === before.visible && !hasRightToLeft
    if (code === RLO || code === LRO) deceiving.push(scope)
    else if (isEmpty || (!closed && !hasRightToLeft && code !== RLE && code !== RLI))
      useless.push(at, ...(closed ? [to] : []))
    else if (hasRightToLeft) isolating.push(at, ...(closed ? [to] : []))
    else if (code === RLE || code === RLI) deceiving.push(scope)
    else if (code === LRE) useless.push(at, to)
    else isolating.push(at, to)
  }
  const endLine = (at: number) => {
    for (const each of open.reverse()) close(each, at, false)
    open = []
  }
  for (const match of text.matchAll(STEP)) {
    const code = codeAt(match[0], 0)
    const at = match.index
    if (code === PDF) {
      const top = open.at(-1)
      if (top === undefined || isIsolate(top.code)) useless.push(at)
      else close(open.pop() ?? top, at, true)
    } else if (code === PDI) {
      const last = open.findLastIndex((each) => isIsolate(each.code))
      if (last < 0) useless.push(at)
      else for (const each of open.splice(last).reverse()) close(each, at, isIsolate(each.code))
    } else if (isOpener(code)) {
      // Deeper than UAX 9 lets them nest, renderers ignore them.
      if (open.length < MAX_DEPTH) open.push({ code, at, rightToLeft, visible })
      else useless.push(at)
    } else if (isIn(code, LINE_END)) endLine(at)
    else if (code < 0x80) visible++
    else rightToLeft++
  }
  endLine(text.length)
  return { deceiving, useless, isolating }
}

const MAX_DEPTH = 125
const LINE_END = /[\n\r\u2029]/
const isIsolate = (code: number) => code >= LRI && code <= FSI
const isOpener = (code: number) => (code >= LRE && code <= RLO && code !== PDF) || isIsolate(code)

/** What to say about controls that deceive, and what of them to take out: themselves, never what they reorder. */
export function sightDirections(text: string, { deceiving }: Directions): Sighting {
  const hidden: HiddenText[] = []
  const cuts = deceiving.flatMap(({ from, to, closed }) => [
    { from, to: from + 1, by: '' },
    ...(closed ? [{ from: to, to: to + 1, by: '' }] : []),
  ])
  for (const { code, from, to, closed } of deceiving.slice(0, MAX_FINDINGS)) {
    const backwards = code === RLO ? reversed(text.slice(from + 1, Math.min(to, from + MAX_SHOWN))) : ''
    hidden.push({
      rule: 'text/bidi',
      severity: code === RLO || code === LRO ? 'critical' : 'high',
      start: from,
      end: closed ? to + 1 : to,
      ...(backwards === '' ? {} : { decoded: backwards }),
      explain:
        code === RLO
          ? 'A right-to-left override shows the text backwards: people and programs read different texts.'
          : 'A bidirectional control moves letters that need no direction: people and programs read different texts.',
    })
  }
  return { hidden, cuts }
}

const MAX_FINDINGS = 50
const MAX_SHOWN = 2000

/** What a person sees of text under a right-to-left override. */
export function reversed(text: string): string {
  return [...text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '')].reverse().join('')
}
