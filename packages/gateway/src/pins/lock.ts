/**
 * What was approved, as `sallyport.lock` says it: plain data, made to be committed and reviewed beside the
 * configuration. `lockFile.ts` reads and writes its text, `lockedServer` and the rest here ask it.
 */
import type { ItemKind, KeptHints } from '@sallyport/controls/surface'

/** Who or what approved a version: a person by name, or one of the two rules that need none. */
export const BY_FIRST_USE = 'first use'
export const BY_DRIFT = 'harmless drift'

/** One approved version of an item. */
export interface ApprovedVersion {
  /** `itemDigest`: `sha256-` and 64 hex digits. */
  readonly hash: string
  /** ISO 8601, UTC. */
  readonly at: string
  /** `BY_FIRST_USE`, `BY_DRIFT`, or the person. */
  readonly by: string
  /** What the server said it was: `name@version` of its own information. */
  readonly version?: string
  readonly reason?: string
  /** ISO 8601, UTC; from then on it waits for review again. */
  readonly expires?: string
  /** Of a tool that claims more safety than a person approved: the hints that count in the place of its own. */
  readonly hints?: KeptHints
}

/** A definition that a person refused, whatever it is called: the key is its `contentDigest`. */
export interface Denial {
  /** Its `itemKey` when it was refused, for people. */
  readonly item: string
  readonly at: string
  readonly by: string
  readonly reason?: string
}

/** A finding that a person judged to be none: this rule, this item, this very text. */
export interface RuleException {
  readonly server: string
  /** `itemKey`. */
  readonly item: string
  readonly hash: string
  readonly rule: string
  readonly at: string
  readonly by: string
  readonly reason?: string
  readonly expires?: string
}

export interface LockedServer {
  /** When items of a kind were first seen, ISO 8601: what comes long after is a change and no first use. */
  readonly opened: ReadonlyMap<ItemKind, string>
  /** By `itemKey`, oldest version first. A server may show several: to other clients, in other revisions. */
  readonly items: ReadonlyMap<string, readonly ApprovedVersion[]>
  /** By `contentDigest`. */
  readonly denied: ReadonlyMap<string, Denial>
}

export interface Lock {
  readonly servers: ReadonlyMap<string, LockedServer>
  readonly exceptions: readonly RuleException[]
}

export const EMPTY_LOCK: Lock = { servers: new Map(), exceptions: [] }
const NO_SERVER: LockedServer = { opened: new Map(), items: new Map(), denied: new Map() }

/** Versions kept of one item: more variants than this of one definition are no variants but churn. */
export const MAX_VERSIONS = 8

/** A server's part of the lock; of one that is not in it an empty one. */
export function lockedServer(lock: Lock, server: string): LockedServer {
  return lock.servers.get(server) ?? NO_SERVER
}

/** The approval of exactly this version, if there is one that still holds at `now` (milliseconds since the epoch). */
export function approvalOf(
  server: LockedServer,
  key: string,
  hash: string,
  now: number,
): ApprovedVersion | undefined {
  return server.items.get(key)?.find((version) => version.hash === hash && !isPast(version.expires, now))
}

/** Is this moment over? One that is not there never is. */
export function isPast(expires: string | undefined, now: number): boolean {
  return expires !== undefined && Date.parse(expires) <= now
}

/** Did one of the two rules approve it, and no person? */
export function isByRule({ by }: Pick<ApprovedVersion, 'by'>): boolean {
  return by === BY_FIRST_USE || by === BY_DRIFT
}

/**
 * Versions that a changed item is compared with: what a person or the first use approved. Never what the gateway
 * accepted by itself as harmless: twenty harmless steps can make one attack, and each would become the next one's base.
 */
export function baseVersions(server: LockedServer, key: string): readonly ApprovedVersion[] {
  return (server.items.get(key) ?? []).filter(({ by }) => by !== BY_DRIFT)
}

/** The rules that were excepted for exactly this version of an item. */
export function exceptedRules(
  lock: Lock,
  server: string,
  key: string,
  hash: string,
  now: number,
): ReadonlySet<string> {
  const mine = lock.exceptions.filter(
    (one) => one.server === server && one.item === key && one.hash === hash && !isPast(one.expires, now),
  )
  return new Set(mine.map(({ rule }) => rule))
}

