import { isPrintable } from './decode.ts'
import type { HiddenText, Sighting } from './hidden.ts'
import { concealment, type Sequence, sequenceReader } from './sequences.ts'

/**
 * Everything that a terminal obeys instead of showing it: escape sequences, text written as concealed, and other control
 * characters; and halves of surrogate pairs, which are no characters at all.
 *
 * What a terminal would not show is to be taken out with what hides it: the contents of strings, concealed text, what a
 * backspace rubs out. A carriage return in the middle of a line becomes a line break, and nothing is overwritten. Tab,
 * line feed, form feed, NEL and CR LF are text.
 */
export function sightControls(text: string): Sighting {
  const sighting: Sighting = { hidden: [], cuts: [] }
  const readSequence = sequenceReader(text)
  /** Where the terminal began to hide what is written. */
  let concealed: { readonly by: number; readonly from: number } | undefined
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (isText(code)) {
      at++
    } else if (code > 0x9f) {
      at = passSurrogate(sighting, text, at)
    } else {
      const sequence = readSequence(at)
      if (sequence === undefined) {
        at = passControl(sighting, text, at)
        continue
      }
      const written = text.slice(at, sequence.to)
      const switches = sequence.kind === 'control' ? concealment(written) : undefined
      if (switches === 'on') concealed ??= { by: at, from: sequence.to }
      if (switches === 'off' && concealed !== undefined) {
        reportConcealed(sighting, concealed.by, sequence.to, text.slice(concealed.from, at))
        concealed = undefined
      }
      const severity = COLOURS.test(written) && switches !== 'on' ? 'high' : 'critical'
      report(sighting, 'text/ansi', severity, at, sequence.to, SEQUENCES[sequence.kind], sequence.said)
      at = sequence.to
    }
  }
  if (concealed !== undefined)
    reportConcealed(sighting, concealed.by, text.length, text.slice(concealed.from))
  return sighting
}

const isText = (code: number) =>
  (code >= 0x20 && code < 0x7f) ||
  (code > 0x9f && (code < 0xd800 || code > 0xdfff)) ||
  code === 9 ||
  code === 10 ||
  code === 12 ||
  code === 0x85

/** Colour alone hides nothing; all else moves, erases, or does something outside of the text. */
const COLOURS = /^\p{Cc}\[?[0-9;]*m$/u

const SEQUENCES: Readonly<Record<Sequence['kind'], string>> = {
  control: 'A terminal takes a control sequence as a command: colours, moves, erasing.',
  string: 'A terminal keeps a control string to itself: titles, links, the clipboard.',
  short: 'A terminal takes an escape sequence as a command.',
}

const MAX_FINDINGS = 50
const MAX_SHOWN = 2000

/** Takes note of a piece, and of taking it out. */
function report(
  { hidden, cuts }: Sighting,
  rule: 'text/ansi' | 'text/control',
  severity: HiddenText['severity'],
  start: number,
  end: number,
  explain: string,
  said = '',
  by = '',
): void {
  cuts.push({ from: start, to: end, by })
  // What decides has its own count: strays must not crowd it out.
  if (hidden.length >= (severity === 'critical' ? 2 * MAX_FINDINGS : MAX_FINDINGS)) return
  const decoded = said.slice(0, MAX_SHOWN)
  hidden.push({ rule, severity, start, end, ...(isPrintable(decoded) ? { decoded } : {}), explain })
}

function reportConcealed(sighting: Sighting, start: number, end: number, concealed: string): void {
  const said = concealed.slice(0, MAX_SHOWN).replace(SEQUENCE_IN_TEXT, '')
  report(sighting, 'text/ansi', 'critical', start, end, 'Concealed text is not shown by a terminal.', said)
}

const SEQUENCE_IN_TEXT = /\p{Cc}(?:\[[0-?]*[ -/]*[@-~])?/gu

/** Behind the surrogate at this place, and the other half of its pair. */
function passSurrogate(sighting: Sighting, text: string, at: number): number {
  const isPair = text.charCodeAt(at) < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
  if (isPair) return at + 2
  report(sighting, 'text/control', 'medium', at, at + 1, 'Half a surrogate pair is no character.')
  return at + 1
}

const BACKSPACE = 0x08
const LF = 0x0a
const CR = 0x0d

/** Behind the control character at this place, and those that belong to it. */
function passControl(sighting: Sighting, text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code === CR) {
    const next = text.charCodeAt(at + 1)
    const overwrites =
      at > 0 && at + 1 < text.length && next !== LF && next !== CR && text.charCodeAt(at - 1) !== LF
    if (overwrites) report(sighting, 'text/control', 'medium', at, at + 1, OVERWRITES, '', '\n')
    return at + 1
  }
  if (code !== BACKSPACE) {
    report(sighting, 'text/control', 'medium', at, at + 1, 'A control character is not shown.')
    return at + 1
  }
  let end = at + 1
  while (text.charCodeAt(end) === BACKSPACE) end++
  const erased = erasedBefore(text, at, end - at)
  report(sighting, 'text/control', 'medium', erased, end, RUBS_OUT, text.slice(erased, at))
  return end
}

const OVERWRITES = 'A carriage return lets what follows overwrite the line.'
const RUBS_OUT = 'Backspaces rub out what stands before them.'

/** Where the characters begin that so many backspaces rub out: in their own line, a surrogate pair as one. */
function erasedBefore(text: string, at: number, count: number): number {
  let from = at
  for (let left = count; left > 0 && from > 0; left--) {
    if (text.charCodeAt(from - 1) < 0x20) break
    const isPair =
      (text.charCodeAt(from - 1) & 0xfc00) === 0xdc00 &&
      from > 1 &&
      (text.charCodeAt(from - 2) & 0xfc00) === 0xd800
    from -= isPair ? 2 : 1
  }
  return from
}
