import { hash } from 'node:crypto'
import type { AuditEntry, AuditTrail } from '../audit/entry.ts'
import type { OwnSecrets } from './ownSecrets.ts'

/**
 * The audit trail as the gateway writes to it: without the gateway's own secrets (what only looks like a secret is taken
 * out where entries are stored, `audit/storedEntry.ts`), and with keyed digests.
 *
 * A plain digest of a call that is known but for a card or a short password lets whoever reads the trail try them all.
 * With the key it is `SHA-256(key || SHA-256(text))`, hex throughout: whoever has the key can still prove what was sent.
 *
 * @param key hex
 */
export function guardedTrail(trail: AuditTrail, own: OwnSecrets, key: string): AuditTrail {
  return {
    append: (entry) => trail.append(keyed(withoutOwn(entry, own), key)),
    get healthy() {
      return trail.healthy
    },
    close: () => trail.close(),
  }
}

function withoutOwn(entry: AuditEntry, own: OwnSecrets): AuditEntry {
  const clean = own.redactOwnIn(entry) as AuditEntry
  // The text is no longer that of the arguments.
  return clean === entry || clean.kind !== 'exchange' ? clean : { ...clean, argumentsText: undefined }
}

function keyed(entry: AuditEntry, key: string): AuditEntry {
  if (entry.kind !== 'exchange') return entry
  const { argumentsDigest, resultDigest } = entry
  if (argumentsDigest === undefined && resultDigest === undefined) return entry
  return {
    ...entry,
    argumentsDigest: argumentsDigest && keyedDigest(argumentsDigest, key),
    resultDigest: resultDigest && keyedDigest(resultDigest, key),
  }
}

/** @example keyedDigest(digestText('{"q":1}'), key) // what the trail has for these arguments */
export function keyedDigest(digest: string, key: string): string {
  return hash('sha256', `${key}${digest}`, 'hex')
}
