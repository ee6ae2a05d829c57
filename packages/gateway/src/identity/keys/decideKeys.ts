/**
 * What the operator decides about API keys: new ones, new ones in place of old ones, and which end. Each is recorded before
 * it counts.
 */
import { randomBytes } from 'node:crypto'
import type { AuditTrail } from '../../audit/entry.ts'
import type { KeyStore, StoredKey } from './keyStore.ts'
import { newKey } from './keyText.ts'
import { hashKey, type Pepper } from './pepper.ts'

export interface KeyGrant {
  readonly name: string
  readonly scopes: readonly string[]
  /** CIDR ranges, as `readNetwork` gives them. */
  readonly networks: readonly string[]
  readonly rate?: string | undefined
  readonly expiresAt?: number | undefined
}

export interface KeyDesk {
  readonly store: KeyStore
  readonly audit: Pick<AuditTrail, 'append'>
  /** The one that new keys are hashed with; made where there is none yet. Asked within `exclusively`. */
  readonly pepper: () => Pepper
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Who decides, for the record. */
  readonly person: string
}

/** What was made. The text is shown once and is nowhere else. */
export interface MadeKey {
  readonly key: StoredKey
  readonly text: string
}

/** A decision that cannot be made, in one sentence for the person who made it. */
export class KeyRefused extends Error {
  constructor(explain: string) {
    super(explain)
    this.name = 'KeyRefused'
  }
}

/** Rejects with `AuditUnavailable` when it cannot be recorded: then there is no key. */
export async function createKey(desk: KeyDesk, grant: KeyGrant): Promise<MadeKey> {
  const made = make(desk, grant)
  desk.store.exclusively(desk.pepper)
  await desk.audit.append({
    kind: 'event',
    event: 'identity.key-created',
    details: { ...detailsOf(made.key), by: desk.person },
  })
  return { text: made.text, key: desk.store.exclusively(() => add(desk, made)) }
}

/**
 * A new key with what the old one may do, for the same caller; the old one goes on until `overlapMs` are over.
 *
 * @param expiresAt absent: it lives as long as the old one was meant to
 */
export async function rotateKey(
  desk: KeyDesk,
  id: string,
  { overlapMs, expiresAt }: { readonly overlapMs: number; readonly expiresAt?: number | undefined },
): Promise<MadeKey & { readonly old: StoredKey; readonly oldUntil: number }> {
  const old = requireRotatable(desk, id)
  const now = desk.now()
  const lifeMs = old.expiresAt === undefined ? undefined : old.expiresAt - old.createdAt
  const made = make(
    desk,
    { ...old, expiresAt: expiresAt ?? (lifeMs === undefined ? undefined : now + lifeMs) },
    old,
  )
  desk.store.exclusively(desk.pepper)
  const oldUntil = Math.min(old.expiresAt ?? Number.POSITIVE_INFINITY, now + overlapMs)
  await desk.audit.append({
    kind: 'event',
    event: 'identity.key-rotated',
    details: { ...detailsOf(made.key), follows: id, oldUntil: time(oldUntil), by: desk.person },
  })
  const key = desk.store.exclusively(() => {
    // Again: somebody may have revoked it, or been faster.
    requireRotatable(desk, id)
    desk.store.supersede(id, made.key.id, oldUntil)
    return add(desk, made)
  })
  return { text: made.text, key, old, oldUntil }
}

/** Ends keys at once. Gives those that were not ended before. */
export async function revokeKeys(desk: KeyDesk, ids: readonly string[]): Promise<readonly StoredKey[]> {
  const keys = ids.map((id) => requireKey(desk, id)).filter(({ revokedAt }) => revokedAt === undefined)
  for (const { id, name, subject } of keys) {
    await desk.audit.append({
      kind: 'event',
      event: 'identity.key-revoked',
      details: { id, name, subject, by: desk.person },
    })
  }
  const now = desk.now()
  desk.store.exclusively(() => {
    for (const { id } of keys) desk.store.revoke(id, now)
  })
  return keys
}

/** The keys of the caller that a key stands for, which can be used now. */
export function livingKeys(keys: readonly StoredKey[], subject: string, now: number): readonly StoredKey[] {
  return keys.filter((key) => key.subject === subject && stateOf(key, now) !== 'ended')
}

/** @example stateOf(key, Date.now()) // 'overlapping': another key has taken its place, and it goes on for a while */
export function stateOf(key: StoredKey, now: number): 'good' | 'overlapping' | 'ended' {
  if (key.revokedAt !== undefined || (key.expiresAt ?? Number.POSITIVE_INFINITY) <= now) return 'ended'
  return key.followedBy === undefined ? 'good' : 'overlapping'
}

type UnhashedKey = Omit<StoredKey, 'hash' | 'pepper'>

function make(
  desk: KeyDesk,
  grant: KeyGrant,
  old?: StoredKey,
): { readonly key: UnhashedKey; readonly text: string } {
  const { id, text } = newKey(randomBytes)
  const { name, scopes, networks, rate, expiresAt } = grant
  const about = { name, scopes, networks, rate, expiresAt, createdAt: desk.now(), follows: old?.id }
  return { text, key: { id, subject: old?.subject ?? id, last4: text.slice(-4), ...about } }
}

/** Hashed at the last moment: a pepper that no key needs yet is dropped when it is rotated. */
function add(desk: KeyDesk, { key, text }: { readonly key: UnhashedKey; readonly text: string }): StoredKey {
  const pepper = desk.pepper()
  const stored = { ...key, hash: hashKey(text, pepper), pepper: pepper.id }
  desk.store.add(stored)
  return stored
}

function requireKey({ store }: KeyDesk, id: string): StoredKey {
  const key = store.find(id)
  if (key === undefined) throw new KeyRefused(`there is no key ${id}: "sallyport keys list" shows them`)
  return key
}

function requireRotatable(desk: KeyDesk, id: string): StoredKey {
  const key = requireKey(desk, id)
  if (key.revokedAt !== undefined)
    throw new KeyRefused(`key ${id} was revoked: make a new one with "sallyport keys create"`)
  if (key.followedBy !== undefined)
    throw new KeyRefused(`key ${key.followedBy} has taken the place of ${id} already: rotate that one`)
  if (stateOf(key, desk.now()) === 'ended')
    throw new KeyRefused(`key ${id} expired: make a new one with "sallyport keys create"`)
  return key
}

function detailsOf(key: UnhashedKey): Readonly<Record<string, string>> {
  return {
    id: key.id,
    name: key.name,
    subject: key.subject,
    scopes: key.scopes.join(' '),
    networks: key.networks.join(' '),
    rate: key.rate ?? 'unlimited',
    expires: time(key.expiresAt),
  }
}

function time(at: number | undefined): string {
  return at === undefined || !Number.isFinite(at) ? 'never' : new Date(at).toISOString()
}
