/**
 * Why a server is treated as it is: every value in force and where it came from. For `sallyport policy explain`.
 */
import { type Rate, showRate } from '@sallyport/controls/limits'
import { compileGlob } from '@sallyport/controls/patterns'
import { schemasOf } from './argumentChecks.ts'
import type { UpstreamOauth } from './auth/upstreamConfig.ts'
import { HARD_CAP } from './callDeadline.ts'
import type { Config, SecretText, ServerConfig } from './config.ts'
import { dotted, type Path, pointer } from './document.ts'
import { type Found, secretPolicy } from './secretPolicy.ts'
import {
  type Column,
  enforcement,
  showCell,
  type TrustRow,
  trustCell,
  trustColumn,
  trustTable,
} from './trust.ts'
import { formatDuration, formatSize } from './units.ts'

export type Origin =
  | {
      readonly kind: 'file'
      readonly key: string
      readonly file: string
      readonly line: number
      readonly column: number
    }
  | {
      readonly kind: 'trust'
      readonly row: TrustRow
      readonly column: Column
      readonly profile: Config['profile']
    }
  | {
      /** The table of `secretPolicy.ts`. */
      readonly kind: 'secrets'
      readonly row: Found
      readonly column: Column
      readonly profile: Config['profile']
    }
  | { readonly kind: 'default' }

export interface ExplainedValue {
  readonly name: string
  /** For people; secrets only as the references they are. */
  readonly value: string
  readonly origin: Origin
  /** False for a row of the trust table that this version states but does not act on. */
  readonly enforced: boolean
}

export interface ServerExplanation {
  readonly id: string
  readonly profile: Config['profile']
  /** `record`: decisions are written down, nothing is blocked by them. */
  readonly decisions: 'enforce' | 'record'
  readonly values: readonly ExplainedValue[]
}

/**
 * Everything in force for one server; `undefined` when there is none of that id.
 *
 * @example
 * explainServer(config, 'files')?.values.find((v) => v.name === 'deadline')
 * // { name: 'deadline', value: '1m', origin: { kind: 'trust', row: 'deadline', column: 'untrusted', ... }, enforced: true }
 */
export function explainServer(config: Config, id: string): ServerExplanation | undefined {
  const server = config.servers.find((each) => each.id === id)
  if (server === undefined) return undefined
  const { profile } = config
  const own = (key: string): Path => ['servers', id, key]

  /** The first of these keys that is written in the file. */
  const fromFile = (...paths: Path[]): Origin | undefined => {
    const { source } = config
    if (source.kind !== 'file') return undefined
    for (const path of paths) {
      const place = source.places?.get(pointer(path))
      if (place) return { kind: 'file', key: dotted(path), file: source.path, ...place }
    }
    return undefined
  }
  const say = (name: string, value: string, ...paths: Path[]): ExplainedValue => {
    return { name, value, origin: fromFile(...paths) ?? { kind: 'default' }, enforced: true }
  }
  /** Where the file does not say it, the level of trust does, outside the table. */
  const sayOfTrust = (name: string, value: string, ...paths: Path[]): ExplainedValue => {
    return {
      name,
      value,
      origin: fromFile(...paths) ?? fromFile(own('trust'), ['defaults', 'trust']) ?? { kind: 'default' },
      enforced: true,
    }
  }
  const fromTable = (row: TrustRow): Origin => {
    return { kind: 'trust', row, column: trustColumn(row, server.trust, profile), profile }
  }

  const deadline = fromFile(own('deadline'), ['defaults', 'deadline']) ?? fromTable('deadline')
  const rate = fromFile(own('rate'), ['defaults', 'rate']) ?? fromTable('rate')
  const maxResult = fromFile(own('maxResult')) ?? fromTable('resultSize')
  const rows = (Object.keys(trustTable) as TrustRow[]).filter((row) => !SHOWN_AS_KEYS.has(row))
  const schemas = schemasOf(server, profile)
  return {
    id,
    profile,
    decisions: enforcement[profile],
    values: [
      say('profile', profile, ['profile']),
      say('trust', server.trust, own('trust'), ['defaults', 'trust']),
      say('enabled', String(server.enabled), own('enabled')),
      ...explainReach(server, own, say),
      say('era', server.era, own('era')),
      { name: 'deadline', value: formatDuration(server.deadlineMs), origin: deadline, enforced: true },
      say('deadlineCap', showCap(server), own('deadlineCap'), ['defaults', 'deadlineCap']),
      ...(server.deadlines ?? []).map(([glob, ms]) =>
        say(`deadlines.${glob}`, formatDuration(ms), [...own('deadlines'), glob]),
      ),
      { name: 'rate', value: showLimit(server.rate), origin: rate, enforced: true },
      say('totalRate', showLimit(server.totalRate), own('totalRate')),
      say('maxInFlight', String(server.maxInFlight ?? 'unlimited'), own('maxInFlight')),
      say('circuit', showCircuit(server), [...own('circuit'), 'failures'], [...own('circuit'), 'pause']),
      { name: 'maxResult', value: formatSize(server.maxResultBytes), origin: maxResult, enforced: true },
      say('startDeadline', formatDuration(server.startDeadlineMs), own('startDeadline'), [
        'defaults',
        'startDeadline',
      ]),
      say('idle', formatDuration(server.idleMs), own('idle'), ['defaults', 'idle']),
      say('schemas.arguments', schemas.arguments, [...own('schemas'), 'arguments']),
      sayOfTrust('schemas.results', schemas.results, [...own('schemas'), 'results']),
      ...rows.map((row) => {
        const cell = showCell(row, trustCell(row, server.trust, profile))
        const override = overrideOf(row, server, cell)
        const written =
          override &&
          fromFile(...override.paths.map((path) => ['servers', id, ...path]), ...(override.general ?? []))
        return {
          name: row,
          value: override?.value ?? cell,
          origin: written ?? fromTable(row),
          enforced: trustTable[row].enforced,
        }
      }),
      ...QUESTIONS.map((question) => {
        const said = server.ask?.[question]
        const row = trustCell('questions', server.trust, profile).split('-')
        return {
          name: `ask.${question}`,
          value: (said ?? row.includes(question)) ? 'yes' : 'no',
          origin:
            (said === undefined ? undefined : fromFile([...own('ask'), question])) ?? fromTable('questions'),
          enforced: true,
        }
      }),
      say('ask.rate', showLimit(server.questionRate), [...own('ask'), 'rate']),
      ...explainMore(server, id, say),
      ...explainSecrets(config, server, fromFile),
      ...explainAccess(config, server, say),
    ],
  }
}

