/**
 * What becomes of one item that a server shows: approved already, accepted by the rules of its trust level, or held
 * until a person decides. Pure: everything it goes by comes in.
 */
import type { Inspection, TextFinding } from '@sallyport/controls/detection'
import {
  acceptsDrift,
  classifyDrift,
  contentDigest,
  DRIFT_WEIGHTS,
  type Drift,
  hintsBeyondName,
  itemDigest,
  itemKey,
  type KeptHints,
  type SurfaceItem,
  stricterHints,
} from '@sallyport/controls/surface'
import type { TrustPolicy } from '../config/trust.ts'
import type { Hold, HoldState } from './hold.ts'
import { ISSUER } from './identity.ts'
import { integrityNote, otherBytes, withoutIntegrity } from './integrity.ts'
import { asApproved, keptOf } from './keptHints.ts'
import {
  type ApprovedVersion,
  approvalOf,
  BY_DRIFT,
  BY_FIRST_USE,
  baseVersions,
  exceptedRules,
  isByRule,
  isPast,
  type Lock,
  type LockedServer,
  lockedServer,
} from './lock.ts'

/** What is known beside the item. */
export interface JudgeFacts {
  readonly server: string
  readonly policy: Pick<TrustPolicy, 'firstUse' | 'drift' | 'finding'>
  readonly lock: Lock
  /** The holds of this server, by `itemKey`. */
  readonly holds: ReadonlyMap<string, Hold>
  /** Those of them that are blocked, by `contentDigest` (`blockedContents`). */
  readonly blocked: ReadonlyMap<string, readonly Hold[]>
  /** The blocked definition of this server that an item is a near copy of, under whatever name. */
  readonly copyOf: (item: SurfaceItem) => SurfaceItem | undefined
  /** The approved tool, as it counts, that a new one is under another name. */
  readonly renamedFrom: (item: SurfaceItem) => SurfaceItem | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Items of this kind were first seen just now: not a change of something known. */
  readonly firstUse: boolean
  /** `name@version` of the server's own information. */
  readonly version?: string | undefined
  /** The definition of an approved version, where it is kept. */
  readonly content: (hash: string) => SurfaceItem | undefined
  /**
   * Looks through an item, or, given what it was before, through what is new in it. `asChange`: of a server that was
   * approved, and so more strictly than what is seen for the first time.
   */
  readonly inspect: (item: SurfaceItem, before: SurfaceItem | undefined, asChange: boolean) => Inspection
}

/** What a renamed item is recognised by. */
export function blockedContents(holds: ReadonlyMap<string, Hold>): ReadonlyMap<string, readonly Hold[]> {
  const blocked = [...holds.values()].filter(({ state }) => state === 'blocked')
  return Map.groupBy(blocked, ({ content }) => content)
}

export type Judgement =
  | { readonly kind: 'approved'; readonly version: ApprovedVersion }
  /** It is not held any more: the server shows again what was approved. */
  | { readonly kind: 'released'; readonly version: ApprovedVersion }
  | { readonly kind: 'accepted'; readonly version: ApprovedVersion }
  /** `fresh`: it was not held like this before. */
  | { readonly kind: 'held'; readonly hold: Hold; readonly fresh: boolean }

/**
 * Judges one item.
 *
 * @example
 * judgeItem({ kind: 'tool', name: 'read', value }, facts)
 * // { kind: 'held', hold: { state: 'waiting', rule: 'pins/first-use', ... }, fresh: true }
 */
