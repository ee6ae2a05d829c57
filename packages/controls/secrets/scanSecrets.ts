import { findEscaped } from './escaped.ts'
import { merged, type SecretFinding } from './finding.ts'
import type { KnownSecrets } from './known.ts'
import { findLabelled } from './labelled.ts'
import { findPersonal, type PersonalKind } from './personal.ts'
import { maySecret } from './scan.ts'
import { findTokens } from './tokens.ts'

export interface ScanOptions {
  /** Values that are known to be secret (`knownSecrets`). */
  readonly known?: KnownSecrets | undefined
  /** Kinds of personal data to look for; none by default. */
  readonly personal?: readonly PersonalKind[] | undefined
}

/**
 * The secrets of a text, in its order, none over another. What only shows the form of a secret (`ghp_xxxx...`,
 * `postgres://user:password@host`) is none.
 *
 * @example
 * scanSecrets('Authorization: Basic YWRhOmxvdmVsYWNlMTgxNQ==')
 * // [{ rule: 'secret/authorization', kind: 'token', start: 21, end: 45 }]
 */
export function scanSecrets(text: string, options: ScanOptions = NO_OPTIONS): readonly SecretFinding[] {
  const found = scanAsItIs(text, options)
  const escaped = findEscaped(text, (plain) => scanAsItIs(plain, options))
  return escaped.length === 0 ? found : merged([...found, ...escaped])
}

function scanAsItIs(text: string, { known, personal }: ScanOptions): readonly SecretFinding[] {
  const own = known === undefined || known.size === 0 ? NOTHING : known.find(text)
  const people = personal === undefined || personal.length === 0 ? NOTHING : findPersonal(text, personal)
  if (!maySecret(text)) {
    return own.length === 0 && people.length === 0 ? NOTHING : merged([...own, ...people])
  }
  return merged([...own, ...findTokens(text), ...findLabelled(text), ...people])
}

const NO_OPTIONS: ScanOptions = { known: undefined, personal: undefined }
const NOTHING: readonly SecretFinding[] = []
