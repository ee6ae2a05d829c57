import type { JsonObject } from '@sallyport/controls/json'
import type { Exchange } from '../../pipeline/exchange.ts'
import type { Refusal } from '../../pipeline/verdict.ts'

/**
 * Why a result of a modern server cannot be taken for the whole one. A kind that is not known is invalid (2026-07-28, `resultType`):
 * read as `complete`, what only begins something, or asks for something, would pass for the answer. For whom no extension is
 * declared, there is no other kind; a modern client knows its own. The kind itself is a word of the server's: it is not repeated.
 *
 * @example unlessComplete({ server: 's', method: 'tools/call' }, { resultType: 'zzz', content: [] })?.rule // 'shape/result'
 */
export function unlessComplete(
  { server = '?', method }: Pick<Exchange, 'server' | 'method'>,
  { resultType }: JsonObject,
): Refusal | undefined {
  // Older servers leave it out.
  if (resultType === undefined || resultType === 'complete') return undefined
  return {
    kind: 'refuse',
    rule: 'shape/result',
    explain: `the answer of "${server}" to ${method} cannot be read: its "resultType" is none that is known here`,
    remedy:
      'The server breaks the specification, or has an extension that this client did not ask for: report it to its author.',
  }
}