export function judgeItem(item: SurfaceItem, facts: JudgeFacts): Judgement {
  const { server, lock, holds, now } = facts
  const key = itemKey(item)
  const hash = itemDigest(item)
  const locked = lockedServer(lock, server)
  const held = holds.get(key)
  const content = contentDigest(item)
  const bare = withoutIntegrity(item)
  // A person's no stands against the definition, whatever name it comes under, and whatever else is known of it by now.
  const contents = bare === undefined ? [content] : [content, contentDigest(bare)]
  if (contents.some((one) => locked.denied.has(one)))
    return hold(item, facts, held, 'blocked', 'pins/denied', {})
  if (held?.state === 'blocked') return hold(item, facts, held, 'blocked', held.rule, held)
  const approval = approvalOf(locked, key, hash, now)
  if (approval !== undefined) return { kind: held === undefined ? 'approved' : 'released', version: approval }
  const renamed = facts.blocked.get(content)?.find((other) => itemKey(other) !== key)
  if (renamed !== undefined) return hold(item, facts, held, 'blocked', 'pins/renamed', renamed)
  if ((locked.items.get(key) ?? []).some((version) => version.hash === hash && isPast(version.expires, now)))
    return hold(item, facts, held, 'waiting', 'pins/expired', {})
  const judgement = judgeUnapproved(item, facts, held, locked)
  if (judgement.kind === 'held' && judgement.hold.state === 'blocked') return judgement
  // From here on it only waits: what is found in it blocks, and came first.
  // An entry may be called otherwise in the configuration; but two servers of one kind may be judged differently.
  if ([...lock.servers.values()].some(({ denied }) => contents.some((one) => denied.has(one))))
    return hold(item, facts, held, 'waiting', 'pins/denied', {})
  if (judgement.kind !== 'accepted' || item.kind === 'identity') return judgement
  const copied = facts.copyOf(item)
  // Siblings of one server resemble each other: only a person can say that it is no copy of what is blocked.
  return copied === undefined || itemKey(copied) === key
    ? judgement
    : hold(item, facts, held, 'waiting', 'pins/renamed', { classes: ['renamed'] })
}

/** Judges by the rules of the trust level what nobody decided on. */
function judgeUnapproved(
  item: SurfaceItem,
  facts: JudgeFacts,
  held: Hold | undefined,
  { items }: LockedServer,
): Judgement {
  const key = itemKey(item)
  if (item.kind === 'identity') return judgeIdentity(item, facts, held, items.get(key) ?? [])
  return items.has(key)
    ? judgeChanged(item, facts, held, baseVersions(lockedServer(facts.lock, facts.server), key))
    : judgeNew(item, facts, held)
}

function judgeNew(item: SurfaceItem, facts: JudgeFacts, held: Hold | undefined): Judgement {
  // What waits since its first use waits for that until it is decided, also under another policy.
  const isFirst = facts.firstUse || held?.rule === 'pins/first-use'
  const found = findings(item, undefined, facts, !isFirst)
  if (found.stands) return holdFinding(item, facts, held, found, ['new'])
  if (isFirst) {
    return facts.policy.firstUse === 'wait'
      ? hold(item, facts, held, 'waiting', 'pins/first-use', { classes: ['new'], findings: found.all })
      : accept(item, facts, BY_FIRST_USE, newHints(item, facts, undefined))
  }
  // An item that was not there before says something new by being there.
  return facts.policy.drift === 'accept-harmless-or-clean'
    ? accept(item, facts, BY_FIRST_USE, newHints(item, facts, hintsBeyondName(item)))
    : hold(item, facts, held, 'waiting', 'pins/drift', { classes: ['new'], findings: found.all })
}

/**
 * What a tool claims of its safety under a new name counts no more than it would have under the old one. Whether it is one of
 * those that were approved, changed as well, nobody can say: `beyondName` is what its name alone does not bear out.
 */
function newHints(
  item: SurfaceItem,
  facts: JudgeFacts,
  beyondName: KeptHints | undefined,
): Pick<ApprovedVersion, 'hints'> {
  const before = facts.renamedFrom(item)
  const renamed = before === undefined ? undefined : keptOf(before, item, facts.policy.drift)
  const hints = stricterHints(renamed, beyondName)
  return hints === undefined ? {} : { hints }
}

