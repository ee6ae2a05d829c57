import { isObject, type JsonObject } from '@sallyport/controls/json'
import type { Inbound } from '../../protocol/message.ts'
import { INPUT_REQUIRED_METHODS } from '../../protocol/methods.ts'
import type { RequestControl, ResponseControl } from '../control.ts'
import type { Exchange } from '../exchange.ts'
import { PASS, type Refusal, type ResponseVerdict } from '../verdict.ts'

/** The longest tool or prompt name; the specification's own limit (2025-11-25, "Tool Names"). */
const MAX_NAME = 128
const MAX_URI = 8192

/**
 * Request shape: what a method names must be there and be of the right type, before anyone routes by it.
 *
 * Decides on the member types of `params` alone; the arguments' schema is the arguments control's matter.
 */
export function requestShape(): RequestControl {
  return {
    name: 'request-shape',
    decide(exchange) {
      const { row, params } = exchange
      if (row?.name !== undefined) {
        const value = params[row.name.member]
        const most = row.name.member === 'name' ? MAX_NAME : MAX_URI
        if (typeof value !== 'string' || value === '' || value.length > most) {
          return invalid(
            `"params.${row.name.member}" of ${exchange.method} must be a text of 1 to ${most} characters`,
          )
        }
      }
      if ('arguments' in params && params.arguments !== undefined && !isObject(params.arguments)) {
        return invalid(`"params.arguments" of ${exchange.method} must be an object`)
      }
      if ('_meta' in params && params._meta !== undefined && !isObject(params._meta)) {
        return invalid(`"params._meta" of ${exchange.method} must be an object`)
      }
      return PASS
    },
  }
}

/**
 * Answer size and shape: an answer over the server's limit is withheld, and so is one that is not what its method
 * returns at all (so that no later control looks for text in the wrong place).
 */
export function responseShape(limits: {
  readonly maxResultBytes: (server: string) => number
}): ResponseControl {
  return {
    name: 'response-shape',
    inspect(exchange, message) {
      const { server } = exchange
      if (server !== undefined) {
        const most = limits.maxResultBytes(server)
        if (message.bytes.length > most) {
          return {
            kind: 'refuse',
            rule: 'shape/result-size',
            explain: `the answer of "${server}" is ${message.bytes.length} bytes, more than its limit of ${most}`,
            remedy: `Ask for less, or raise "servers.${server}.maxResult" in the configuration.`,
          }
        }
      }
      return message.kind === 'result' ? resultShape(exchange, message) : PASS
    },
  }
}

const LISTS: ReadonlyMap<string, string> = new Map([
  ['tools/list', 'tools'],
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resourceTemplates'],
  ['skills/list', 'skills'],
])

function resultShape(exchange: Exchange, message: Inbound): ResponseVerdict {
  const result = message.value.result as JsonObject
  const member = LISTS.get(exchange.method)
  if (member !== undefined && !Array.isArray(result[member]))
    return malformed(exchange, `"result.${member}" is not a list`)
  // It is shown to nobody and looked through by nobody: a word of the protocol, or nothing.
  if (result.resultType !== undefined && !isWord(result.resultType))
    return malformed(exchange, '"result.resultType" is no word of the protocol')
  // Else a question to the client's model would come as the answer to a list (2026-07-28, "Multi Round-Trip Requests").
  if (result.resultType === 'input_required' && !INPUT_REQUIRED_METHODS.has(exchange.method))
    return malformed(exchange, 'this method may not ask for input')
  if (exchange.method === 'tools/call' && result.content !== undefined && !Array.isArray(result.content)) {
    return malformed(exchange, '"result.content" is not a list')
  }
  return PASS
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z_]{1,32}$/.test(value)
}

function malformed(exchange: Exchange, what: string): Refusal {
  return {
    kind: 'refuse',
    rule: 'shape/result',
    explain: `the answer of "${exchange.server ?? '?'}" to ${exchange.method} is malformed: ${what}`,
    remedy: 'The server breaks the specification; report it to its author.',
  }
}

function invalid(explain: string): Refusal {
  return { kind: 'refuse', rule: 'shape/params', explain, code: -32602 }
}
