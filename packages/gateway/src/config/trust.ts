/**
 * One knob: the trust level of a server decides every default. This is the whole table and the whole of what a profile
 * does to it; `sallyport policy explain SERVER` prints the cells in force.
 */
import type { Profile, TrustLevel } from './config.ts'
import { formatDuration, formatSize } from './units.ts'

/** The columns, from most to least trust. `distrusted` exists so that `strict` has somewhere to put `untrusted`. */
export type Column = TrustLevel | 'distrusted'
export const COLUMNS = ['trusted', 'partial', 'untrusted', 'distrusted'] as const

/**
 * How profiles treat a row. `decision`: observe keeps the column and only records. `limit`: a number that holds in
 * every profile, since nothing may run or grow for ever. `order`: compares servers with one another, so it never shifts.
 */
export type RowKind = 'decision' | 'limit' | 'order'

export interface Row<Value extends string | number = string | number> {
  readonly kind: RowKind
  /** trusted, partial, untrusted, distrusted */
  readonly cells: readonly [Value, Value, Value, Value]
  /** False: stated here, acted on by a later version; `policy explain` says so. */
  readonly enforced: boolean
}

const S = 1000
const MiB = 1024 * 1024

// biome-ignore format: a table is read by its columns
export const trustTable = {
  //                              trusted                     partial                      untrusted                   distrusted
  sandbox:     later('decision', ['declared-paths-and-hosts', 'declared-paths-and-hosts',  'declared-paths',           'declared-paths']),
  firstUse:    now('decision',   ['pin-if-clean',             'pin-if-clean-with-notice',  'wait',                     'wait']),
  drift:       now('decision',   ['accept-harmless-or-clean', 'accept-harmless',           'accept-narrowing',         'wait']),
  finding:     now('decision',   ['wait',                     'quarantine',                'quarantine',               'quarantine']),
  destructive: now('decision',   ['ask',                      'ask',                       'ask-ignoring-annotations', 'ask-ignoring-annotations']),
  labels:      now('decision',   ['trusted',                  'untrusted-unless-declared', 'untrusted',                'untrusted']),
  privateData: now('decision',   ['yes',                      'yes',                       'ask',                      'no']),
  rate:        now('limit',      [300,                        120,                         60,                         30]),
  deadline:    now('limit',      [120 * S,                    60 * S,                      60 * S,                     30 * S]),
  resultSize:  now('limit',      [4 * MiB,                    1 * MiB,                     1 * MiB,                    MiB / 2]),
  collisions:  now('order',      ['wins',                     'yields-to-trusted',         'yields-to-both',           'yields-to-both']),
  suspectAnswer:  now('decision', ['note',                    'wrap',                      'wrap',                     'withhold']),
  injectedAnswer: now('decision', ['wrap',                    'withhold',                  'withhold',                 'withhold']),
  links:       now('decision',   ['all',                      'no-data',                   'own-hosts',                'own-hosts']),
  questions:   now('decision',   ['elicitation-sampling-roots', 'elicitation-sampling-roots', 'elicitation',            'none']),
} as const satisfies Readonly<Record<string, Row>>

/** What each row is about. */
export const trustRows: Readonly<Record<TrustRow, string>> = {
  sandbox: 'what a local server can reach',
  firstUse: 'a surface that is seen for the first time',
  drift: 'a change of the surface',
  finding: 'a finding of severity high in the surface',
  destructive: 'a destructive or unannotated write',
  labels: 'how far results are believed',
  privateData: 'may private data flow to it',
  rate: 'calls per principal and tool, sliding minute',
  deadline: 'time for one request',
  resultSize: 'size of one result',
  collisions: 'when two servers use the same name or URI',
  suspectAnswer: 'an answer with one sign of orders to a model',
  injectedAnswer: 'an answer with several signs of orders to a model',
  links: 'links and pictures in answers that may pass',
  questions: 'what it may ask of a client',
}

export type TrustRow = keyof typeof trustTable
export type TrustPolicy = { readonly [Name in TrustRow]: (typeof trustTable)[Name]['cells'][number] }

/** A cell for people. @example showCell('deadline', 60000) // '1m' */
export function showCell(name: TrustRow, cell: string | number): string {
  if (typeof cell === 'string') return cell.replaceAll('-', ' ')
  if (name === 'deadline') return formatDuration(cell)
  if (name === 'rate') return `${cell}/min`
  return name === 'resultSize' ? formatSize(cell) : String(cell)
}

/** What the gateway does with a decision: acts on it, or only writes down what it would have done. */
export const enforcement: Readonly<Record<Profile, 'enforce' | 'record'>> = {
  observe: 'record',
  balanced: 'enforce',
  strict: 'enforce',
}

/**
 * The column a row is read in.
 *
 * - `balanced`: the server's own.
 * - `strict`: one further to the right.
 * - `observe`: limits as for `trusted`, because a cut answer would be a block; decisions as in `balanced`, recorded only.
 *
 * @example trustColumn('deadline', 'trusted', 'strict') // 'partial'
 */
export function trustColumn(name: TrustRow, level: TrustLevel, profile: Profile): Column {
  const { kind } = trustTable[name]
  if (kind === 'order' || profile === 'balanced') return level
  if (profile === 'observe') return kind === 'limit' ? 'trusted' : level
  return COLUMNS[COLUMNS.indexOf(level) + 1] ?? 'distrusted'
}

/** One cell in force. @example trustCell('deadline', 'untrusted', 'balanced') // 60000 */
export function trustCell<Name extends TrustRow>(
  name: Name,
  level: TrustLevel,
  profile: Profile,
): TrustPolicy[Name] {
  const cells: readonly TrustPolicy[TrustRow][] = trustTable[name].cells
  // A column is one of four and every row has four cells; the compiler cannot follow the row's name to its values.
  return cells[COLUMNS.indexOf(trustColumn(name, level, profile))] as TrustPolicy[Name]
}

/** Every cell in force for a server of this level. */
export function trustPolicy(level: TrustLevel, profile: Profile): TrustPolicy {
  return {
    sandbox: trustCell('sandbox', level, profile),
    firstUse: trustCell('firstUse', level, profile),
    drift: trustCell('drift', level, profile),
    finding: trustCell('finding', level, profile),
    destructive: trustCell('destructive', level, profile),
    labels: trustCell('labels', level, profile),
    privateData: trustCell('privateData', level, profile),
    rate: trustCell('rate', level, profile),
    deadline: trustCell('deadline', level, profile),
    resultSize: trustCell('resultSize', level, profile),
    collisions: trustCell('collisions', level, profile),
    suspectAnswer: trustCell('suspectAnswer', level, profile),
    injectedAnswer: trustCell('injectedAnswer', level, profile),
    links: trustCell('links', level, profile),
    questions: trustCell('questions', level, profile),
  }
}

type Cells<Value> = readonly [Value, Value, Value, Value]

function now<const Value extends string | number>(kind: RowKind, cells: Cells<Value>): Row<Value> {
  return { kind, cells, enforced: true }
}

function later<const Value extends string | number>(kind: RowKind, cells: Cells<Value>): Row<Value> {
  return { kind, cells, enforced: false }
}