function judgeChanged(
  item: SurfaceItem,
  facts: JudgeFacts,
  held: Hold | undefined,
  bases: readonly ApprovedVersion[],
): Judgement {
  const lasting = bases.filter(({ expires }) => !isPast(expires, facts.now))
  // What was approved for a time is no base for what comes after that time.
  if (lasting.length === 0 && bases.length > 0) return hold(item, facts, held, 'waiting', 'pins/expired', {})
  const closest = closestBase(item, facts, lasting)
  const found = findings(item, closest?.before, facts, true)
  const classes = closest === undefined ? (['other'] as const) : classifyDrift(closest.before, item).classes
  const about = { classes, ...(closest === undefined ? {} : { base: closest.version.hash }) }
  if (found.stands) return holdFinding(item, facts, held, found, classes, about.base)
  // Where the approved definition is not kept, nobody can say what the change is.
  if (closest !== undefined && acceptsDrift(facts.policy.drift, closest.drift, 'pass')) {
    const { hints, version } = closest
    return accept(item, facts, BY_DRIFT, {
      ...(hints === undefined ? {} : { hints }),
      ...(version.expires === undefined ? {} : { expires: version.expires }),
    })
  }
  return hold(item, facts, held, 'waiting', 'pins/drift', { ...about, findings: found.all })
}

/**
 * What runs has no words to look through: it is another one or it is not. Whom the operator trusts in part may exchange
 * what he built himself; a stranger's new package is what a rug pull is made of.
 */
function judgeIdentity(
  item: SurfaceItem,
  facts: JudgeFacts,
  held: Hold | undefined,
  versions: readonly ApprovedVersion[],
): Judgement {
  if (versions.length === 0) return accept(item, facts, BY_FIRST_USE, {})
  const other = otherBytes(item, versions)
  // No registry of good faith publishes a version twice, whoever is trusted.
  if (other !== undefined)
    return hold(item, facts, held, 'waiting', 'pins/identity', {
      classes: ['package-changed'],
      base: other.hash,
      because: OTHER_BYTES,
    })
  const bare = withoutIntegrity(item)
  const named = bare === undefined ? undefined : approvedBare(bare, facts)
  // The bytes of what was approved by name: they were not known then.
  if (named !== undefined)
    return accept(item, facts, isByRule(named) ? named.by : BY_FIRST_USE, {
      ...(named.expires === undefined ? {} : { expires: named.expires }),
    })
  const { drift } = facts.policy
  // Who vouches for an address changes without anybody's doing on our side: only a reviewed server's may, with a notice.
  const accepts =
    drift === 'accept-harmless-or-clean' || (drift === 'accept-harmless' && item.name !== ISSUER)
  return accepts
    ? accept(item, facts, BY_DRIFT, {})
    : hold(item, facts, held, 'waiting', 'pins/identity', { classes: ['package-changed'] })
}

function approvedBare(bare: SurfaceItem, { lock, server, now }: JudgeFacts): ApprovedVersion | undefined {
  return approvalOf(lockedServer(lock, server), itemKey(bare), itemDigest(bare), now)
}

interface Base {
  readonly version: ApprovedVersion
  readonly before: SurfaceItem
  /** Claims of safety that are not taken over. */
  readonly hints: KeptHints | undefined
  /** How the item differs once those are put back. */
  readonly drift: Drift
}

/** The approved version that the item differs from least, as it counts; of equals the latest. */
function closestBase(
  item: SurfaceItem,
  facts: JudgeFacts,
  bases: readonly ApprovedVersion[],
): Base | undefined {
  let closest: Base | undefined
  for (const version of bases) {
    const known = facts.content(version.hash)
    if (known === undefined) continue
    const before = asApproved(known, version)
    const hints = keptOf(before, item, facts.policy.drift)
    const drift = classifyDrift(before, hints === undefined ? item : asApproved(item, { hints }))
    const better =
      closest === undefined ||
      DRIFT_WEIGHTS.indexOf(drift.weight) <= DRIFT_WEIGHTS.indexOf(closest.drift.weight)
    if (better) closest = { version, before, hints, drift }
  }
  return closest
}

interface Found {
  readonly all: readonly TextFinding[]
  /** Something of it has to be looked at by a person. */
  readonly stands: boolean
  readonly severe: boolean
}

