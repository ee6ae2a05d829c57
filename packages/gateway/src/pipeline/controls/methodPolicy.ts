import { visible } from '@sallyport/controls/text'
import type { RequestControl } from '../control.ts'
import { PASS } from '../verdict.ts'

/**
 * Method policy: only methods of the specification pass, in their era and direction; others when configured.
 *
 * Evidence: the method's row (`protocol/methods.ts`). Cannot know: what an allowed vendor method does.
 *
 * @example methodPolicy({ allow: ['vendor/echo'] })
 */
export function methodPolicy(options: { readonly allow: readonly string[] }): RequestControl {
  const allowed = new Set(options.allow)
  return {
    name: 'method-policy',
    decide(exchange) {
      if (exchange.row !== undefined || allowed.has(exchange.method)) return PASS
      return {
        kind: 'refuse',
        rule: 'method/unknown',
        explain: `method "${visible(exchange.method)}" is not part of MCP for a ${exchange.era} ${
          exchange.direction === 'client-to-server' ? 'client' : 'server'
        }`,
        remedy: 'If it is an extension you want, add it to "methods.allow" in the configuration.',
        code: -32601,
      }
    },
  }
}
