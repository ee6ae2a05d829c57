import { compileGlob, type Glob } from '@sallyport/controls/patterns'
import {
  type AccessKind,
  type AccessLists,
  type AccessRule,
  compileCondition,
  namedGlobs,
} from '@sallyport/controls/policy'
import type { AccessEntry, AccessListsConfig, Config, ServerConfig } from '../config/config.ts'
import { enforcement } from '../config/trust.ts'
import { principalOf } from '../ingress/port.ts'

/** Lists of one server, and for whom they hold. */
interface Entry {
  readonly principals: readonly Glob[] | undefined
  readonly groups: readonly Glob[] | undefined
  readonly lists: AccessLists
}

/** One kind's lists would match names of another: every set is asked for one kind alone. */
type ByKind<Value> = { readonly [Kind in AccessKind]: Value }

const KINDS = { tool: 'tools', prompt: 'prompts', resource: 'resources' } as const

/**
 * The access policy of a configuration, compiled once: for each server what holds there, for each principal what of it
 * holds for them.
 *
 * @example new AccessBook(config).lists('pg', 'tool', '["local","ada"]')
 */
export class AccessBook {
  readonly enforced: boolean
  readonly rules: readonly AccessRule[]
  readonly #servers: ReadonlyMap<string, ServerConfig>
  readonly #entries: ReadonlyMap<string, ByKind<readonly Entry[]>>

  constructor(config: Config) {
    this.enforced = enforcement[config.profile] === 'enforce'
    this.rules = config.rules.map(({ when, do: outcome, reason, from }) => {
      const compiled = compileCondition(when)
      if (!compiled.ok) throw new Error(`${from} was let through: ${compiled.explain}`)
      return { condition: compiled.condition, outcome, from, ...(reason === undefined ? {} : { reason }) }
    })
    this.#servers = new Map(config.servers.map((server) => [server.id, server]))
    this.#entries = new Map(config.servers.map((server) => [server.id, entriesOf(config.access, server)]))
  }

  /** Nothing is said about access: whoever asks can spare it. */
  get isEmpty(): boolean {
    if (this.rules.length > 0) return false
    return [...this.#entries.values()].every((own) => Object.values(own).every((all) => all.length === 0))
  }

  server(id: string): ServerConfig | undefined {
    return this.#servers.get(id)
  }

  /** The lists of one kind of item that hold at a server for a principal (`principalKey`) in these groups. */
  lists(
    server: string,
    kind: AccessKind,
    principal: string,
    groups: readonly string[] = [],
  ): readonly AccessLists[] {
    const entries = this.#entries.get(server)?.[kind] ?? []
    return entries.filter((entry) => isFor(entry, principal, groups)).map(({ lists }) => lists)
  }
}

function isFor({ principals, groups: globs }: Entry, key: string, groups: readonly string[]): boolean {
  if (globs !== undefined && !globs.some((matches) => groups.some(matches))) return false
  if (principals === undefined) return true
  const { issuer, subject } = principalOf(key)
  const named = `${issuer} ${subject}`
  return principals.some((matches) => matches(named))
}

function entriesOf(entries: readonly AccessEntry[], { id, trust }: ServerConfig): ByKind<readonly Entry[]> {
  const own = entries.filter(
    (entry) =>
      (entry.servers?.some((glob) => compileGlob(glob)(id)) ?? true) &&
      (entry.trust?.includes(trust) ?? true),
  )
  const of = (kind: AccessKind): readonly Entry[] =>
    own.flatMap(({ from, principals, groups, [KINDS[kind]]: lists }) =>
      lists === undefined
        ? []
        : [
            {
              principals: principals?.map(compileGlob),
              groups: groups?.map(compileGlob),
              lists: listsOf(lists, kind, `${from}.${KINDS[kind]}`),
            },
          ],
    )
  return { tool: of('tool'), prompt: of('prompt'), resource: of('resource') }
}

function listsOf({ allow, deny, hide, ask }: AccessListsConfig, kind: AccessKind, from: string): AccessLists {
  return {
    ...(allow === undefined ? {} : { allow: namedGlobs(allow, kind, `${from}.allow`) }),
    deny: namedGlobs(deny, kind, `${from}.deny`),
    hide: namedGlobs(hide, kind, `${from}.hide`),
    ask: namedGlobs(ask, kind, `${from}.ask`),
  }
}
