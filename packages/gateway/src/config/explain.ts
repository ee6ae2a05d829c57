/**
 * Why a server is treated as it is: every value in force and where it came from. For `sallyport policy explain`.
 */
import { type Rate, showRate } from '@sallyport/controls/limits'
import { schemasOf } from './argumentChecks.ts'
import type { UpstreamOauth } from './auth/upstreamConfig.ts'
import type { Config, SecretText, ServerConfig } from './config.ts'
import { dotted, type Path, pointer } from './document.ts'
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
  const fromTable = (row: TrustRow): Origin => {
    return { kind: 'trust', row, column: trustColumn(row, server.trust, profile), profile }
  }

  const deadline = fromFile(own('deadline'), ['defaults', 'deadline']) ?? fromTable('deadline')
  const rate = fromFile(own('rate'), ['defaults', 'rate']) ?? fromTable('rate')
  const maxResult = fromFile(own('maxResult')) ?? fromTable('resultSize')
  const rows = (Object.keys(trustTable) as TrustRow[]).filter(
    (row) => row !== 'deadline' && row !== 'resultSize' && row !== 'rate',
  )
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
      say('deadlineCap', formatDuration(server.deadlineCapMs ?? server.deadlineMs * 10), own('deadlineCap'), [
        'defaults',
        'deadlineCap',
      ]),
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
      say('schemas.results', schemas.results, [...own('schemas'), 'results']),
      ...rows.map((row) => ({
        name: row,
        value: showCell(row, trustCell(row, server.trust, profile)),
        origin: fromTable(row),
        enforced: trustTable[row].enforced,
      })),
      ...explainAnswers(server, id, say),
    ],
  }
}

/** What is set for this server beside, or instead of, its row of the trust table. */
function explainAnswers(
  { answers = {}, ask = {}, confirm, flow = {} }: ServerConfig,
  id: string,
  say: (name: string, value: string, ...paths: Path[]) => ExplainedValue,
): readonly ExplainedValue[] {
  const set = (group: string, values: Readonly<Record<string, unknown>>) =>
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => say(`${group}.${key}`, String(value), ['servers', id, group, key]))
  const { tools = [], resources = [], ...labels } = flow
  return [
    ...set('answers', { ...answers }),
    ...set('ask', { ...ask }),
    ...(confirm === undefined
      ? []
      : [say('confirm', confirm, ['servers', id, 'confirm'], ['defaults', 'confirm'])]),
    ...set('flow', { ...labels }),
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
  return `trust table, row ${origin.row}, column ${origin.column}${shifted}`
}
