/**
 * What tools of the configured servers do, and what becomes of what they give: the configuration's word first, then what
 * servers say of themselves as far as they are believed, then what names and schemas tell (`controls/flow`).
 */
import {
  type DeclaredEffects,
  type FlowSource,
  type ToolEffects,
  toolEffects,
} from '@sallyport/controls/flow'
import type { JsonObject } from '@sallyport/controls/json'
import { compileGlob, type Glob } from '@sallyport/controls/patterns'
import type { Config, ServerConfig, SourceFlowConfig, ToolFlowConfig } from '../config/config.ts'
import { trustCell } from '../config/trust.ts'

interface Declared<Value> {
  readonly matches: Glob
  readonly value: Value
}

interface Known {
  readonly config: ServerConfig
  /** Its annotations count. */
  readonly believed: boolean
  readonly labels: 'trusted' | 'untrusted-unless-declared' | 'untrusted'
  readonly privateData: 'yes' | 'ask' | 'no'
  readonly tools: readonly Declared<ToolFlowConfig>[]
  readonly resources: readonly Declared<SourceFlowConfig>[]
  /** By definition: a changed one is judged anew, and what is not listed any more is let go of. */
  readonly effects: WeakMap<JsonObject, ToolEffects>
}

/** What may come of one result. */
export type ResultLabels = Pick<FlowSource, 'untrusted' | 'private' | 'privateBy'>

export class ToolFlow {
  readonly #servers: ReadonlyMap<string, Known>

  /** @example new ToolFlow(config).effects('github', 'create_issue', definition)?.outside // true */
  constructor({ servers, profile }: Config) {
    this.#servers = new Map(
      servers.map((config) => [
        config.id,
        {
          config,
          believed: trustCell('destructive', config.trust, profile) === 'ask',
          labels: trustCell('labels', config.trust, profile),
          privateData: config.flow?.privateData ?? trustCell('privateData', config.trust, profile),
          tools: declared(config.flow?.tools),
          resources: declared(config.flow?.resources),
          effects: new WeakMap(),
        },
      ]),
    )
  }

  server(id: string): ServerConfig | undefined {
    return this.#servers.get(id)?.config
  }

  /** The word of this server about its tools counts. */
  believes(id: string): boolean {
    return this.#servers.get(id)?.believed ?? false
  }

  privateData(id: string): 'yes' | 'ask' | 'no' {
    return this.#servers.get(id)?.privateData ?? 'no'
  }

  /** What a tool does; `undefined` for a server there is not. Costs a look-up for a definition that was judged before. */
  effects(id: string, name: string, definition: JsonObject | undefined): ToolEffects | undefined {
    const server = this.#servers.get(id)
    if (server === undefined) return undefined
    if (definition === undefined) return judge(server, id, name, undefined)
    const judged = server.effects.get(definition)
    if (judged !== undefined) return judged
    const effects = judge(server, id, name, definition)
    server.effects.set(definition, effects)
    return effects
  }

  /** What labels the result of a tool has, before anything was detected in it. */
  toolLabels(id: string, name: string, definition: JsonObject | undefined): ResultLabels {
    const server = this.#servers.get(id)
    const effects = this.effects(id, name, definition)
    if (server === undefined || effects === undefined) return { untrusted: true, private: false }
    const own = declarationOf(server.tools, name)
    return labelsOf(server, own, effects.takesUntrusted, effects.readsPrivate)
  }

  /** The same of a resource or prompt. A file of this machine is its user's. */
  otherLabels(id: string, kind: 'resource' | 'prompt', name: string): ResultLabels {
    const server = this.#servers.get(id)
    if (server === undefined) return { untrusted: true, private: false }
    const own = kind === 'resource' ? declarationOf(server.resources, name) : undefined
    return labelsOf(server, own, false, kind === 'resource' && name.startsWith('file:'))
  }
}

function judge(server: Known, id: string, name: string, definition: JsonObject | undefined): ToolEffects {
  const { writes, destructive, outside } = declarationOf(server.tools, name) ?? {}
  const said: DeclaredEffects = {
    ...(writes === undefined ? {} : { writes }),
    ...(destructive === undefined ? {} : { destructive }),
    ...(outside === undefined ? {} : { outside }),
    // What is said not to reach anybody carries nothing there either.
    ...(outside === false ? { carries: false } : {}),
  }
  return toolEffects(
    { server: id, name, ...(definition === undefined ? {} : { definition }) },
    { believed: server.believed, declared: said },
  )
}

function labelsOf(
  { config: { flow = {} }, labels }: Known,
  own: SourceFlowConfig | undefined,
  takesUntrusted: boolean,
  readsPrivate: boolean,
): ResultLabels {
  const results = own?.results ?? flow.results
  // A reviewed server is believed, but what strangers wrote to it is still theirs.
  const untrusted = results === undefined ? labels !== 'trusted' || takesUntrusted : results === 'untrusted'
  const stated = own?.private ?? flow.private
  if (stated !== undefined) return { untrusted, private: stated, privateBy: 'declared' }
  return { untrusted, private: readsPrivate, privateBy: 'inferred' }
}

function declared<Value>(entries: readonly (readonly [string, Value])[] = []): readonly Declared<Value>[] {
  return entries.map(([glob, value]) => ({ matches: compileGlob(glob), value }))
}

function declarationOf<Value>(all: readonly Declared<Value>[], name: string): Value | undefined {
  return all.find(({ matches }) => matches(name))?.value
}
