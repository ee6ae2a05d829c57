/**
 * Hidden text: whatever a server says in any channel reaches a client without tag characters, bidirectional controls, messages in
 * characters of no width, terminal sequences and control characters (control F02, CWE-150).
 *
 * Evidence: the characters (`controls/text`). A message that can have none of them is told by one look at its bytes and goes on
 * unread. Cannot know: what a font or a colour hides.
 */
import { isAscii } from 'node:buffer'
import { cleanText } from '@sallyport/controls/answers'
import type { JsonObject } from '@sallyport/controls/json'
import { bodyOf } from '../body.ts'
import type { ResponseControl } from '../control.ts'
import { PASS, type ResponseVerdict } from '../verdict.ts'
import type { AnswerPolicy } from './answerPolicy.ts'
import { isFull, isOpaque, note, speakerOf, whereOf } from './answerTexts.ts'
import { mapTextsInTurns } from './textTurns.ts'

/** @example hiddenText(answerPolicies(config)) */
export function hiddenText(policyOf: (server: string) => AnswerPolicy): ResponseControl {
  return {
    name: 'hidden-text',
    inspect(exchange, message) {
      const server = speakerOf(exchange, message)
      if (server === undefined || !mayHide(message.bytes)) return PASS
      const body = bodyOf(message)
      const shown = mapTextsInTurns(body, message.bytes.length, {
        wants: (_text, path) => !isOpaque(path),
        look: cleanText,
        visit: (_text, path, _isKey, { text, rules }) => {
          if (isFull(exchange)) return text
          for (const rule of rules)
            note(exchange, { rule, severity: PLAIN.has(rule) ? 'low' : 'high', where: whereOf(path) })
          return text
        },
      })
      const settled = (clean: JsonObject): ResponseVerdict =>
        clean === body || !policyOf(server).enforced
          ? PASS
          : { kind: 'rewrite', rule: 'answers/hidden-text', body: clean }
      return shown instanceof Promise ? shown.then(settled) : settled(shown)
    },
  }
}

/** Coloured output of a program is normal in an answer. */
const PLAIN: ReadonlySet<string> = new Set(['text/ansi', 'text/control'])

/**
 * Can these bytes of JSON have a character that hides? Looks for escapes, for DEL, and for the first bytes of UTF-8 that
 * invisible characters begin with. Curly quotes, dashes, accents and most scripts are not among them.
 */
export function mayHide(bytes: Buffer): boolean {
  if (bytes.includes(0x7f) || hasEscape(bytes)) return true
  return !isAscii(bytes) && mayHideBeyondAscii(bytes)
}

/**
 * One pattern finds all three at once, where three searches would each stop at every `\\n` and `\\"`. Much text has no escape at
 * all, which a search for one byte says twenty times sooner.
 */
function hasEscape(bytes: Buffer): boolean {
  const first = bytes.indexOf(BACKSLASH)
  if (first < 0) return false
  for (let from = first; from < bytes.length; from += PIECE) {
    // One byte more, for an escape that is cut in two.
    if (ESCAPE.test(bytes.toString('latin1', from, from + PIECE + 1))) return true
  }
  return false
}

const BACKSLASH = 0x5c
const ESCAPE = /\\[ubr]/
/** A copy of a large answer as one string would have V8 collect garbage for it. */
const PIECE = 65_536

function mayHideBeyondAscii(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const lead = bytes[at] ?? 0
    if (lead < 0xc2) continue
    const second = bytes[at + 1] ?? 0
    if (lead >= 0xf0) {
      // Planes 14 to 16, music and shorthand controls, and whatever is assigned beyond what is known now.
      if (lead > 0xf0 || second === 0x9b || second === 0x9d) return true
      at += 3
    } else if (lead >= 0xe0) {
      const third = bytes[at + 2] ?? 0
      if (lead === 0xe2) {
        if (second === 0x80 && (third < 0x90 || third > 0xa7)) return true
        if (second === 0x81 && third >= 0x9f) return true
        if (second === 0xa0 && third === 0x80) return true
      } else if (lead === 0xe1) {
        if (second === 0x85 || second === 0x9e || second === 0xa0) return true
      } else if (lead === 0xe3) {
        if (second === 0x85) return true
      } else if (lead >= 0xee) return true
      at += 2
    } else {
      if (lead === 0xc2 && (second < 0xa0 || second === 0xad)) return true
      if (lead === 0xcd && second === 0x8f) return true
      if (lead === 0xd8 && second === 0x9c) return true
      at += 1
    }
  }
  return false
}
