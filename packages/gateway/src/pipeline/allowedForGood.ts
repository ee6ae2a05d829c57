import { compileGlob } from '@sallyport/controls/patterns'
import type { AllowedConfig } from '../config/config.ts'
import type { Exchange } from './exchange.ts'
import type { Ask } from './verdict.ts'

/**
 * What a person allowed for good (`approvals.allow`): which questions about which calls are not asked any more.
 *
 * @example allowedForGood([{ server: 'mail', tool: 'send', rule: 'approvals/write' }])({ server: 'mail', name: 'send' }, ask)
 */
export function allowedForGood(
  allowed: readonly AllowedConfig[],
): (call: Pick<Exchange, 'server' | 'name'>, ask: Ask) => boolean {
  const compiled = allowed.map((entry) => ({
    ...entry,
    server: compileGlob(entry.server),
    tool: compileGlob(entry.tool),
  }))
  return ({ server = '', name = '' }, { rule, subject }) =>
    compiled.some(
      (entry) =>
        entry.rule === rule &&
        (entry.subject === undefined || entry.subject === subject) &&
        entry.server(server) &&
        entry.tool(name),
    )
}
