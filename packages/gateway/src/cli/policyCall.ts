/** `sallyport policy explain SERVER/KIND/NAME`: what would become of a call, and why. */
import { isObject, type JsonObject, parseJson } from '@sallyport/controls/json'
import { type AccessItem, type AccessKind, explainAccess } from '@sallyport/controls/policy'
import { itemKey } from '@sallyport/controls/surface'
import { visible } from '@sallyport/controls/text'
import type { Config } from '../config/config.ts'
import { OwnSecrets } from '../credentials/ownSecrets.ts'
import { secretSources } from '../credentials/secretSources.ts'
import { describeEffects } from '../flow/describeEffects.ts'
import { ToolFlow } from '../flow/toolFlow.ts'
import { principalKey } from '../ingress/port.ts'
import { asApproved } from '../pins/keptHints.ts'
import { approvalOf, lockedServer } from '../pins/lock.ts'
import { AccessBook } from '../pipeline/accessBook.ts'
import { accessRequest } from '../pipeline/accessRequest.ts'
import { argumentChecks } from '../pipeline/controls/arguments.ts'
import { confirm } from '../pipeline/controls/confirm.ts'
import { schemaOnRequest } from '../pipeline/controls/schemas.ts'
import { secretsOnRequest } from '../pipeline/controls/secrets.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import { localUser } from '../state/localUser.ts'
import { type GlobalOptions, unknownServer } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { type PinsAtHand, readPins } from './pinsAtHand.ts'
import { table } from './table.ts'

export interface ExplainCallOptions extends GlobalOptions {
  /** JSON text of the arguments. */
  readonly arguments?: string
  /** `ISSUER SUBJECT`. */
  readonly principal?: string
  /** Groups it is in. */
  readonly group?: readonly string[]
  /** `NAME=VALUE`, several times for several values. */
  readonly claim?: readonly string[]
}

const METHODS: Readonly<Record<AccessKind, string>> = {
  tool: 'tools/call',
  prompt: 'prompts/get',
  resource: 'resources/read',
}

/** Exit code 4 where the call would be refused or a person asked, 3 where that cannot be told yet, 0 where it would pass. */
export async function runPolicyExplainCall(target: string, options: ExplainCallOptions): Promise<number> {
  const pins = await readPins(options)
  const [id = '', item] = parseCall(target)
  const server = pins.config.servers.find((one) => one.id === id)
  if (server === undefined) throw unknownServer(pins.config, id)
  const principal = readPrincipal(options.principal)
  const args = readArguments(options.arguments)
  const approved = await approvedDefinition(pins, id, item)
  const book = new AccessBook(pins.config)
  const exchange: Exchange = {
    principal: principalKey(principal),
    ...(options.group === undefined && options.claim === undefined
      ? {}
      : {
          authority: {
            kind: 'token',
            id: '',
            scopes: [],
            groups: options.group ?? [],
            claims: readClaims(options.claim ?? []),
          } as const,
        }),
    transport: 'stdio',
    direction: 'client-to-server',
    era: 'modern',
    method: METHODS[item.kind],
    row: undefined,
    server: id,
    name: item.name,
    params: item.kind === 'resource' ? { uri: item.name } : { name: item.name, arguments: args },
    arguments: args,
    bytes: 0,
    startedAt: 0,
    findings: [],
  }
  const { decision, rules } = explainAccess(
    { lists: book.lists(id, item.kind, exchange.principal, exchange.authority?.groups), rules: book.rules },
    accessRequest(exchange, item, server, approved.definition),
  )
  const checks = await checked(pins.config, exchange, approved.definition)
  const passes =
    decision.kind === 'allow' &&
    approved.state !== 'held' &&
    checks.every(({ outcome }) => outcome !== 'refuse' && outcome !== 'ask')
  if (options.json) {
    const call = { server: id, ...item, principal, arguments: args }
    process.stdout.write(
      `${JSON.stringify({ call, pins: approved.state, decision, rules, checks, enforced: book.enforced })}\n`,
    )
    return exitOf(passes || !book.enforced, checks)
  }
  const from = decision.from === undefined ? 'nothing in the configuration speaks against it' : decision.from
  const rows = [
    ['pins', approved.explain, ''],
    ...rules.map(({ from: key, when, outcome }) => [key, outcome, when]),
    ['access', decision.kind === 'allow' ? 'allowed' : decision.kind, from],
    ...(decision.kind === 'allow' ? [] : [[decision.rule, decision.explain, '']]),
    ...effectRows(pins.config, id, item, approved.definition),
    ...checks.map(({ control, outcome, rule, explain }) => [
      control,
      outcome,
      rule === undefined ? (explain ?? '') : `${rule}: ${explain}`,
    ]),
    ...(book.enforced ? [] : [['profile', 'observe', 'written down, nothing is refused']]),
  ]
  process.stdout.write(
    `${visible(target)} for ${visible(`${principal.issuer} ${principal.subject}`)}\n${table(
      ['step', 'outcome', 'by'],
      rows.map((row) => row.map((cell) => visible(cell))),
    )}\n`,
  )
  return exitOf(passes || !book.enforced, checks)
}

/** What the tool does and what its results are, as far as that is known: what questions about it are decided by. */
function effectRows(
  config: Config,
  server: string,
  { kind, name }: AccessItem,
  definition: JsonObject | undefined,
): string[][] {
  if (kind !== 'tool') return []
  const flow = new ToolFlow(config)
  const effects = flow.effects(server, name, definition)
  const { untrusted, private: isPrivate, privateBy } = flow.toolLabels(server, name, definition)
  const labels = [
    untrusted ? 'may hold words of strangers' : 'believed',
    isPrivate ? `private (${privateBy})` : 'not private',
  ]
  return [
    ['effect', effects === undefined ? 'not known' : describeEffects(effects), ''],
    ['results', labels.join(', '), ''],
  ]
}

