/**
 * What the scopes of a caller allow: servers, tools and methods. A message is covered when one scope covers all of it;
 * it is asked before anything is done for it, so a refusal has no side effects.
 *
 * What no scope of a caller covers is not shown to it either: servers at `/mcp`, and tools.
 *
 * Without `auth.scopes` there are two: `mcp:read` for lists, prompts, resources and completions, `mcp` for everything.
 * Whoever has any scope for a server may open a conversation with it.
 *
 * Cannot know: which server a resource or a task of the view of all servers belongs to; there a scope has to be for all of
 * them. Nor the own name of a tool whose name was cut or altered to fit: there a scope has to be for all tools.
 */
import { isObject } from '@sallyport/controls/json'
import { compileGlob, type Glob } from '@sallyport/controls/patterns'
import type { AuthConfig } from '../config/auth/authConfig.ts'
import type { ScopeConfig } from '../config/auth/issuerConfig.ts'
import type { View } from '../ingress/port.ts'
import type { Inbound } from '../protocol/message.ts'
import { splitExposedName } from '../protocol/names.ts'

export const BUILT_IN_SCOPES: readonly ScopeConfig[] = [
  {
    name: 'mcp:read',
    methods: [
      'tools/list',
      'prompts/*',
      'resources/*',
      'completion/complete',
      'subscriptions/listen',
      'skills/*',
      'tasks/get',
      'tasks/list',
      'tasks/result',
    ],
  },
  { name: 'mcp' },
]

/** What a message does, as far as scopes go. */
interface Operation {
  /** It only opens or keeps a conversation: any scope that reaches the view covers it. */
  readonly opens: boolean
  readonly method: string
  /** `any`: whatever the view has; absent: one that cannot be told. */
  readonly server: string | undefined
  readonly anyServer: boolean
  /** Own name of the tool that is called; absent: none is, or it cannot be told. */
  readonly tool: string | undefined
}

class Scope {
  readonly name: string
  readonly everything: boolean
  readonly #servers: readonly Glob[] | undefined
  readonly #tools: readonly Glob[] | undefined
  readonly #methods: readonly Glob[] | undefined

  constructor({ name, servers, tools, methods }: ScopeConfig) {
    this.name = name
    this.#servers = servers?.map(compileGlob)
    this.#tools = tools?.map(compileGlob)
    this.#methods = methods?.map(compileGlob)
    this.everything = servers === undefined && tools === undefined && methods === undefined
  }

  /** Whether it limits which servers or tools there are for its holder. */
  get limitsSight(): boolean {
    return this.#servers !== undefined || this.#tools !== undefined
  }

