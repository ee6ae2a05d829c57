/**
 * Whom a token was issued for (RFC 8707, RFC 9068, 4): mandatory, compared whole. A resource whose name begins like ours,
 * or differs by a slash, is another one.
 */
import type { JsonValue } from '@sallyport/controls/json'
import { isServerId } from '../../protocol/names.ts'
import { resourceOf } from '../resources.ts'

export interface Audiences {
  /** The servers that the value of `aud` opens; `undefined`: all of them; `none`: it is for somebody else. */
  serversOf(aud: JsonValue | undefined): readonly string[] | undefined | 'none'
}

/**
 * @param configured absent: the addresses of the gateway
 * @example
 * makeAudiences('https://gate.example', undefined).serversOf('https://gate.example/mcp/pg') // ['pg']
 */
export function makeAudiences(publicUrl: string, configured: readonly string[] | undefined): Audiences {
  const whole = resourceOf(publicUrl, { kind: 'all' })
  const before = `${whole}/`
  const known = configured === undefined ? undefined : new Set(configured)
  const serverOf = (text: string): string | undefined => {
    const server = text.startsWith(before) ? text.slice(before.length) : ''
    return isServerId(server) ? server : undefined
  }
  return {
    serversOf(aud) {
      const texts = Array.isArray(aud) ? aud : [aud]
      const servers: string[] = []
      for (const text of texts) {
        if (typeof text !== 'string' || known?.has(text) === false) continue
        const server = serverOf(text)
        if (server !== undefined) servers.push(server)
        else if (known !== undefined || text === whole) return undefined
      }
      return servers.length === 0 ? 'none' : servers
    },
  }
}
