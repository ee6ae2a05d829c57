import type { Severity } from '../finding.ts'
import { lowered } from '../severity.ts'
import { conceptId } from '../words/concepts.ts'
import type { Token } from '../words/tokens.ts'

const DESCRIBES = conceptId('describes')
const EXAMPLE = conceptId('example')
const SAMPLE = conceptId('sample!')
const NEXT_TO = 3

export interface Softened {
  readonly severity: Severity
  /** The sentence speaks of attacks. */
  readonly described: boolean
}

/**
 * A text that speaks of attacks quotes them. Where the sentence says so a hit weighs less, and next to nothing where it stands in
 * quotes besides; so does what is marked as an example, or goes to an address that documentation uses. An attacker can say so, too: what the model sees in the words is not touched by it.
 */
export function softened(
  severity: Severity,
  text: string,
  tokens: readonly Token[],
  start: number,
  end: number,
): Softened {
  let described = false
  let example = false
  let sample = false
  for (const [at, token] of tokens.entries()) {
    const within = token.start >= start && token.end <= end
    if (!within && token.concepts.includes(DESCRIBES)) described = true
    if (token.end <= start && token.concepts.includes(EXAMPLE)) {
      example = true
      // "Example: curl ...", "e.g. user@example.com".
      sample ||= (tokens[at + NEXT_TO]?.end ?? end) > start
    }
    if (within && token.concepts.includes(SAMPLE)) sample = true
  }
  if (sample && !described) return { severity: lowered(severity), described: false }
  if (!described && !example) return { severity, described: false }
  const quoted = isQuoted(text, start, end)
  if (described && quoted) return { severity: 'low', described }
  return { severity: described || quoted ? lowered(severity) : severity, described }
}

const QUOTES: ReadonlySet<string> = new Set('"`\u201c\u201d\u00ab\u00bb\u2018\u300c\u300d\u201e\'')
const NEAR = 80

/** A quote that is open before it and one that follows, both near. */
function isQuoted(text: string, start: number, end: number): boolean {
  let open = false
  for (let at = Math.max(0, start - NEAR); at < start; at++) if (QUOTES.has(text.charAt(at))) open = !open
  if (!open) return false
  for (let at = end; at < end + NEAR; at++) if (QUOTES.has(text.charAt(at))) return true
  return false
}
