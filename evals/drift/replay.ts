/**
 * `npm run eval:drift`: what would updates of real servers have asked of a person, and what would have passed that should
 * not have? Reads the recorded surfaces; needs no network.
 *
 * Exit: 0 no poisoned change of a known form was accepted, 1 some were, 3 fewer than ten servers are recorded. What of
 * attacks that only declare is accepted is printed beside it, and is much.
 * Tables and one line of JSON on stdout.
 */
import { existsSync, readFileSync } from 'node:fs'
import {
  acceptsDrift,
  classifyDrift,
  contentMatcher,
  DRIFT_CLASSES,
  type Drift,
  type DriftPolicy,
  hintsBeyondName,
  itemDigest,
  itemKey,
  type KeptClaims,
  type SurfaceItem,
  withApprovedHints,
  withStricterHints,
} from '@sallyport/controls/surface'
import { DECLARED_SEEN, DECLARED_UNSEEN } from './declared.ts'
import { honestSentences } from './honest.ts'
import { declaring, POISONS } from './poison.ts'
import type { RecordedSurface } from './recordedSurface.ts'
import { inventoryOf, type ScanContext, type ScanVerdict, scanChange, wordsOfAll } from './scan.ts'
import { SERVERS, surfaceFile } from './servers.ts'

/** DESIGN 5: the row `drift`, as `config/trust.ts` has it, and which claims of safety are not taken over (`pins/keptHints.ts`). */
const LEVELS = {
  trusted: { drift: 'accept-harmless-or-clean', kept: 'beyond-name' },
  partial: { drift: 'accept-harmless', kept: 'all' },
  untrusted: { drift: 'accept-narrowing', kept: 'all' },
} as const satisfies Readonly<Record<string, { readonly drift: DriftPolicy; readonly kept: KeptClaims }>>
type Level = keyof typeof LEVELS
const LEVEL_NAMES = Object.keys(LEVELS) as Level[]
const MIN_SERVERS = 10

interface Change {
  readonly server: string
  readonly before: SurfaceItem | null
  readonly after: SurfaceItem | null
  readonly drift: Drift
  readonly context: ScanContext
}

interface Judged extends Change {
  /** The item as clients are shown it, by level: with its approved hints. */
  readonly shown: Readonly<Record<KeptClaims, SurfaceItem | null>>
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
  'The last three columns: changed items that wait for a person, by the trust level the server would have.\n',
)

const byClass = Object.fromEntries(
  DRIFT_CLASSES.map(
    (one) => [one, changes.filter(({ drift }) => drift.classes.includes(one)).length] as const,
  ).filter(([, count]) => count > 0),
)
for (const [one, count] of Object.entries(byClass)) row([one, count], [62, 6])
print('An item can have several classes.\n')

const FAMILIES = {
  /** The rules were written with these in sight. */
  known: POISONS,
  declaredSeen: declaring(DECLARED_SEEN),
  declaredUnseen: declaring(DECLARED_UNSEEN),
}
type Family = keyof typeof FAMILIES
const FAMILY_NAMES = Object.keys(FAMILIES) as Family[]
const tried: Record<Family, number> = { known: 0, declaredSeen: 0, declaredUnseen: 0 }
const passed = new Map<string, number>()
const passedAt = (family: Family, level: Level): number =>
  [...passed].reduce((sum, [id, count]) => (id.startsWith(`${family} ${level} `) ? sum + count : sum), 0)
for (const change of changes) {
  if (change.after === null) continue
  for (const family of FAMILY_NAMES)
    for (const poison of FAMILIES[family]) {
      const after = poison.add(change.after, change.before)
      if (after === undefined) continue
      const attack = judged({ ...change, after, drift: classifyDrift(change.before, after) })
      tried[family]++
      for (const level of LEVEL_NAMES) {
        const shown = attack.shown[LEVELS[level].kept]
        const isGone = shown === null || poison.isIn?.(shown) === false
        if (isGone || !isAccepted(attack, level)) continue
        const id = `${family} ${level} ${poison.name}`
        passed.set(id, (passed.get(id) ?? 0) + 1)
      }
    }
}

const figures = LEVEL_NAMES.map((level) => {
  const waiting = changes.filter((change) => !isAccepted(change, level))
  const reviews = new Set(waiting.map(({ server }) => server)).size
  const per100 = (count: number) => Math.round((count / changes.length) * 10_000) / 100
  return {
    level,
    accepted: changes.length - waiting.length,
    waiting: waiting.length,
    waitingPer100: per100(waiting.length),
    reviews,
    reviewsPer100: per100(reviews),
    poisoned: tried.known,
    poisonedAccepted: passedAt('known', level),
    declaredSeen: { tried: tried.declaredSeen, accepted: passedAt('declaredSeen', level) },
    declaredUnseen: { tried: tried.declaredUnseen, accepted: passedAt('declaredUnseen', level) },
  }
})
const honest = honestSentences()

const NARROW = [12, 9, 8, 8, 9, 12, 12, 12]
row(['level', 'accepted', 'waiting', 'reviews', 'per 100', 'known', 'declared', 'unseen'], NARROW)
for (const one of figures)
  row(
    [
      one.level,
      one.accepted,
      one.waiting,
      one.reviews,
      one.reviewsPer100,
      `${one.poisonedAccepted}/${one.poisoned}`,
      `${one.declaredSeen.accepted}/${one.declaredSeen.tried}`,
      `${one.declaredUnseen.accepted}/${one.declaredUnseen.tried}`,
    ],
    NARROW,
  )
print(`waiting: items. reviews: updates with at least one of them, each asked about once.`)
print(`The last three columns: poisoned changes that are accepted, of those tried.`)
print(
  `known: the rules were written with these attacks in sight. declared, unseen: sentences that give no order;`,
)
print(`the unseen ones were written after the rules, and nothing was tuned on them.\n`)
for (const [id, count] of passed) {
  const [family, level, ...name] = id.split(' ')
  if (family === 'known') print(`accepted at ${level}: ${name.join(' ')}, ${count} times`)
}
if (honest !== undefined)
  print(
    `sentences of ${honest.servers} other servers, taken out and put back: ${honest.asked} of ${honest.tried} asked about, at ${honest.serversAsked} servers\n`,
  )

print(
  JSON.stringify({
    servers: table.length,
    items,
    changed: changes.length,
    flagged: changes.filter(({ verdict }) => verdict !== 'pass').length,
    byClass,
    ...Object.fromEntries(figures.map(({ level, ...rest }) => [level, rest])),
    ...(honest === undefined ? {} : { honest }),
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
  const context = { server, inventory: inventoryOf(server, after), words: wordsOfAll(server, before) }
  return pairs.map(([one, other]) => {
    const drift = classifyDrift(one, other)
    return { server, before: one, after: other, drift, context }
  })
}

function isAccepted({ before, shown, verdict }: Judged, level: Level): boolean {
  const { drift, kept } = LEVELS[level]
  return acceptsDrift(drift, classifyDrift(before, shown[kept]), verdict)
}

/** A change with what the scan says of it. */
function judged<Of extends Change>(change: Of): Of & Judged {
  const { before, after, context } = change
  const verdict = after === null ? 'pass' : scanChange(before, after, context)
  const shownWith = (kept: KeptClaims) => {
    if (after === null) return after
    if (before !== null) return withApprovedHints(before, after, kept)
    const hints = kept === 'beyond-name' ? hintsBeyondName(after) : undefined
    return hints === undefined ? after : { ...after, value: withStricterHints(after.value, hints) }
  }
  return { ...change, shown: { 'beyond-name': shownWith('beyond-name'), all: shownWith('all') }, verdict }
}
