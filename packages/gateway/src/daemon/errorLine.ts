/** What the relay itself says to a client: that there is no gateway behind it. */

/** `ERROR.unavailable` of `protocol/errors.ts`, which this thin program does not load. */
export const UNAVAILABLE = -31503

/** Rules of these answers, see `rules.ts`. */
export type RelayRule = 'daemon/lost' | 'daemon/unavailable'

/**
 * One line with a JSON-RPC error. `id` is the JSON text of the request's id, as it came.
 *
 * @example errorLine(Buffer.from('7'), 'the daemon ended', 'daemon/lost') // {"jsonrpc":"2.0","id":7,"error":{...}}
 */
export function errorLine(id: Buffer, message: string, rule: RelayRule): Buffer {
  const error = JSON.stringify({ code: UNAVAILABLE, message, data: { rule } })
  return Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":'), id, Buffer.from(`,"error":${error}}\n`)])
}
