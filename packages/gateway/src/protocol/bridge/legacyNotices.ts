/**
 * What servers tell a legacy client without being asked, and what of it is for this client.
 */
import type { JsonObject } from '@sallyport/controls/json'
import type { Exchange } from '../../pipeline/exchange.ts'
import { decideResponse } from '../../pipeline/run.ts'
import { type Refusal, type ResponseDecision, shownOf } from '../../pipeline/verdict.ts'
import type { Catalog } from '../catalog.ts'
import type { Inbound } from '../message.ts'
import { methodRow } from '../methods.ts'
import { exposeTaskId } from '../taskIds.ts'
import { replaceTaskIds } from '../taskRewrite.ts'
import { changeOnly } from './changes.ts'
import { explainRule } from './findingLog.ts'
import type { LegacyClient, LegacyWorld } from './legacyClient.ts'
import type { LegacyServers } from './legacyServers.ts'
import { exactBytes, notificationBytes } from './messageBytes.ts'
import { recordEvent } from './records.ts'
import type { ServerRequests } from './serverRequests.ts'

export interface NoticeParts {
  readonly world: LegacyWorld
  readonly client: LegacyClient
  readonly catalog: Catalog
  readonly questions: ServerRequests
  readonly servers: LegacyServers
}

/** Of one conversation; a method that is not known is as long as its server likes. */
const MAX_RECORDED = 1_000

export class LegacyNotices {
  readonly #parts: NoticeParts
  /** What was recorded: once for each server, method and rule. A server could else fill the audit trail. */
  readonly #recorded = new Set<string>()

  constructor(parts: NoticeParts) {
    this.#parts = parts
  }

  /** A notification that belongs to no call: it passes the controls, then goes to the client if it is for it. */
  heard(server: string, message: Inbound): void {
    const { world, client } = this.#parts
    // It came with wider scopes when the server was opened for it.
    if (!client.sees(server)) return
    const { method, params } = message
    const exchange = client.exchange({ method, params, bytes: message.bytes.length }, server)
    const pass = (decision: ResponseDecision) => {
      this.#found(exchange, decision.kind === 'refuse' ? decision : undefined)
      const shown = shownOf(decision, message)
      if (shown === undefined || client.gone) return
      const rewritten = this.shown(server, method, shown.params)
      if (rewritten === null) return
      const bytes = rewritten === undefined ? exactBytes(shown) : notificationBytes(method, rewritten)
      const call = method === 'notifications/message' ? client.onlyCallTo(server) : undefined
      client.send(bytes, call)
    }
    const verdict = decideResponse(world.relay.controls.response, exchange, message, (control, error) =>
      world.relay.log.error('control.failed', { control, method, explain: String(error) }),
    )
    if (verdict instanceof Promise) verdict.then(pass)
    else pass(verdict)
  }

  /** What was found in something that belongs to no call: on record, and told. */
  #found(exchange: Exchange, refusal: Refusal | undefined): void {
    if (exchange.findings.length === 0 && refusal === undefined) return
    const { relay } = this.#parts.world
    const record = (event: string, rule: string, explain: string) => {
      const key = `${exchange.server} ${exchange.method} ${rule}`
      if (this.#recorded.has(key) || this.#recorded.size >= MAX_RECORDED) return
      this.#recorded.add(key)
      recordEvent(relay, exchange, event, rule, explain)
    }
    for (const { rule } of exchange.findings) record('notification.found', rule, explainRule(rule))
    if (refusal !== undefined) record('notification.withheld', refusal.rule, refusal.explain)
    relay.news.found(exchange, refusal)
  }

  /**
   * What of a server's notification is for this client, whichever stream it came on (`null`: nothing; `undefined`: all
   * of it). A withdrawal concerns the server's own questions, whatever id it names; what the specification does not
   * know is dropped.
   */
  shown(server: string, method: string, params: JsonObject): JsonObject | undefined | null {
    const { world, client, questions, servers } = this.#parts
    if (method === 'notifications/cancelled') {
      const link = servers.session(server)?.live
      if (link !== undefined) questions.withdraw(link, params)
      return null
    }
    const row = methodRow(method, { era: 'legacy', sender: 'server', type: 'notification' })
    if (row === undefined && !world.relay.config.methods.allow.includes(method)) {
      const explain = 'a server may not send this notification'
      const exchange = client.exchange({ method, params, bytes: 0 }, server)
      recordEvent(world.relay, exchange, 'message.dropped', 'method/unknown', explain)
      return null
    }
    return this.#rewrite(server, method, params)
  }

  #rewrite(server: string, method: string, params: JsonObject): JsonObject | undefined | null {
    const { world, client, catalog, servers } = this.#parts
    if (method === 'notifications/message' && !servers.levelAllows(params.level)) return null
    if (method.endsWith('/list_changed')) catalog.forget(server)
    const change = changeOnly(method, params)
    if (change !== undefined) return change
    const mine = servers.dialect(server).notification(method, params)
    if (mine === null) return null
    const seal = (taskId: string) => exposeTaskId(world.relay.taskKey, client.principal, { server, taskId })
    return replaceTaskIds(mine ?? params, seal) ?? mine
  }
}
