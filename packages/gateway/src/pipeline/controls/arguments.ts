/**
 * Arguments by what they mean: paths, URLs, queries and commands within what is declared of them, and, where nothing is
 * declared, without what is wrong in every reading.
 *
 * Evidence: `servers.*.arguments` of the configuration; else the schemas and names of the definition that is called, and the
 * URIs of resources. Texts are looked at decoded and at any depth. Declared roots are asked again with links followed, and
 * names with their addresses, at the moment of the call. Costs a few microseconds for a call of a kilobyte. Cannot know: what a
 * server does with a value whose name says nothing, and what changes between this look and the server's.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import { type ArgumentEdges, argumentEdges } from '../../arguments/edges.ts'
import { checkResourceUri } from '../../arguments/resourceUri.ts'
import { type PlacedFault, ToolChecks } from '../../arguments/toolChecks.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import { enforcement } from '../../config/trust.ts'
import { itemsOf } from '../accessRequest.ts'
import type { RequestControl } from '../control.ts'
import type { ToolDefinitions } from '../definitions.ts'
import type { Exchange } from '../exchange.ts'
import { PASS, type Refusal, type Verdict } from '../verdict.ts'

/** Under which the parameter `uri` of resources is declared. */
const RESOURCES = 'resources/read'
const RESOURCE_METHODS: ReadonlySet<string> = new Set([RESOURCES, 'resources/subscribe'])
const NO_ARGUMENTS: JsonObject = {}
/** What is known of a resource or template: its URI is a text. */
const NO_DEFINITION: JsonObject = {}

/** Refuses arguments that mean what the server may not be sent. */
export function argumentChecks(
  config: Config,
  definitions: ToolDefinitions,
  edges: ArgumentEdges = argumentEdges,
  now: () => number = () => performance.now(),
): RequestControl {
  const enforced = enforcement[config.profile] === 'enforce'
  let names = 0
  const counted: ArgumentEdges = {
    realPath: edges.realPath,
    host: (host, policy) => {
      names++
      return edges.host(host, policy)
    },
  }
  const servers = new Map(config.servers.map((server) => [server.id, new CheckedServer(server, counted)]))
  const verdict = (exchange: Exchange, server: string, fault: PlacedFault | undefined): Verdict => {
    if (fault === undefined) return PASS
    if (enforced) return refusal(exchange, server, fault)
    const known = exchange.findings.some(({ rule, where }) => rule === fault.rule && where === fault.where)
    if (!known) exchange.findings.push({ rule: fault.rule, severity: 'high', where: fault.where })
    return PASS
  }
  return {
    name: 'arguments',
    decide(exchange): Verdict | Promise<Verdict> {
      const { server, direction } = exchange
      if (server === undefined || direction !== 'client-to-server') return PASS
      const checked = servers.get(server)
      if (checked === undefined) return PASS
      const about = { config, definition: definitions.of(exchange), value: exchange.arguments }
      if (isFresh(exchange, about, now())) return PASS
      const before = names
      const fault = faultOf(checked, exchange, definitions)
      if (!(fault instanceof Promise)) return verdict(exchange, server, fault)
      const hasNames = names > before
      return fault.then((found) => {
        if (found === undefined && !hasNames) looked.set(exchange, { ...about, atMs: now() })
        return verdict(exchange, server, found)
      })
    },
  }
}

/** Calls whose links were followed, and found to lead where they may. */
const looked = new WeakMap<Exchange, Look>()

interface Look {
  readonly config: Config
  readonly definition: JsonObject | undefined
  readonly value: JsonValue | undefined
  readonly atMs: number
}

/**
 * A call is asked about again just before it is sent, since a server that had to be started, or a person who was asked, takes
 * time in which a link may come to lead elsewhere. Where nothing but this very look was waited for, links are not followed
 * again: by so much later the server follows them anyway. Names are: one that answers otherwise each time it is asked (DNS
 * rebinding, CWE-350) gives itself away. In milliseconds.
 */
const FRESH_MS = 250

function isFresh(
  exchange: Exchange,
  { config, definition, value }: Omit<Look, 'atMs'>,
  now: number,
): boolean {
  const look = looked.get(exchange)
  if (look === undefined || now - look.atMs > FRESH_MS) return false
  return look.config === config && look.definition === definition && look.value === value
}

type Found = PlacedFault | undefined | Promise<PlacedFault | undefined>

function faultOf(checked: CheckedServer, exchange: Exchange, definitions: ToolDefinitions): Found {
  const { method, name } = exchange
  if (method === 'tools/call' || method === 'prompts/get') {
    // Not shown yet: the pins have it looked at first, and this runs again before it is sent.
    const definition = definitions.of(exchange)
    if (definition === undefined || name === undefined) return undefined
    return checked.of(name, definition).check(exchange.arguments ?? exchange.params.arguments ?? NO_ARGUMENTS)
  }
  if (method === 'completion/complete') return completionFault(checked, exchange, definitions)
  return RESOURCE_METHODS.has(method) && name !== undefined ? resourceFault(checked, name) : undefined
}