function exitOf(passes: boolean, checks: readonly Check[]): number {
  if (!passes) return EXIT.refused
  return checks.some(({ outcome }) => outcome === 'not checked') ? EXIT.unchecked : EXIT.fine
}

/** What to do so that more can be told. */
const UNKNOWN = 'its definition is not known: have a client list what the server has, once'

interface Check {
  readonly control: string
  readonly outcome: 'passes' | 'ask' | 'refuse' | 'found' | 'not checked'
  readonly rule?: string
  readonly explain?: string
}

/**
 * What the controls say that look at the arguments, as they run in the gateway. The gateway's own secrets are not resolved
 * for it, so they are not found here.
 */
async function checked(
  config: Config,
  exchange: Exchange,
  definition: JsonObject | undefined,
): Promise<readonly Check[]> {
  const definitions = { of: () => definition }
  const controls = [
    schemaOnRequest(config, definitions),
    argumentChecks(config, definitions),
    secretsOnRequest(secretSources(config, new OwnSecrets())),
    confirm(config, new ToolFlow(config), definitions),
  ]
  const checks: Check[] = []
  for (const control of controls) {
    const before = exchange.findings.length
    const verdict = await control.decide(exchange)
    const { name } = control
    if (verdict.kind === 'refuse')
      checks.push({ control: name, outcome: 'refuse', rule: verdict.rule, explain: verdict.explain })
    else if (verdict.kind === 'ask')
      for (const { rule, explain } of verdict.asks)
        checks.push({ control: name, outcome: 'ask', rule, explain })
    // Without a definition nothing is known of its arguments.
    else if (definition === undefined && exchange.method !== 'resources/read' && name !== 'secrets')
      checks.push({ control: name, outcome: 'not checked', explain: UNKNOWN })
    else checks.push({ control: name, outcome: 'passes' })
    for (const { rule, where = '' } of exchange.findings.slice(before))
      checks.push({ control: name, outcome: 'found', rule, explain: where })
  }
  return checks
}

/** `SERVER/tool/NAME`, as `review` writes it. A URI has slashes of its own. */
function parseCall(target: string): readonly [string, AccessItem] {
  if (!target.includes('/'))
    throw new CommandError(
      EXIT.usage,
      `"${visible(target)}" is a server, and --arguments, --principal, --group and --claim are about a call: write SERVER/tool/NAME, SERVER/prompt/NAME or SERVER/resource/URI`,
    )
  const match = /^([^/]+)\/(tool|prompt|resource)\/(.+)$/s.exec(target)
  const [, server = '', kind, name = ''] = match ?? []
  if (kind !== 'tool' && kind !== 'prompt' && kind !== 'resource')
    throw new CommandError(
      EXIT.usage,
      `"${visible(target)}" names no call: write SERVER, SERVER/tool/NAME, SERVER/prompt/NAME or SERVER/resource/URI`,
    )
  return [server, { kind, name }]
}

function readPrincipal(text: string | undefined): { readonly issuer: string; readonly subject: string } {
  if (text === undefined) return { issuer: 'local', subject: localUser() }
  const space = text.indexOf(' ')
  if (space < 1 || space === text.length - 1)
    throw new CommandError(EXIT.usage, '--principal is written "ISSUER SUBJECT", such as "local ada"')
  return { issuer: text.slice(0, space), subject: text.slice(space + 1) }
}

function readClaims(texts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const claims = new Map<string, string[]>()
  for (const text of texts) {
    const equals = text.indexOf('=')
    if (equals < 1)
      throw new CommandError(EXIT.usage, '--claim is written NAME=VALUE, such as department=sales')
    const name = text.slice(0, equals)
    claims.set(name, [...(claims.get(name) ?? []), text.slice(equals + 1)])
  }
  return Object.fromEntries(claims)
}

function readArguments(text: string | undefined): JsonObject {
  if (text === undefined) return {}
  const read = parseJson(Buffer.from(text, 'utf8'))
  if (!read.ok)
    throw new CommandError(EXIT.usage, `--arguments: ${read.fault.explain} (byte ${read.fault.offset})`)
  if (!isObject(read.value)) throw new CommandError(EXIT.usage, '--arguments must be a JSON object')
  return read.value
}

interface Approved {
  readonly state: 'approved' | 'held' | 'unknown'
  readonly explain: string
  readonly definition: JsonObject | undefined
}

/** The definition that was approved last: what rules about hints are decided on. */
async function approvedDefinition(
  { sources, store }: PinsAtHand,
  server: string,
  item: AccessItem,
): Promise<Approved> {
  const key = itemKey(item)
  const hold = sources.holds.get(server)?.get(key)
  const locked = lockedServer(sources.lock, server)
  const last = locked.items.get(key)?.at(-1)
  const kept = last === undefined ? undefined : (await store.contents(server)).get(last.hash)
  const value = last === undefined || kept === undefined ? undefined : asApproved(kept, last).value
  const definition = isObject(value) ? value : undefined
  if (hold !== undefined) return { state: 'held', explain: `${hold.state}: ${hold.explain}`, definition }
  if (last !== undefined && approvalOf(locked, key, last.hash, sources.now) !== undefined)
    return { state: 'approved', explain: `approved by ${last.by}`, definition }
  const explain =
    item.kind === 'resource' ? 'resources need not be listed' : 'not seen yet: decided when it is listed'
  return { state: 'unknown', explain, definition }
}