/** Rows that stand there under the key that sets them. */
const SHOWN_AS_KEYS: ReadonlySet<TrustRow> = new Set(['deadline', 'resultSize', 'rate', 'questions'])
const QUESTIONS = ['elicitation', 'sampling', 'roots'] as const

/** What an entry of the file says instead of a row of the trust table: the value in force, and the keys that may have it. */
function overrideOf(
  row: TrustRow,
  { answers = {}, flow = {}, confirm }: ServerConfig,
  cell: string,
):
  | { readonly value: string; readonly paths: readonly Path[]; readonly general?: readonly Path[] }
  | undefined {
  const one = (value: string | undefined, ...path: Path) =>
    value === undefined ? undefined : { value, paths: [path] }
  if (row === 'suspectAnswer' || row === 'injectedAnswer')
    return one(answers.injection, 'answers', 'injection')
  if (row === 'links') return one(answers.links?.replaceAll('-', ' '), 'answers', 'links')
  if (row === 'labels') return one(flow.results, 'flow', 'results')
  if (row === 'privateData') return one(flow.privateData, 'flow', 'privateData')
  if (row !== 'destructive' || confirm === undefined) return undefined
  const value = confirm === 'never' ? 'never ask' : confirm === 'writes' ? `${cell}, about every write` : cell
  return { value, paths: [['confirm']], general: [['defaults', 'confirm']] }
}

const FOUND = ['token', 'likely', 'personal'] as const

/** What is done about secrets, with where each cell came from. */
function explainSecrets(
  config: Config,
  { id, trust, secrets }: ServerConfig,
  fromFile: (...paths: Path[]) => Origin | undefined,
): readonly ExplainedValue[] {
  const { profile } = config
  const policy = secretPolicy(trust, profile, [secrets, config.secrets])
  const places = (...path: Path): readonly Path[] => [
    ['servers', id, 'secrets', ...path],
    ['secrets', ...path],
  ]
  const column = trustColumn('privateData', trust, profile)
  const cells = (way: 'toServer' | 'fromServer'): ExplainedValue[] =>
    FOUND.filter((row) => row !== 'personal' || policy.personal.length > 0).map((row) => ({
      name: `secrets.${way}.${row}`,
      value: policy[way][row],
      origin: fromFile(...places(way, row)) ?? { kind: 'secrets', row, column, profile },
      enforced: true,
    }))
  // Exceptions of a server are added to those for all.
  const excepted = [secrets?.except ?? [], config.secrets?.except ?? []].flatMap((rules, at) =>
    rules.map((rule) => {
      const origin = fromFile(places('except')[at] ?? []) ?? DEFAULT
      return { name: 'secrets.except', value: rule, origin, enforced: true }
    }),
  )
  const personal = policy.personal.length === 0 ? 'none' : policy.personal.join(', ')
  const origin = fromFile(...places('personal')) ?? DEFAULT
  return [
    ...cells('toServer'),
    ...cells('fromServer'),
    { name: 'secrets.personal', value: personal, origin, enforced: true },
    ...excepted,
  ]
}

const DEFAULT: Origin = { kind: 'default' }
const KINDS = ['tools', 'prompts', 'resources'] as const
const LISTS = ['deny', 'hide', 'allow', 'ask'] as const

