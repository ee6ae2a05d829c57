/**
 * `npm run eval:drift`: what would updates of real servers have asked of a person, and what would have passed that should
 * not have? Reads the recorded surfaces; needs no network.
 *
 * Exit: 0 no poisoned change was accepted, 1 some were, 3 fewer than ten servers are recorded.
 * Tables and one line of JSON on stdout.
 */
import { existsSync, readFileSync } from 'node:fs'
import type { Inventory } from '@sallyport/controls/detection'
import {
  acceptsDrift,
  classifyDrift,
  contentMatcher,
  DRIFT_CLASSES,
  type Drift,
  type DriftPolicy,
  itemDigest,
  itemKey,
  type SurfaceItem,
  withApprovedHints,
} from '@sallyport/controls/surface'
import { POISONS } from './poison.ts'
import type { RecordedSurface } from './recordedSurface.ts'
import { inventoryOf, type ScanVerdict, scanNew } from './scan.ts'
import { SERVERS, surfaceFile } from './servers.ts'

/**
 * DESIGN 5: the row `drift`, as `config/trust.ts` has it. `hintsKept`: as trusted, where hints that claim more safety go
 * on being shown as they were approved (`withApprovedHints`), so that nothing waits for them.
 */
const LEVELS = {
  trusted: 'accept-harmless-or-clean',
  hintsKept: 'accept-harmless-or-clean',
  partial: 'accept-harmless',
  untrusted: 'accept-narrowing',
} as const satisfies Readonly<Record<string, DriftPolicy>>
type Level = keyof typeof LEVELS
const LEVEL_NAMES = Object.keys(LEVELS) as Level[]
const MIN_SERVERS = 10

interface Change {
  readonly server: string
  readonly before: SurfaceItem | null
  readonly after: SurfaceItem | null
  readonly drift: Drift
  /** What names mean in its texts. */
  readonly inventory: Inventory
}

interface Judged extends Change {
  /** How the item differs once its hints are put back. */
  readonly shown: Drift
  readonly verdict: ScanVerdict
}

const print = (line = '') => process.stdout.write(`${line}\n`)
const row = (cells: readonly (string | number)[], widths: readonly number[]) =>
  print(cells.map((cell, at) => pad(String(cell), widths[at] ?? 8, at > 0)).join(' '))
const pad = (text: string, width: number, isNumber: boolean) =>
  isNumber ? text.padStart(width) : text.padEnd(width)

const changes: Judged[] = []
const table: (readonly (string | number)[])[] = []
let items = 0
for (const { name, versions } of SERVERS) {
  const [before, after] = versions.map((version) => readSurface(name, version))
  if (before === undefined || after === undefined) continue
  const own = changesBetween(name, before.items, after.items).map(judged)
  items += before.items.length
  changes.push(...own)
  const waiting = LEVEL_NAMES.map((level) => own.filter((change) => !isAccepted(change, level)).length)
  table.push([`${name} ${versions.join(' > ')}`, before.items.length, own.length, ...waiting])
}

const WIDE = [62, 6, 8, 8, 10, 8, 10]
row(['server', 'items', 'changed', ...LEVEL_NAMES], WIDE)
for (const cells of table) row(cells, WIDE)
print(
  'The last four columns: changed items that wait for a person, by the trust level the server would have.\n',
)

const byClass = Object.fromEntries(
  DRIFT_CLASSES.map(
    (one) => [one, changes.filter(({ drift }) => drift.classes.includes(one)).length] as const,
  ).filter(([, count]) => count > 0),
)
for (const [one, count] of Object.entries(byClass)) row([one, count], [62, 6])
print('An item can have several classes.\n')

const poisoned = LEVEL_NAMES.map((level) => ({ level, tried: 0, accepted: new Map<string, number>() }))
for (const change of changes) {
  if (change.after === null) continue
  for (const poison of POISONS) {
    const after = poison.add(change.after, change.before)
    if (after === undefined) continue
    const attack = judged({ ...change, after, drift: classifyDrift(change.before, after) })
    for (const count of poisoned) {
      count.tried++
      const isGone = count.level === 'hintsKept' && poison.isIn?.(withHintsBack(attack)) === false
      if (!isGone && isAccepted(attack, count.level))
        count.accepted.set(poison.name, (count.accepted.get(poison.name) ?? 0) + 1)
    }
  }
}

