/**
 * What a person has to look at, out of the pins: by server everything that waits or is blocked, each with what it was
 * compared with, what is different, and what was found. Pure but for the definitions, which are read when asked for.
 */
import { createHash } from 'node:crypto'
import {
  diffItem,
  type ItemDifference,
  itemKey,
  looserHints,
  parseItemKey,
  type SurfaceItem,
} from '@sallyport/controls/surface'
import type { Contents } from './contents.ts'
import type { Hold, HoldState } from './hold.ts'
import { type ApprovedVersion, baseVersions, exceptedRules, type Lock, lockedServer } from './lock.ts'
import type { PinState } from './pinStore.ts'
import { saidVersion } from './saidVersion.ts'

/** What a review is made of. */
export interface ReviewSources extends PinState {
  /** Definitions that are kept of a server (`PinStore.contents`). */
  readonly contents: (server: string) => Promise<Contents>
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** A hold; or, `optional`, a version that is approved but for hints that claim more safety: nothing is kept back of it. */
export type Reviewed = Omit<Hold, 'state'> & { readonly state: HoldState | 'optional' }

/** One item that waits or is blocked, or may be approved as it is. */
export interface ReviewItem {
  readonly server: string
  /** `itemKey`. */
  readonly key: string
  readonly hold: Reviewed
  /** That version whole; absent where it is not kept, and then nobody can see what it says. */
  readonly item?: SurfaceItem
  /** The approved version that it is shown against, if there is one. */
  readonly base?: { readonly version: ApprovedVersion; readonly item?: SurfaceItem }
  /** Rules that a person excepted for exactly this version. */
  readonly excepted: readonly string[]
}

/** Everything of one server that a person has to look at, to be decided on together. */
export interface ServerReview {
  readonly server: string
  readonly waiting: readonly ReviewItem[]
  readonly blocked: readonly ReviewItem[]
  /** Tools whose approved hints count in the place of those they give: a person may approve these, and need not. */
  readonly optional: readonly ReviewItem[]
  /** Names exactly this set of waiting versions. */
  readonly changeSet: string
}

/**
 * What there is to review, by server id.
 *
 * @param only this server alone
 * @example for (const { server, waiting } of await reviewPins(sources)) console.log(server, waiting.length)
 */
export async function reviewPins(sources: ReviewSources, only?: string): Promise<readonly ServerReview[]> {
  const reviews: ServerReview[] = []
  const hinted = new Map([...sources.lock.servers.keys()].map((id) => [id, optionalOf(id, sources)]))
  for (const server of new Set([...sources.holds.keys(), ...hinted.keys()].sort())) {
    if (only !== undefined && server !== only) continue
    const choices = hinted.get(server) ?? []
    if (choices.length === 0 && !sources.holds.has(server)) continue
    const contents = await sources.contents(server)
    const items = [...(sources.holds.get(server)?.values() ?? [])]
      .map((hold) => reviewItem(hold, sources, contents))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
    const waiting = items.filter(({ hold }) => hold.state === 'waiting')
    const blocked = items.filter(({ hold }) => hold.state === 'blocked')
    const optional = choices.map((one) => withLooserHints(reviewItem(one, sources, contents), sources))
    reviews.push({ server, waiting, blocked, optional, changeSet: changeSetDigest(waiting) })
  }
  return reviews
}

/** Tools of a server that were accepted with other hints than their own, and that nothing is held of. */
function optionalOf(server: string, { lock, holds }: ReviewSources): readonly Reviewed[] {
  const found: Reviewed[] = []
  for (const [key, versions] of lockedServer(lock, server).items) {
    // Of what came before nobody has to know any more.
    const last = versions.at(-1)
    if (last?.hints === undefined || holds.get(server)?.has(key)) continue
    const { hash, at } = last
    found.push({ server, ...parseItemKey(key), hash, ...OPTIONAL, content: '', since: at })
  }
  return found.sort((a, b) => (itemKey(a) < itemKey(b) ? -1 : 1))
}

const OPTIONAL = {
  state: 'optional',
  rule: 'pins/hints',
  explain:
    'it claims more safety than was approved, or than its new name bears out; until somebody approves that, stricter hints count',
  classes: ['annotation-weaker'],
  findings: [],
} as const

/** Says of hints in the lock that would loosen the item that they do not count. */
function withLooserHints(reviewed: ReviewItem, { lock }: ReviewSources): ReviewItem {
  const { server, key, hold, item } = reviewed
  const hints = lockedServer(lock, server).items.get(key)?.at(-1)?.hints
  const looser = item === undefined || hints === undefined ? [] : looserHints(item.value, hints)
  if (looser.length === 0) return reviewed
  const explain = `the lock has ${looser.join(' and ')} for it with more safety than it claims itself: that does not count`
  // There is no change to show.
  return { ...reviewed, hold: { ...hold, explain, classes: [] } }
}

function reviewItem(hold: Reviewed, { lock, now }: ReviewSources, contents: Contents): ReviewItem {
  const { server } = hold
  const key = itemKey(hold)
  const item = contents.get(hold.hash)
  const version = baseOf(hold, key, lock)
  const before = version === undefined ? undefined : contents.get(version.hash)
  return {
    server,
    key,
    hold,
    ...(item === undefined ? {} : { item }),
    ...(version === undefined
      ? {}
      : { base: { version, ...(before === undefined ? {} : { item: before }) } }),
    excepted: [...exceptedRules(lock, server, key, hold.hash, now)],
  }
}

/** What it was compared with; of what was held without a comparison the last that a person approved. */
function baseOf(hold: Reviewed, key: string, lock: Lock): ApprovedVersion | undefined {
  const locked = lockedServer(lock, hold.server)
  const named = locked.items.get(key)?.find(({ hash }) => hash === hold.base)
  const base = named ?? baseVersions(locked, key).at(-1)
  return base?.hash === hold.hash ? undefined : base
}

/** Where the held version differs from the approved one; `undefined` where there is nothing to compare. */
export function differencesOf({ item, base }: ReviewItem): readonly ItemDifference[] | undefined {
  return item === undefined || base?.item === undefined ? undefined : diffItem(base.item, item)
}

/**
 * A digest over versions of items, in any order: whoever names it decides on exactly these.
 *
 * @example changeSetDigest(review.waiting) // 'sha256-...'
 */
export function changeSetDigest(items: readonly ReviewItem[]): string {
  const lines = items.map(({ server, key, hold }) => JSON.stringify([server, key, hold.hash])).sort()
  return `sha256-${createHash('sha256').update(lines.join('\n')).digest('hex')}`
}

/** An item that is approved and not held. */
export interface ApprovedItem {
  readonly server: string
  readonly key: string
  /** Oldest first. */
  readonly versions: readonly (ApprovedVersion & { readonly item?: SurfaceItem })[]
}

/** Of an item that is approved what is known of it. `undefined` for one that is not. */
export async function approvedItem(
  sources: ReviewSources,
  server: string,
  key: string,
): Promise<ApprovedItem | undefined> {
  const versions = lockedServer(sources.lock, server).items.get(key)
  if (versions === undefined) return undefined
  const contents = await sources.contents(server)
  const known = versions.map((version) => {
    const item = contents.get(version.hash)
    return item === undefined ? version : { ...version, item }
  })
  return { server, key, versions: known }
}

/**
 * What a server says it is, `name@version`: of the version that waits, else of the last that was approved.
 *
 * @example serverVersion(contents, lock, holds, 'files') // 'files-server@1.2.0'
 */
export function serverVersion(
  contents: Contents,
  { lock, holds }: PinState,
  server: string,
): string | undefined {
  const held = holds.get(server)?.get('server')?.hash
  const approved = lockedServer(lock, server).items.get('server')?.at(-1)?.hash
  return saidVersion(contents.get(held ?? approved ?? '')?.value)
}
