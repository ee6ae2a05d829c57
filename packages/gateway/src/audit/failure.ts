/**
 * The time during which the trail cannot write, and what is said about it.
 */
import type { AuditUnavailable, EventEntry } from './entry.ts'

export interface Failure {
  readonly error: AuditUnavailable
  /** Milliseconds since the epoch. */
  readonly sinceMs: number
  /** The chain cannot be continued. */
  lost: boolean
  /** The chain that was lost, once another is in use. */
  chainBefore?: string
  /** A sync failed: what the system has of this segment may never reach the disk. */
  readonly unsynced: boolean
  /** Entries that were not recorded. */
  refused: number
}

/** The record with which a trail goes on: nothing that was left out stays unsaid. */
export function resumedEvent(failure: Failure, nowMs: number): EventEntry {
  return {
    kind: 'event',
    event: 'audit.resumed',
    explain: failure.error.message,
    details: {
      refusedEntries: failure.refused,
      unavailableMs: nowMs - failure.sinceMs,
      ...(failure.chainBefore === undefined ? {} : { chainBefore: failure.chainBefore }),
    },
  }
}

/** The system's code (`ENOSPC`), or the error's name. */
export function errorCode(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return (
    (first as NodeJS.ErrnoException | undefined)?.code ?? (first instanceof Error ? first.name : 'unknown')
  )
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