  reaches(server: string): boolean {
    return within(this.#servers, server)
  }

  /** Whether it covers to be shown this in a list of the server. */
  shows(server: string, list: string, tool: string | undefined): boolean {
    if (!within(this.#servers, server) || !within(this.#methods, list)) return false
    return tool === undefined || within(this.#tools, tool)
  }

  covers({ opens, method, server, anyServer, tool }: Operation): boolean {
    if (!anyServer && !within(this.#servers, server)) return false
    if (opens) return true
    if (!within(this.#methods, method)) return false
    return method !== 'tools/call' || within(this.#tools, tool)
  }
}

export class Scopes {
  readonly #scopes: readonly Scope[]
  readonly #byName: ReadonlyMap<string, Scope>

  constructor(configured: readonly ScopeConfig[] | undefined) {
    this.#scopes = (configured ?? BUILT_IN_SCOPES).map((scope) => new Scope(scope))
    this.#byName = new Map(this.#scopes.map((scope) => [scope.name, scope]))
  }

  /** For metadata. `offline_access` is between client and issuer, and nothing here. */
  get names(): readonly string[] {
    return this.#scopes.map(({ name }) => name).filter((name) => name !== 'offline_access')
  }

  /** What a client that has none yet is told to ask for: `mcp`, or all that are configured. */
  get initial(): readonly string[] {
    const whole = this.#scopes.find(({ everything }) => everything)
    return whole === undefined ? this.names : [whole.name]
  }

  /** Some of them limit servers or tools: then there is something to keep out of sight. */
  get limitSight(): boolean {
    return this.#scopes.some((scope) => scope.limitsSight)
  }

  /** Whether a caller with these scopes has a server in sight: one of them reaches it. */
  reach(granted: readonly string[], server: string): boolean {
    return this.#some(granted, (scope) => scope.reaches(server))
  }

  /**
   * Whether a caller with these scopes is shown something in a list of a server.
   *
   * @param tool own name of the tool; absent: the list is of something else
   */
  show(granted: readonly string[], server: string, list: string, tool?: string): boolean {
    return this.#some(granted, (scope) => scope.shows(server, list, tool))
  }

  #some(granted: readonly string[], test: (scope: Scope) => boolean): boolean {
    return granted.some((name) => {
      const scope = this.#byName.get(name)
      return scope !== undefined && test(scope)
    })
  }

  /**
   * What a caller with these scopes would have to ask for to do this: what it has of ours and what is missing, together,
   * since a token with fewer would undo what it can do now. `undefined`: it may do it.
   *
   * @param message absent: a stream is opened or a session ended
   */
  missing(
    granted: readonly string[],
    view: View,
    message: Inbound | undefined,
  ): readonly string[] | undefined {
    let operation: Operation | undefined
    const own: string[] = []
    for (const name of granted) {
      const scope = this.#byName.get(name)
      if (scope === undefined) continue
      if (scope.everything) return undefined
      operation ??= operationOf(view, message)
      if (scope.covers(operation)) return undefined
      own.push(name)
    }
    const wanted = operation ?? operationOf(view, message)
    const needed = this.#scopes.find((scope) => scope.covers(wanted))
    return needed === undefined ? own : [...own, needed.name]
  }
}

/** The scopes of a gateway, where some of them limit what there is for its holder: without, nothing has to be looked at. */
export function scopesInSight({ auth }: { readonly auth?: AuthConfig | undefined }): Scopes | undefined {
  if (auth === undefined) return undefined
  const scopes = new Scopes(auth.scopes)
  return scopes.limitSight ? scopes : undefined
}

const OPENING = new Set(['initialize', 'ping', 'server/discover', 'logging/setLevel'])
const LISTS = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'skills/list',
])
/** How a name ends that was cut or altered (`protocol/names.ts`). */
const ALTERED = /_[0-9a-f]{8}$/

const NO_MESSAGE = { kind: 'notification', method: '', params: {} } as const

function operationOf(view: View, message: Inbound | undefined): Operation {
  const { kind, method, params }: Pick<Inbound, 'kind' | 'method' | 'params'> = message ?? NO_MESSAGE
  const opens = kind !== 'request' || OPENING.has(method)
  if (view.kind === 'one') {
    const tool = typeof params.name === 'string' ? params.name : undefined
    return { opens, method, server: view.server, anyServer: false, tool }
  }
  const named = namedBy(method, params)
  const split = named === undefined ? undefined : splitExposedName(named)
  return {
    opens,
    method,
    server: split?.server,
    anyServer: opens || LISTS.has(method) || listensToLists(method, params),
    tool: split === undefined || ALTERED.test(split.rest) ? undefined : split.rest,
  }
}

/** The name by which all servers together know a tool or prompt. */
function namedBy(method: string, params: Inbound['params']): string | undefined {
  if (method === 'completion/complete') {
    const { ref } = params
    return isObject(ref) && ref.type === 'ref/prompt' && typeof ref.name === 'string' ? ref.name : undefined
  }
  const named = method === 'tools/call' || method === 'prompts/get' ? params.name : undefined
  return typeof named === 'string' ? named : undefined
}

function listensToLists(method: string, { notifications }: Inbound['params']): boolean {
  if (method !== 'subscriptions/listen') return false
  return !isObject(notifications) || notifications.resourceSubscriptions === undefined
}

/** A text that cannot be told is within what is not limited, and nothing else. */
function within(globs: readonly Glob[] | undefined, text: string | undefined): boolean {
  if (globs === undefined) return true
  return text !== undefined && globs.some((matches) => matches(text))
}
