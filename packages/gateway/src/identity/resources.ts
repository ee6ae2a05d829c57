/**
 * The addresses that tokens are issued for (RFC 8707, RFC 9728): the gateway as a whole, `ORIGIN/mcp`, and each server by
 * itself, `ORIGIN/mcp/SERVER`. A token for the whole is good at every server; one for a server is good there alone.
 */
import type { View } from '../ingress/port.ts'

/**
 * The resource identifier of a view.
 *
 * @example resourceOf('https://gate.example', { kind: 'one', server: 'github' }) // 'https://gate.example/mcp/github'
 */
export function resourceOf(publicUrl: string, view: View): string {
  return view.kind === 'all' ? `${publicUrl}/mcp` : `${publicUrl}/mcp/${view.server}`
}

/** Where the metadata of a resource is (RFC 9728, 3.1): the well-known name before its path. */
export function metadataUrlOf(publicUrl: string, view: View): string {
  return `${publicUrl}/.well-known/oauth-protected-resource${resourceOf('', view)}`
}
