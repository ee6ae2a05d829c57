/**
 * How a refusal reaches whoever asked (DESIGN 6 "Refusals"): a tool call gets a tool result a model can act on, anything
 * else a JSON-RPC error. Never a stack, never a server's or client's raw text.
 */
import { redactText } from '@sallyport/controls/secrets'
import { visible } from '@sallyport/controls/text'
import { ERROR, errorBytes, modernStatus } from '../protocol/errors.ts'
import type { Exchange } from './exchange.ts'
import type { Refusal } from './verdict.ts'

export interface RefusalAnswer {
  readonly bytes: Buffer
  /** HTTP status in the modern era (2026-07-28, error table). */
  readonly status: number
  readonly errorCode?: number
}

/**
 * @example
 * refusalAnswer(exchange, { kind: 'refuse', rule: 'access/deny', explain: 'writing is not allowed here' }, '7')
 */
export function refusalAnswer(exchange: Exchange, refusal: Refusal, id: string): RefusalAnswer {
  if (exchange.method === 'tools/call' && refusal.code === undefined) {
    const text = refusalText(exchange, refusal)
    const result = {
      ...(exchange.era === 'modern' ? { resultType: 'complete' } : {}),
      content: [{ type: 'text', text }],
      isError: true,
      _meta: { 'sallyport/refusal': { rule: refusal.rule, ...askedIn(refusal), ...retryOf(refusal) } },
    }
    return {
      bytes: Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(result)}}`),
      status: 200,
    }
  }
  const code = refusal.code ?? ERROR.refused
  const message = refusal.code === undefined ? refusalText(exchange, refusal) : redactText(refusal.explain)
  const data = {
    rule: refusal.rule,
    ...askedIn(refusal),
    ...retryOf(refusal),
    ...(refusal.remedy === undefined ? {} : { remedy: refusal.remedy }),
  }
  return {
    bytes: errorBytes(id, code, message, data),
    status: exchange.era === 'legacy' ? 200 : modernStatus(code),
    errorCode: code,
  }
}

/** For programs: which questions wait for a person. */
function askedIn({ asked }: Refusal): { readonly asked?: string[] } {
  return asked === undefined ? {} : { asked: [...asked] }
}

/** For programs: when the same call may pass. */
function retryOf({ retryAfterMs }: Refusal): { readonly retryAfterMs?: number } {
  return retryAfterMs === undefined ? {} : { retryAfterMs }
}

/** The sentence, as a model or a person reads it. */
export function refusalText(exchange: Exchange, refusal: Refusal): string {
  const what =
    exchange.exposedName === undefined
      ? exchange.method
      : `${exchange.method} ${visible(exchange.exposedName)}`
  const remedy = refusal.remedy === undefined ? '' : ` ${refusal.remedy}`
  const verb = refusal.reached ? 'has no answer for you to' : 'refused'
  const effect = refusal.reached ? ' The call had been sent: whether it took effect there is not known.' : ''
  // A sentence may quote what it is about, a resource's address for example. Each by itself: `/etc/passwd: it leads` and
  // `set_password: argument` would else read like a password and its value.
  const said = `${redactText(what)}: ${redactText(refusal.explain)}`
  return `Sallyport ${verb} ${said}. [rule ${refusal.rule}]${effect}${remedy}`
}