/** A change of the lock, as data: what a gateway or a person does to it. Applied to whatever the file says by then. */
export type LockChange =
  | {
      readonly kind: 'approve'
      readonly server: string
      readonly item: string
      readonly version: ApprovedVersion
    }
  | { readonly kind: 'deny'; readonly server: string; readonly content: string; readonly denial: Denial }
  /** Takes back the approval of one version; an item of which no version is left is not approved at all. */
  | { readonly kind: 'revoke'; readonly server: string; readonly item: string; readonly hash: string }
  /** Takes back a denial. */
  | { readonly kind: 'undeny'; readonly server: string; readonly content: string }
  | { readonly kind: 'open'; readonly server: string; readonly itemKind: ItemKind; readonly at: string }
  | { readonly kind: 'except'; readonly exception: RuleException }
  | {
      readonly kind: 'unexcept'
      readonly exception: Pick<RuleException, 'server' | 'item' | 'hash' | 'rule'>
    }
  /** Forgets everything about a server. */
  | { readonly kind: 'forget'; readonly server: string }

/**
 * The lock after some changes; the one given is left as it is. A change that is made already changes nothing.
 *
 * @example changeLock(lock, [{ kind: 'approve', server: 'files', item: 'tool/read', version }])
 */
export function changeLock(lock: Lock, changes: readonly LockChange[]): Lock {
  let { exceptions } = lock
  const servers = new Map(lock.servers)
  // Copied once each, however many changes there are: a server may show ten thousand items at once.
  const drafts = new Map<string, Draft>()
  let changed = false
  for (const change of changes) {
    if (change.kind === 'except') {
      exceptions = [...exceptions.filter((one) => !sameException(one, change.exception)), change.exception]
    } else if (change.kind === 'unexcept') {
      exceptions = exceptions.filter((one) => !sameException(one, change.exception))
    } else if (change.kind === 'forget') {
      drafts.delete(change.server)
      if (servers.delete(change.server)) changed = true
      exceptions = exceptions.filter(({ server }) => server !== change.server)
    } else {
      const draft = drafts.get(change.server) ?? draftOf(servers.get(change.server) ?? NO_SERVER)
      if (!changeServer(draft, change)) continue
      drafts.set(change.server, draft)
      servers.set(change.server, draft)
      changed = true
    }
  }
  if (!changed && exceptions === lock.exceptions) return lock
  return { servers: changed ? servers : lock.servers, exceptions }
}

interface Draft extends LockedServer {
  readonly opened: Map<ItemKind, string>
  readonly items: Map<string, readonly ApprovedVersion[]>
  readonly denied: Map<string, Denial>
}

function draftOf({ opened, items, denied }: LockedServer): Draft {
  return { opened: new Map(opened), items: new Map(items), denied: new Map(denied) }
}

type ServerChange = Extract<LockChange, { readonly kind: 'approve' | 'revoke' | 'deny' | 'undeny' | 'open' }>

/** Changes a draft; false where it was like that already. */
function changeServer({ opened, items, denied }: Draft, change: ServerChange): boolean {
  switch (change.kind) {
    case 'approve': {
      const { item, version } = change
      const known = items.get(item) ?? []
      // What a person decided is not undone by a gateway that comes to the same a moment later.
      if (isByRule(version) && known.some((one) => one.hash === version.hash && !isByRule(one))) return false
      items.set(item, bounded([...known.filter(({ hash }) => hash !== version.hash), version]))
      return true
    }
    case 'revoke': {
      const { item, hash } = change
      const known = items.get(item) ?? []
      const left = known.filter((version) => version.hash !== hash)
      if (left.length === known.length) return false
      if (left.length === 0) items.delete(item)
      else items.set(item, left)
      return true
    }
    case 'deny':
      denied.set(change.content, change.denial)
      return true
    case 'undeny':
      return denied.delete(change.content)
    case 'open':
      if (opened.has(change.itemKind)) return false
      opened.set(change.itemKind, change.at)
      return true
  }
}

/** Drops the oldest that nobody decided on before the oldest that somebody did. */
function bounded(versions: readonly ApprovedVersion[]): readonly ApprovedVersion[] {
  if (versions.length <= MAX_VERSIONS) return versions
  const drop = Math.max(
    0,
    versions.findIndex(({ by }) => by === BY_DRIFT),
  )
  return versions.filter((_, at) => at !== drop)
}

function sameException(
  a: Pick<RuleException, 'server' | 'item' | 'hash' | 'rule'>,
  b: Pick<RuleException, 'server' | 'item' | 'hash' | 'rule'>,
): boolean {
  return a.server === b.server && a.item === b.item && a.hash === b.hash && a.rule === b.rule
}