const figures = poisoned.map(({ level, tried, accepted }) => {
  const waiting = changes.filter((change) => !isAccepted(change, level))
  const passed = [...accepted.values()].reduce((sum, count) => sum + count, 0)
  return {
    level,
    accepted: changes.length - waiting.length,
    waiting: waiting.length,
    reviews: new Set(waiting.map(({ server }) => server)).size,
    waitingPer100: Math.round((waiting.length / changes.length) * 1000) / 10,
    poisoned: tried,
    poisonedAccepted: passed,
  }
})
const NARROW = [12, 9, 8, 8, 11, 9, 18]
row(['level', 'accepted', 'waiting', 'reviews', 'per 100', 'poisoned', 'poisoned accepted'], NARROW)
for (const one of figures)
  row(
    [
      one.level,
      one.accepted,
      one.waiting,
      one.reviews,
      one.waitingPer100,
      one.poisoned,
      one.poisonedAccepted,
    ],
    NARROW,
  )
print(`reviews: updates with at least one item that waits, each asked about once. \n`)
for (const { level, accepted } of poisoned)
  for (const [name, count] of accepted) print(`accepted at ${level}: ${name}, ${count} times`)

print(
  JSON.stringify({
    servers: table.length,
    items,
    changed: changes.length,
    flagged: changes.filter(({ verdict }) => verdict !== 'pass').length,
    byClass,
    ...Object.fromEntries(figures.map(({ level, ...rest }) => [level, rest])),
  }),
)
process.exitCode =
  table.length < MIN_SERVERS ? 3 : figures.some(({ poisonedAccepted }) => poisonedAccepted > 0) ? 1 : 0

function readSurface(name: string, version: string): RecordedSurface | undefined {
  const file = new URL(`./surfaces/${surfaceFile(name, version)}`, import.meta.url)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RecordedSurface) : undefined
}

/** What is different between two recordings; a removed item and a new one of the same content are one, renamed. */
function changesBetween(
  server: string,
  before: readonly SurfaceItem[],
  after: readonly SurfaceItem[],
): Change[] {
  const known = new Map(before.map((item) => [itemKey(item), item]))
  const keys = new Set(after.map(itemKey))
  const gone = before.filter((item) => !keys.has(itemKey(item)))
  const pairs: [SurfaceItem | null, SurfaceItem | null][] = []
  const renamed = new Set<SurfaceItem>()
  for (const item of after) {
    const same = known.get(itemKey(item))
    if (same !== undefined) {
      if (itemDigest(same) !== itemDigest(item)) pairs.push([same, item])
      continue
    }
    const old = contentMatcher(gone.filter((one) => !renamed.has(one)))(item)
    if (old !== undefined) renamed.add(old)
    pairs.push([old ?? null, item])
  }
  for (const item of gone) if (!renamed.has(item)) pairs.push([item, null])
  const inventory = inventoryOf(server, after)
  return pairs.map(([one, other]) => {
    const drift = classifyDrift(one, other)
    return { server, before: one, after: other, drift, inventory }
  })
}

function isAccepted({ drift, shown, verdict }: Judged, level: Level): boolean {
  return acceptsDrift(LEVELS[level], level === 'hintsKept' ? shown : drift, verdict)
}

function withHintsBack({ before, after }: Change & { readonly after: SurfaceItem }): SurfaceItem {
  return before === null ? after : withApprovedHints(before, after, 'beyond-name')
}

/** A change with what the scan says of it. */
function judged<Of extends Change>(change: Of): Of & Judged {
  const { server, before, after, drift, inventory } = change
  const verdict = after === null ? 'pass' : scanNew(before, after, drift.newTexts, server, inventory)
  const shown =
    before === null || after === null
      ? drift
      : classifyDrift(before, withApprovedHints(before, after, 'beyond-name'))
  return { ...change, shown, verdict }
}
