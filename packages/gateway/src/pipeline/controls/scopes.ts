/**
 * Scopes at the way back: what no scope of the caller covers is left out of the lists it is shown, from a server as from
 * memory. Calls are decided at the door (`identity/scopes.ts`); this is so that nobody learns what others can do.
 *
 * Evidence: the scopes of the credential and the server's own names. Costs nothing where no scope limits servers or tools,
 * and nothing for a caller without a credential: the local user. Cannot know: what a description says of other tools.
 */
import { isObject } from '@sallyport/controls/json'
import { isSurfaceList, SURFACE_LISTS } from '@sallyport/controls/surface'
import type { Scopes } from '../../identity/scopes.ts'
import { bodyOf } from '../body.ts'
import type { ResponseControl } from '../control.ts'
import { PASS, type ResponseVerdict } from '../verdict.ts'

/** Leaves out of lists what the scopes of the caller do not cover. */
export function scopesOnResponse(scopes: Scopes): ResponseControl {
  return {
    name: 'scopes',
    inspect({ server, method, direction, authority }, message): ResponseVerdict {
      if (authority === undefined || server === undefined || direction !== 'client-to-server') return PASS
      if (message.kind !== 'result' || !isSurfaceList(method)) return PASS
      const { member, name, kind } = SURFACE_LISTS[method]
      const body = bodyOf(message)
      const entries = body[member]
      if (!Array.isArray(entries)) return PASS
      const kept = entries.filter((entry) => {
        const own = isObject(entry) && kind === 'tool' ? entry[name] : undefined
        return scopes.show(authority.scopes, server, method, typeof own === 'string' ? own : undefined)
      })
      if (kept.length === entries.length) return PASS
      return { kind: 'rewrite', rule: 'identity/scope', body: { ...body, [member]: kept } }
    },
  }
}
