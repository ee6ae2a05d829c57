import { decodedTexts } from './encoded.ts'
import type { FlowUndone } from './source.ts'
import { mayBeEscaped, unescapeText } from './unescape.ts'

/** One way to read a text that is sent. */
export interface TextReading {
  readonly text: string
  readonly via: readonly FlowUndone[]
  /** Where in the text that was sent it stands. */
  readonly start: number
  readonly end: number
  /** It is that text itself, place by place. */
  readonly isAsSent: boolean
  /** It had something in it that an escape begins with. */
  readonly isEscaped: boolean
}

/** Encodings within encodings. */
const MAX_DEPTH = 6

/**
 * Every way to read a text: without its escapes, and whatever is encoded in it, again and again.
 *
 * What all of them come to is bounded by the length of the text, so a text of encodings within encodings costs no more than any.
 */
export function readingsOf(sent: string): TextReading[] {
  const all: TextReading[] = []
  addPlain(sent, { via: NOTHING, start: 0, end: sent.length }, true, all)
  let left = sent.length * 6 + 1024
  let latest: readonly TextReading[] = all.slice()
  for (let depth = 0; depth < MAX_DEPTH && latest.length > 0; depth++) {
    const next: TextReading[] = []
    for (const reading of latest) {
      for (const { text, how, start, end } of decodedTexts(reading.text)) {
        left -= text.length + 16
        if (left < 0) return all
        const of = {
          via: reading.via.includes(how) ? reading.via : [...reading.via, how],
          start: reading.isAsSent ? start : reading.start,
          end: reading.isAsSent ? end : reading.end,
        }
        addPlain(text, of, false, next)
      }
    }
    all.push(...next)
    latest = next
  }
  return all
}

type Origin = Pick<TextReading, 'via' | 'start' | 'end'>
const NOTHING: readonly never[] = []

/** A text without its escapes. */
function addPlain(text: string, of: Origin, isSent: boolean, into: TextReading[]): void {
  if (!mayBeEscaped(text)) {
    into.push({ text, via: of.via, start: of.start, end: of.end, isAsSent: isSent, isEscaped: false })
    return
  }
  const undone = new Set<FlowUndone>(of.via)
  const plain = unescapeText(text, undone)
  into.push({
    text: plain,
    via: [...undone],
    start: of.start,
    end: of.end,
    isAsSent: isSent && plain === text,
    isEscaped: true,
  })
  rejoin(text, plain, of, into)
}

/** A text whose escapes were broken by the ends of lines, once more without any white space. */
function rejoin(sent: string, plainly: string, of: Origin, into: TextReading[]): void {
  // Broken as it came, or broken within other escapes.
  const text = BROKEN.test(sent) ? sent : plainly
  if (!BROKEN.test(text)) return
  const undone = new Set<FlowUndone>(of.via)
  const joined = text.replace(/\s+/g, '')
  const plain = unescapeText(joined, undone)
  if (plain !== joined)
    into.push({
      text: plain,
      via: [...undone],
      start: of.start,
      end: of.end,
      isAsSent: false,
      isEscaped: true,
    })
}

/** An escape with white space in it. */
const BROKEN = /%[0-9a-f]?\s+[0-9a-f]|&#?[0-9a-z]{0,8}\s+[0-9a-z]{0,8};|\\[ux]?[0-9a-f]{0,3}\s+[0-9a-fux]/i
