/**
 * Access at the doors: what a principal may not use is refused when it is called, and left out of the lists.
 *
 * Evidence: the lists and rules of the configuration, the definition that the server showed last (for the hints rules ask
 * about), and the arguments. Costs nothing where the configuration says nothing. Cannot know: what a tool does behind its
 * name, and hints of servers that are not trusted, of which the worst is assumed.
 */
import { isObject } from '@sallyport/controls/json'
import {
  type AccessDecision,
  type AccessItem,
  type AccessKind,
  decideAccess,
  decideByLists,
} from '@sallyport/controls/policy'
import { isSurfaceList, SURFACE_LISTS } from '@sallyport/controls/surface'
import { visible } from '@sallyport/controls/text'
import type { ServerConfig } from '../../config/config.ts'
import type { AccessBook } from '../accessBook.ts'
import { accessRequest, itemsOf } from '../accessRequest.ts'
import { bodyOf } from '../body.ts'
import type { RequestControl, ResponseControl } from '../control.ts'
import type { ToolDefinitions } from '../definitions.ts'
import type { Exchange } from '../exchange.ts'
import { asking, PASS, type ResponseVerdict, type Verdict } from '../verdict.ts'

interface Door {
  readonly book: AccessBook
  readonly definitions: ToolDefinitions
  /** The call is about to be sent: what is called is known. */
  readonly ready: boolean
}

/** Refuses what lists deny, before anything is started for it. */
export function accessOnRequest(book: AccessBook, definitions: ToolDefinitions): RequestControl {
  const door = { book, definitions, ready: false }
  return { name: 'access', decide: (exchange) => decide(door, exchange) }
}

/** Lists and rules, just before the call is sent: rules ask about its definition, and whoever is asked is asked about a call that is else decided. */
export function accessAtDispatch(book: AccessBook, definitions: ToolDefinitions): RequestControl {
  const door = { book, definitions, ready: true }
  return { name: 'access-at-dispatch', decide: (exchange) => decide(door, exchange) }
}

function decide(door: Door, exchange: Exchange): Verdict {
  const server = exchange.server === undefined ? undefined : door.book.server(exchange.server)
  if (server === undefined || exchange.direction !== 'client-to-server') return PASS
  const items = itemsOf(exchange)
  if (items.length === 0) return isRuled(exchange) ? decideOn(door, exchange, server, undefined) : PASS
  for (const item of items) {
    const verdict = decideOn(door, exchange, server, item)
    if (verdict.kind !== 'pass') return verdict
  }
  return PASS
}

function decideOn(
  { book, definitions, ready }: Door,
  exchange: Exchange,
  server: ServerConfig,
  item: AccessItem | undefined,
): Verdict {
  const lists =
    item === undefined ? [] : book.lists(server.id, item.kind, exchange.principal, exchange.authority?.groups)
  const decision = decideAccess(
    { lists, rules: ready ? book.rules : [] },
    accessRequest(exchange, item, server, definitions.of(exchange)),
  )
  if (decision.kind === 'allow') return PASS
  // Consent is asked for last, once everything else was decided.
  if (decision.kind === 'ask' && !ready) return PASS
  if (book.enforced) return verdictOf(decision, server.id, item)
  exchange.findings.push({ rule: decision.rule, severity: 'medium', where: decision.from })
  return PASS
}

/** What names nothing that lists are about, but does something: tasks, and methods outside the specification. */
function isRuled({ method, row }: Exchange): boolean {
  return row === undefined || row.name?.kind === 'task' || method === 'tasks/list'
}

function verdictOf(
  { kind, rule, from, explain }: Exclude<AccessDecision, { readonly kind: 'allow' }>,
  server: string,
  item: AccessItem | undefined,
): Verdict {
  const what =
    item === undefined ? `this of "${server}"` : `${item.kind} "${shown(item.name)}" of "${server}"`
  if (kind === 'hide') {
    return {
      kind: 'refuse',
      rule,
      explain: `there is no such ${item?.kind ?? 'thing'} of "${server}" here`,
      remedy: 'List again and use what is there.',
    }
  }
  const said = visible(explain.slice(0, 300))
  if (kind === 'ask')
    return asking({ rule, explain: `${what} needs a person's consent by ${from}: ${said}`, subject: from })
  return {
    kind: 'refuse',
    rule,
    explain: `${what} is not allowed by ${from}: ${said}`,
    remedy: `Whoever keeps the configuration can change ${from}.`,
  }
}

const shown = (name: string) => visible(name.slice(0, 128))

/** Leaves out of lists what cannot be used anyway. */
export function accessOnResponse(book: AccessBook): ResponseControl {
  return {
    name: 'access',
    inspect(exchange, message): ResponseVerdict {
      const { server, method, direction } = exchange
      if (server === undefined || message.kind !== 'result' || direction !== 'client-to-server') return PASS
      if (!book.enforced || !isSurfaceList(method)) return PASS
      const { member, name, kind } = SURFACE_LISTS[method]
      const lists = book.lists(server, listedAs(kind), exchange.principal, exchange.authority?.groups)
      if (lists.length === 0) return PASS
      const body = bodyOf(message)
      const entries = body[member]
      if (!Array.isArray(entries)) return PASS
      const kept = entries.filter((entry) => {
        const own = isObject(entry) ? entry[name] : undefined
        if (typeof own !== 'string') return true
        const { kind: decided } = decideByLists(lists, listedAs(kind), own)
        return decided === 'allow' || decided === 'ask'
      })
      if (kept.length === entries.length) return PASS
      return { kind: 'rewrite', rule: 'access/deny', body: { ...body, [member]: kept } }
    },
  }
}

function listedAs(kind: string): AccessKind {
  return kind === 'tool' || kind === 'prompt' ? kind : 'resource'
}