function resourceFault(checked: CheckedServer, uri: string): Found {
  const resources = checked.resources()
  const fault = resources.infers('uri') ? checkResourceUri(uri) : undefined
  if (fault !== undefined) return { ...fault, where: '/uri', place: 'uri', declared: false }
  return resources.check({ uri } satisfies JsonValue)
}

/**
 * What is begun to be written is looked up by the server as well: completions of paths list folders. All of it is texts
 * (2025-11-25, "Completion"): what is none could be a path to a server that takes it for one.
 */
function completionFault(checked: CheckedServer, exchange: Exchange, definitions: ToolDefinitions): Found {
  const { argument, context } = exchange.params
  const [item] = itemsOf(exchange)
  if (item === undefined) return undefined
  if (!isObject(argument) || typeof argument.name !== 'string' || typeof argument.value !== 'string')
    return noText('argument')
  const given = context === undefined ? NO_ARGUMENTS : isObject(context) ? context.arguments : null
  if (given !== undefined && !isTexts(given)) return noText('context')
  const all = { ...given, [argument.name]: argument.value }
  if (item.kind === 'resource') return resourceFault(checked, expanded(item.name, all))
  const prompt = { ...exchange, method: 'prompts/get', name: item.name }
  return checked.of(item.name, definitions.of(prompt) ?? NO_DEFINITION).check(all)
}

function noText(member: 'argument' | 'context'): PlacedFault {
  const explain = 'What is completed, and what was given before, are texts with names.'
  return { rule: 'arguments/type', explain, where: `/${member}`, place: member, declared: false }
}

function isTexts(value: JsonValue): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((one) => typeof one === 'string')
}

/** The template with those of its variables filled in that are known (RFC 6570, whatever the operator). */
function expanded(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{[^{}]{1,256}\}/g, (expression) => {
    const name = expression.split(/[{},+#./;?&*:]/).find((one) => one !== '' && Object.hasOwn(values, one))
    return name === undefined ? expression : (values[name] ?? expression)
  })
}

/** A server's checks, each made when its tool is first called. */
class CheckedServer {
  readonly #server: ServerConfig
  readonly #edges: ArgumentEdges
  readonly #made = new WeakMap<JsonObject, ToolChecks>()
  #resources: ToolChecks | undefined

  constructor(server: ServerConfig, edges: ArgumentEdges) {
    this.#server = server
    this.#edges = edges
  }

  of(name: string, definition: JsonObject): ToolChecks {
    let checks = this.#made.get(definition)
    if (checks === undefined) {
      checks = new ToolChecks(this.#server, name, definition, this.#edges)
      this.#made.set(definition, checks)
    }
    return checks
  }

  resources(): ToolChecks {
    this.#resources ??= new ToolChecks(this.#server, RESOURCES, NO_DEFINITION, this.#edges)
    return this.#resources
  }
}

/** Names of members come from the client: shown, but not at any length. */
const MAX_SHOWN = 128

function refusal(exchange: Exchange, server: string, fault: PlacedFault): Refusal {
  const { rule, explain, where, place, declared } = fault
  const shown = visible(where.slice(0, MAX_SHOWN))
  const tool = RESOURCE_METHODS.has(exchange.method) ? RESOURCES : (exchange.name ?? '*')
  const name = visible(JSON.stringify(tool.slice(0, MAX_SHOWN)))
  const parameter = visible(JSON.stringify(place.slice(0, MAX_SHOWN)))
  const remedy = declared
    ? `What it may be is declared in "servers.${server}.arguments".`
    : `If it is meant to be so, a person can say it in the configuration: servers.${server}.arguments: { ${name}: { ${parameter}: { infer: false } } }.`
  return {
    kind: 'refuse',
    rule,
    explain: `argument "${shown}" is not sent: ${withoutStop(explain)}`,
    remedy,
  }
}

function withoutStop(sentence: string): string {
  const begun = sentence.charAt(0).toLowerCase() + sentence.slice(1)
  return begun.endsWith('.') ? begun.slice(0, -1) : begun
}

/** The rules of this control that no other has. */
export const ARGUMENT_RULES = {
  'arguments/length': 'The argument is longer than its `maxLength` in the configuration.',
  'arguments/depth': 'The arguments are nested too deeply to be looked at.',
  'arguments/type':
    'An argument that is declared to be a path, URL, query or command, or that is completed, is no text, or one with a range no whole number.',
  'arguments/many': 'More paths or hosts would have to be looked up than one call may need.',
} as const satisfies Readonly<Record<string, string>>