/** The lists that hold at this server, for whom, and the rules, which hold at every server. */
function explainAccess(
  { access, rules }: Config,
  { id, trust }: ServerConfig,
  say: (name: string, value: string, ...paths: Path[]) => ExplainedValue,
): readonly ExplainedValue[] {
  const here = access.filter(
    (entry) =>
      (entry.servers?.some((glob) => compileGlob(glob)(id)) ?? true) &&
      (entry.trust?.includes(trust) ?? true),
  )
  const lists = here.flatMap((entry) =>
    KINDS.flatMap((kind) =>
      LISTS.flatMap((list) => {
        const names = entry[kind]?.[list]
        if (names === undefined || (names.length === 0 && list !== 'allow')) return []
        const whom = [...(entry.principals ?? []), ...(entry.groups ?? []).map((group) => `group ${group}`)]
        const value = `${names.join(', ')}${whom.length === 0 ? '' : ` (for ${whom.join(', ')})`}`
        return [say(`${kind}.${list}`, value, [...pathOf(entry.from), kind, list])]
      }),
    ),
  )
  const said = rules.map(({ from, when, do: outcome }) =>
    say(from, `${outcome} when ${when.replaceAll(/\s+/g, ' ')}`, pathOf(from)),
  )
  return [...lists, ...said]
}

/** @example pathOf('access[0]') // ['access', 0] */
function pathOf(from: string): Path {
  const [, list, at] = /^(\w+)\[(\d+)\]$/.exec(from) ?? []
  return list === undefined ? from.split('.') : [list, Number(at)]
}

/** What is set for this server beside its rows of the trust table. */
function explainMore(
  { answers = {}, flow = {} }: ServerConfig,
  id: string,
  say: (name: string, value: string, ...paths: Path[]) => ExplainedValue,
): readonly ExplainedValue[] {
  const set = (group: string, values: Readonly<Record<string, unknown>>) =>
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => say(`${group}.${key}`, String(value), ['servers', id, group, key]))
  const { tools = [], resources = [] } = flow
  return [
    ...set('answers', { hosts: answers.hosts?.join(', ') }),
    ...set('flow', { private: flow.private }),
    ...[...tools].map(([glob, value]) =>
      say(`flow.tools.${glob}`, JSON.stringify(value), ['servers', id, 'flow', 'tools', glob]),
    ),
    ...[...resources].map(([glob, value]) =>
      say(`flow.resources.${glob}`, JSON.stringify(value), ['servers', id, 'flow', 'resources', glob]),
    ),
  ]
}

/** How the server is reached: the whole command, as control I02 asks, or the address. */
function explainReach(
  server: ServerConfig,
  own: (key: string) => Path,
  say: (name: string, value: string, ...paths: Path[]) => ExplainedValue,
): readonly ExplainedValue[] {
  if (server.kind === 'http') {
    return [
      say('url', server.url, own('url')),
      say('transport', server.transport, own('transport')),
      say('headers', showTexts(server.headers), own('headers')),
      ...(server.oauth === undefined ? [] : [say('oauth', showOauth(server.oauth), own('oauth'))]),
    ]
  }
  return [
    say('command', server.command.map(showWord).join(' '), own('command')),
    say('cwd', server.cwd ?? '', own('cwd')),
    say('inherited variables', server.inheritEnv.join(', '), ['defaults', 'env']),
    say('env', showTexts(server.env), own('env')),
    say('share', String(server.share), own('share')),
  ]
}

function showOauth(oauth: UpstreamOauth): string {
  return Object.entries(oauth)
    .map(([name, value]) => `${name}=${showWord(showSetting(value))}`)
    .join(' ')
}

function showSetting(value: UpstreamOauth[keyof UpstreamOauth]): string {
  if (typeof value === 'object') return 'source' in value ? value.source : value.join(',')
  return String(value)
}

function showLimit(rate: Rate | undefined): string {
  return rate === undefined ? 'unlimited' : showRate(rate)
}

function showCircuit({ circuit }: ServerConfig): string {
  return circuit === undefined ? '' : `${circuit.failures} failures, ${formatDuration(circuit.pauseMs)}`
}

function showWord(word: string): string {
  return /^[\w./:@=+,~%-]+$/.test(word) ? word : JSON.stringify(word)
}

function showTexts(texts: Readonly<Record<string, SecretText>>): string {
  return Object.entries(texts)
    .map(([name, text]) => `${name}=${showWord(text.source)}`)
    .join(' ')
}

/** An origin in a few words. @example describeOrigin(origin) // 'trust table, row deadline, column untrusted' */
export function describeOrigin(origin: Origin): string {
  if (origin.kind === 'file') return `${origin.key} at ${origin.file}:${origin.line}:${origin.column}`
  if (origin.kind === 'default') return 'default'
  const shifted = origin.profile === 'balanced' ? '' : `, profile ${origin.profile}`
  const table = origin.kind === 'trust' ? 'trust table' : 'table of secrets'
  return `${table}, row ${origin.row}, column ${origin.column}${shifted}`
}

function showCap({ deadlineMs, deadlineCapMs, deadlines }: ServerConfig): string {
  if (deadlineCapMs !== undefined) return formatDuration(deadlineCapMs)
  const each = deadlines === undefined || deadlines.length === 0 ? '' : ', and ten times each of deadlines'
  return `${formatDuration(deadlineMs * HARD_CAP)}${each}`
}