/** What detection says, without what a person excepted for exactly this version. */
function findings(
  item: SurfaceItem,
  before: SurfaceItem | undefined,
  facts: JudgeFacts,
  asChange: boolean,
): Found {
  const { verdict, findings: all } = facts.inspect(item, before, asChange)
  const excepted = exceptedRules(facts.lock, facts.server, itemKey(item), itemDigest(item), facts.now)
  const left = all.filter(({ rule }) => !excepted.has(rule))
  const severe = left.some(({ severity }) => severity === 'high' || severity === 'critical')
  // A verdict that rests on what was excepted falls with it.
  const stands = left.length > 0 && (verdict !== 'pass' || severe)
  return { all: left, stands, severe: severe || (left.length > 0 && verdict === 'block') }
}

/**
 * Judges once more what a rule accepted, now that more names are known: `undefined` where nothing new is found. A tool that
 * speaks of another server's tool could not be told from one that speaks of nothing before that server was seen.
 *
 * @param alone what was found with no names but the server's own: that was judged when it was accepted
 */
export function judgeAgain(item: SurfaceItem, facts: JudgeFacts, alone: Inspection): Hold | undefined {
  const found = findings(item, undefined, facts, false)
  const known = new Set(alone.findings.map(placeOf))
  if (!found.stands || found.all.every((one) => known.has(placeOf(one)))) return undefined
  const judgement = holdFinding(item, facts, undefined, found, ['new'])
  return judgement.kind === 'held' ? judgement.hold : undefined
}

function placeOf({ rule, where, start }: TextFinding): string {
  return `${rule} ${where} ${start}`
}

function holdFinding(
  item: SurfaceItem,
  facts: JudgeFacts,
  held: Hold | undefined,
  found: Found,
  classes: Hold['classes'],
  base?: string,
): Judgement {
  const state = found.severe && facts.policy.finding === 'quarantine' ? 'blocked' : 'waiting'
  const about = { classes, findings: found.all, ...(base === undefined ? {} : { base }) }
  // Where only the change is suspicious, it is the change that is held: a person may be asked about a single call.
  const rule = found.all.every((one) => ofChange(one)) ? 'pins/drift' : 'pins/finding'
  return hold(item, facts, held, state, rule, about)
}

const ofChange = ({ rule }: TextFinding): boolean => rule.startsWith('change/')

function accept(
  item: SurfaceItem,
  facts: JudgeFacts,
  by: string,
  terms: Pick<ApprovedVersion, 'hints' | 'expires'>,
): Judgement {
  // What a server calls itself must not pass for what is known of its bytes.
  const version = item.kind === 'identity' ? integrityNote(item) : facts.version
  return {
    kind: 'accepted',
    version: {
      hash: itemDigest(item),
      at: new Date(facts.now).toISOString(),
      by,
      ...(version === undefined ? {} : { version }),
      ...terms,
    },
  }
}

const EXPLAINS = {
  'pins/first-use': 'it was seen for the first time, and nobody approved it yet',
  'pins/drift': 'it is not what was approved',
  'pins/finding': 'something was found in it that a person has to judge',
  'pins/denied': 'a person refused this definition',
  'pins/renamed': 'it is, or nearly is, a blocked definition under another name',
  'pins/expired': 'its approval has ended',
  'pins/identity': 'what runs under its entry is not what was approved',
} as const
const OTHER_BYTES = 'the same version of its package has other bytes than those that were approved'

function hold(
  item: SurfaceItem,
  facts: JudgeFacts,
  held: Hold | undefined,
  state: HoldState,
  rule: string,
  about: Partial<Pick<Hold, 'classes' | 'findings' | 'base'>> & { readonly because?: string },
): Judgement {
  const hash = itemDigest(item)
  if (held !== undefined && held.hash === hash && held.state === state && held.rule === rule)
    return { kind: 'held', hold: held, fresh: false }
  const { base } = about
  return {
    kind: 'held',
    fresh: true,
    hold: {
      server: facts.server,
      kind: item.kind,
      name: item.name,
      state,
      rule,
      explain:
        about.because ?? (EXPLAINS as Readonly<Record<string, string>>)[rule] ?? 'a person has to look at it',
      hash,
      content: contentDigest(item),
      ...(base === undefined ? {} : { base }),
      classes: about.classes ?? [],
      findings: about.findings ?? [],
      since: held?.since ?? new Date(facts.now).toISOString(),
    },
  }
}
