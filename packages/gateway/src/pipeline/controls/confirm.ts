/**
 * Confirmation of what destroys or writes (DESIGN 5, row "destructive"; control C05): a person is asked before the call.
 *
 * Evidence: the configuration, the annotations of servers that are believed, the name and schema of the tool
 * (`controls/flow`, `toolEffects`). Costs a look-up. Cannot know: what a tool does that says that it only reads, which is
 * what pins, review and a sandbox are for.
 */
import type { Config } from '../../config/config.ts'
import { enforcement } from '../../config/trust.ts'
import type { ToolFlow } from '../../flow/toolFlow.ts'
import { allowedForGood } from '../allowedForGood.ts'
import type { RequestControl } from '../control.ts'
import { TOOL_CALL } from '../counted.ts'
import type { ToolDefinitions } from '../definitions.ts'
import { type Ask, asking, PASS } from '../verdict.ts'

/** @example confirm(config, flow, pins.definitions) */
export function confirm(config: Config, flow: ToolFlow, definitions: ToolDefinitions): RequestControl {
  const isAllowed = allowedForGood(config.approvals.allow)
  const enforced = enforcement[config.profile] === 'enforce'
  return {
    name: 'confirm',
    decide(exchange) {
      const { method, direction, server, name } = exchange
      if (method !== TOOL_CALL || direction !== 'client-to-server') return PASS
      if (server === undefined || name === undefined) return PASS
      const { confirm: what = 'destructive' } = flow.server(server) ?? {}
      if (what === 'never') return PASS
      const effects = flow.effects(server, name, definitions.of(exchange))
      if (effects === undefined || !effects.writes) return PASS
      const destroys = effects.destructive
      // A write of whom nobody believes is as one that says nothing of itself.
      if (!destroys && what === 'destructive' && flow.believes(server)) return PASS
      const why = destroys ? effects.why.destructive : effects.why.writes
      const ask: Ask = {
        rule: destroys ? 'approvals/destructive' : 'approvals/write',
        explain: `"${name}" of "${server}" ${destroys ? 'may destroy or overwrite something' : 'changes something'} (${why})`,
        remedy: `If it never has to be asked about, say so under "servers.${server}" ("confirm", "flow.tools") in the configuration.`,
      }
      if (isAllowed(exchange, ask)) return PASS
      if (enforced) return asking(ask)
      exchange.findings.push({ rule: ask.rule, severity: 'medium' })
      return PASS
    },
  }
}
