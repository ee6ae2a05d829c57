import { findBudget, type HostBudget } from '../../hosts/timeBudgets.ts'
import type { Exchange } from '../../pipeline/exchange.ts'

/** What is known of how long this client waits for this call. */
export function hostBudget(
  hosts: readonly HostBudget[],
  { method, client }: Pick<Exchange, 'method' | 'client'>,
): HostBudget | undefined {
  if (method !== 'tools/call' || client === undefined) return undefined
  // `name/version`, as `describe` writes it.
  const end = client.lastIndexOf('/')
  return findBudget(hosts, end < 0 ? client : client.slice(0, end))
}
