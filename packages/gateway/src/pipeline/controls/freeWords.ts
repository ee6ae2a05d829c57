/**
 * Free words: a greeting or a list says what the protocol has a place for, and nothing else. Entries, instructions and the
 * server's own information are pinned and inspected; what stands around them is for programs (`experimental`, `_meta`), and
 * a sentence there would be read by nobody but a model.
 *
 * Evidence: the form of each text (`controls/surface`, `withoutFreeWords`). The same at every level of trust. Cannot know:
 * what a client makes of a setting that is a word.
 */
import { isSurfaceMethod, withoutFreeWords } from '@sallyport/controls/surface'
import { bodyOf } from '../body.ts'
import type { ResponseControl } from '../control.ts'
import { PASS } from '../verdict.ts'
import { note } from './answerTexts.ts'

const RULE = 'answers/free-words'

/** @param enforced false: only written down (profile `observe`) @example freeWords(true) */
export function freeWords(enforced: boolean): ResponseControl {
  return {
    name: 'free-words',
    inspect(exchange, message) {
      const { server, method, direction } = exchange
      if (server === undefined || message.kind !== 'result' || direction !== 'client-to-server') return PASS
      if (!isSurfaceMethod(method)) return PASS
      const body = bodyOf(message)
      const { result, left } = withoutFreeWords(method, body)
      if (result === body) return PASS
      for (const where of left) note(exchange, { rule: RULE, severity: 'medium', where })
      return enforced ? { kind: 'rewrite', rule: RULE, body: result } : PASS
    },
  }
}
