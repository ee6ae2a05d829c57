/**
 * The records with which a process begins to write to a chain. They alone may stand in a chain that nothing is signed of: it was
 * stopped before its first checkpoint, and nothing was called until then. Whatever else stands there, no gateway wrote.
 */
import { readLines } from './segmentReader.ts'

/** @example isOpening('{"v":1,...,"kind":"event","event":"audit.opened",...}') // true */
export function isOpening(line: string): boolean {
  return OPENING.has(eventOf(line) ?? '')
}

const OPENING: ReadonlySet<string> = new Set(['audit.opened', 'audit.recovered', 'audit.resumed'])

/** The chain that was lost before this one was begun, where the record says so. */
export function chainBefore(line: string): string | undefined {
  // A text in a record has its quotes escaped: this is a member.
  if (!line.includes('"event":"audit.resumed"')) return undefined
  const { details } = JSON.parse(line) as { readonly details?: { readonly chainBefore?: unknown } }
  return typeof details?.chainBefore === 'string' ? details.chainBefore : undefined
}

/** Has the segment at `path` no record but such? */
export function holdsOpeningsOnly(path: string): boolean {
  for (const { text, whole } of readLines(path)) if (whole && !isOpening(text)) return false
  return true
}

function eventOf(line: string): string | undefined {
  const { kind, event } = JSON.parse(line) as { readonly kind?: unknown; readonly event?: unknown }
  return kind === 'event' && typeof event === 'string' ? event : undefined
}
