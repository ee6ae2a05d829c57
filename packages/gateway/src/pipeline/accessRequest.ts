import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import type { AccessItem, AccessKind, AccessRequest, RuleContext } from '@sallyport/controls/policy'
import type { ServerConfig } from '../config/config.ts'
import { principalOf } from '../ingress/port.ts'
import type { Exchange } from './exchange.ts'

/** Methods that name what lists are about. Of a skill and a directory the name is a URI like a resource's. */
const KINDS: ReadonlyMap<string, AccessKind> = new Map([
  ['tools/call', 'tool'],
  ['prompts/get', 'prompt'],
  ['resources/read', 'resource'],
  ['resources/subscribe', 'resource'],
  ['resources/unsubscribe', 'resource'],
  ['resources/directory/read', 'resource'],
  ['skills/get', 'resource'],
])

/**
 * What a request asks for by name; mostly one thing or nothing. A completion asks for what it completes; where several
 * servers are one, `name` is the server's own.
 *
 * @example itemsOf({ method: 'resources/read', params: { uri: 'file:///a' }, name: 'file:///a' }) // [{ kind: 'resource', name: 'file:///a' }]
 */
export function itemsOf({
  method,
  params,
  name,
}: Pick<Exchange, 'method' | 'params' | 'name'>): readonly AccessItem[] {
  if (method === 'completion/complete') {
    const { ref } = params
    if (!isObject(ref)) return []
    const isPrompt = ref.type === 'ref/prompt'
    const own = name ?? (isPrompt ? ref.name : ref.uri)
    return typeof own === 'string' ? [{ kind: isPrompt ? 'prompt' : 'resource', name: own }] : []
  }
  if (method === 'subscriptions/listen') {
    const { notifications } = params
    const uris = isObject(notifications) ? notifications.resourceSubscriptions : undefined
    if (!Array.isArray(uris)) return []
    return uris.flatMap((uri) => (typeof uri === 'string' ? [{ kind: 'resource', name: uri }] : []))
  }
  const kind = KINDS.get(method)
  return kind === undefined || name === undefined ? [] : [{ kind, name }]
}

/**
 * An exchange as rules see it.
 *
 * @param definition what the server shows of the tool; without it, or where the server's word counts for nothing, the hints
 * are what the specification takes a tool without hints for: writing, destructive, open to the world
 */
export function accessRequest(
  exchange: Exchange,
  item: AccessItem | undefined,
  server: ServerConfig,
  definition: JsonObject | undefined,
): AccessRequest {
  let known: RuleContext | undefined
  return {
    ...(item === undefined ? {} : { item }),
    args: exchange.arguments,
    context: () => {
      known ??= contextOf(exchange, item, server, definition)
      return known
    },
  }
}

function contextOf(
  { client = '', method, name, principal, authority, conversation }: Exchange,
  item: AccessItem | undefined,
  server: ServerConfig,
  definition: JsonObject | undefined,
): RuleContext {
  const slash = client.lastIndexOf('/')
  return {
    server: { id: server.id, trust: server.trust, local: server.kind === 'stdio' },
    tool: {
      name: item?.kind === 'tool' ? item.name : '',
      ...believedHints(server.trust === 'untrusted' ? undefined : definition?.annotations),
    },
    request: { method, kind: item?.kind ?? '', name: item?.name ?? name ?? '' },
    principal: {
      ...principalOf(principal),
      client: authority?.client ?? '',
      scopes: authority?.scopes ?? [],
      groups: authority?.groups ?? [],
      claims: authority?.claims ?? NO_CLAIMS,
    },
    conversation: { id: conversation ?? '' },
    client: {
      name: slash < 0 ? client : client.slice(0, slash),
      version: slash < 0 ? '' : client.slice(slash + 1),
    },
  }
}

const NO_CLAIMS = {}

/** 2025-11-25 and 2026-07-28, "ToolAnnotations": the defaults, and that a tool that only reads destroys nothing. */
function believedHints(annotations: JsonValue | undefined): Omit<RuleContext['tool'], 'name'> {
  const hint = (key: string, otherwise: boolean): boolean => {
    const value = isObject(annotations) ? annotations[key] : undefined
    return typeof value === 'boolean' ? value : otherwise
  }
  const readOnly = hint('readOnlyHint', false)
  return {
    annotated: isObject(annotations),
    readOnly,
    destructive: !readOnly && hint('destructiveHint', true),
    idempotent: readOnly || hint('idempotentHint', false),
    openWorld: hint('openWorldHint', true),
  }
}
