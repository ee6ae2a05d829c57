/**
 * What a person's decision changes, and what the audit trail says of it: data out of what was shown. `carryOut` does it.
 */
import { contentDigest, itemKey, parseItemKey } from '@sallyport/controls/surface'
import { visible } from '@sallyport/controls/text'
import type { EventEntry } from '../audit/entry.ts'
import { principalKey } from '../ingress/port.ts'
import type { Hold } from './hold.ts'
import type { HoldChange } from './holdsFile.ts'
import { integrityNote, nameAlone } from './integrity.ts'
import { type Lock, type LockChange, lockedServer, type RuleException } from './lock.ts'
import { PinsChanged } from './pinFaults.ts'
import type { PinChange, PinState } from './pinStore.ts'
import type { ApprovedItem, Reviewed, ReviewItem } from './review.ts'
import { showTarget } from './target.ts'

/** Who decides, when, and why. */
export interface Decider {
  /** The user who runs this process (`localUser`). */
  readonly person: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly reason?: string
}

/** What a decision comes to: first the records, then the change. */
export interface Decision {
  readonly events: readonly EventEntry[]
  readonly change: PinChange
}

export interface ApproveOptions extends Decider {
  /** Until then, in milliseconds since the epoch. */
  readonly expires?: number
  /** Rules whose findings are none in these very versions. */
  readonly except?: readonly string[]
  /** What a server says it is (`serverVersion`). */
  readonly versionOf?: (server: string) => string | undefined
}

/**
 * Approves the held versions that were shown: lifts their holds, and undoes a denial of the same content.
 *
 * @example approveItems(review.waiting, lock, { person: 'ada', now: Date.now(), reason: 'read it' })
 */
export function approveItems(shown: readonly ReviewItem[], lock: Lock, options: ApproveOptions): Decision {
  const { now, versionOf, except = [] } = options
  const by = personOf(options)
  const at = new Date(now).toISOString()
  const why = options.reason === undefined ? {} : { reason: options.reason }
  const until = options.expires === undefined ? {} : { expires: new Date(options.expires).toISOString() }
  const changes: LockChange[] = []
  const holds: HoldChange[] = []
  const events: EventEntry[] = []
  for (const { server, key, hold, item } of shown) {
    const { hash, content } = hold
    const version = (item === undefined ? undefined : integrityNote(item)) ?? versionOf?.(server)
    const said = version === undefined ? {} : { version }
    const approved = { hash, at, by, ...said, ...why, ...until }
    const named = nameAlone(item, key, approved, lockedServer(lock, server), now)
    if (named !== undefined) changes.push({ kind: 'approve', server, item: key, version: named.version })
    changes.push({ kind: 'approve', server, item: key, version: approved })
    if (lockedServer(lock, server).denied.has(content)) changes.push({ kind: 'undeny', server, content })
    holds.push({ kind: 'lift', server, key, evenBlocked: true })
    events.push(heldEvent('pins.approved', hold, options, { ...said, ...until }))
    for (const rule of except) {
      const exception: RuleException = { server, item: key, hash, rule, at, by, ...why, ...until }
      changes.push({ kind: 'except', exception })
      events.push(heldEvent('pins.excepted', hold, options, { except: rule, ...until }))
    }
  }
  return { events, change: { lock: changes, holds, check: stillHeld(shown) } }
}

/**
 * Refuses the held versions that were shown, whatever they are called: from now on they are blocked.
 *
 * @example denyItems(review.waiting, lock, { person: 'ada', now: Date.now(), reason: 'asks for keys' })
 */
export function denyItems(shown: readonly ReviewItem[], lock: Lock, options: Decider): Decision {
  const changes: LockChange[] = []
  const holds: HoldChange[] = []
  const events: EventEntry[] = []
  for (const { server, key, hold } of shown) {
    changes.push(denial(server, key, hold.content, options), ...withoutConsent(lock, server, key, hold.hash))
    holds.push({ kind: 'hold', hold: { ...hold, ...DENIED } })
    events.push(heldEvent('pins.denied', hold, options, {}))
  }
  return { events, change: { lock: changes, holds, check: stillHeld(shown) } }
}

/**
 * Takes back the approval of an item and refuses all its versions. A version whose definition is not kept can only be
 * refused under this name.
 */
export function denyApproved(approved: readonly ApprovedItem[], lock: Lock, options: Decider): Decision {
  const changes: LockChange[] = []
  const holds: HoldChange[] = []
  const events: EventEntry[] = []
  for (const { server, key, versions } of approved) {
    const last = versions.at(-1)
    if (last === undefined) continue
    for (const { hash, item } of versions) {
      if (item !== undefined) changes.push(denial(server, key, contentDigest(item), options))
      changes.push(...withoutConsent(lock, server, key, hash))
    }
    const hold: Hold = {
      server,
      ...parseItemKey(key),
      ...DENIED,
      hash: last.hash,
      content: last.item === undefined ? '' : contentDigest(last.item),
      classes: [],
      findings: [],
      since: new Date(options.now).toISOString(),
    }
    holds.push({ kind: 'hold', hold })
    events.push(heldEvent('pins.denied', hold, options, { was: 'approved', revoked: versions.length }))
  }
  return { events, change: { lock: changes, holds, check: stillApproved(approved) } }
}

/** Ends exceptions before their time. The item itself stays as it is. */
export function endExceptions(exceptions: readonly RuleException[], options: Decider): Decision {
  return {
    events: exceptions.map(({ server, item, hash, rule }) =>
      event('pins.unexcepted', server, item, options, { hash, except: rule }),
    ),
    change: {
      lock: exceptions.map((exception) => ({ kind: 'unexcept', exception })),
      check: ({ lock }) => {
        for (const one of exceptions)
          if (!lock.exceptions.some((other) => isSame(one, other)))
            throw new PinsChanged(
              `the exception for ${showTarget(one.server, one.item)} is not there any more`,
            )
      },
    },
  }
}

const DENIED = {
  state: 'blocked',
  rule: 'pins/denied',
  explain: 'a person refused this definition',
} as const

function denial(server: string, item: string, content: string, options: Decider): LockChange {
  const { reason } = options
  const at = new Date(options.now).toISOString()
  const why = reason === undefined ? {} : { reason }
  return { kind: 'deny', server, content, denial: { item, at, by: personOf(options), ...why } }
}

/** No approval and no exception is left of a version. */
function withoutConsent(lock: Lock, server: string, item: string, hash: string): LockChange[] {
  const exceptions = lock.exceptions.filter(
    (one) => one.server === server && one.item === item && one.hash === hash,
  )
  return [
    { kind: 'revoke', server, item, hash },
    ...exceptions.map((exception): LockChange => ({ kind: 'unexcept', exception })),
  ]
}

/** What is approved is byte for byte what was shown (invariant 4). */
function stillHeld(shown: readonly ReviewItem[]): (before: PinState) => void {
  return ({ lock, holds }) => {
    for (const { server, key, hold } of shown) {
      if (hold.state === 'optional') {
        const version = lockedServer(lock, server)
          .items.get(key)
          ?.find(({ hash }) => hash === hold.hash)
        if (version?.hints === undefined || holds.get(server)?.has(key))
          throw new PinsChanged(`${showTarget(server, key)} is not what was shown any more`)
        continue
      }
      const now = holds.get(server)?.get(key)
      if (now === undefined) throw new PinsChanged(`${showTarget(server, key)} is not held any more`)
      if (now.hash !== hold.hash || now.content !== hold.content)
        throw new PinsChanged(
          `${showTarget(server, key)} is another version now: ${now.hash}, not ${hold.hash}`,
        )
      if (now.state !== hold.state || now.rule !== hold.rule)
        throw new PinsChanged(`${showTarget(server, key)} is ${now.state} now: ${now.explain} (${now.rule})`)
    }
  }
}

function stillApproved(approved: readonly ApprovedItem[]): (before: PinState) => void {
  return ({ lock, holds }) => {
    for (const { server, key, versions } of approved) {
      const now = lockedServer(lock, server).items.get(key) ?? []
      const same = now.length === versions.length && now.every(({ hash }, at) => hash === versions[at]?.hash)
      if (!same || holds.get(server)?.has(key))
        throw new PinsChanged(`${showTarget(server, key)} is not what was shown any more`)
    }
  }
}

function heldEvent(
  name: string,
  hold: Reviewed,
  decider: Decider,
  details: EventEntry['details'],
): EventEntry {
  const findings = [...new Set(hold.findings.map(({ rule }) => rule))].slice(0, MAX_RULES).join(' ')
  const entry = event(name, hold.server, itemKey(hold), decider, {
    hash: hold.hash,
    ...(hold.content === '' ? {} : { content: hold.content }),
    ...(hold.base === undefined ? {} : { base: hold.base }),
    was: hold.state,
    ...(findings === '' ? {} : { findings }),
    ...details,
  })
  return { ...entry, rule: hold.rule }
}

function event(
  name: string,
  server: string,
  key: string,
  { person, reason }: Decider,
  details: EventEntry['details'],
): EventEntry {
  return {
    kind: 'event',
    event: name,
    principal: principalKey({ issuer: 'local', subject: person }),
    server,
    ...(reason === undefined ? {} : { explain: reason }),
    // A name comes from a server, and may be long; the digest names the definition whole.
    details: { item: visible(key.slice(0, MAX_NAME_CHARS)), ...details },
  }
}

const MAX_NAME_CHARS = 256
const MAX_RULES = 20

/** As the lock file takes it. */
function personOf({ person }: Decider): string {
  return visible(person).slice(0, MAX_NAME_CHARS)
}

function isSame(a: RuleException, b: RuleException): boolean {
  return a.server === b.server && a.item === b.item && a.hash === b.hash && a.rule === b.rule
}
