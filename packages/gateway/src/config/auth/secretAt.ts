import type { SecretText } from '../config.ts'
import { parseSecretText, secretText } from '../secrets.ts'

/** A reference that the reader let through, with the key it stands under: nobody else could say whose secret is missing. */
export function secretAt(key: string, source: string, resolvePath: (path: string) => string): SecretText {
  const parsed = parseSecretText(source)
  if (!parsed.ok) throw new Error(`a reference that ${parsed.advice.explain} was let through`)
  return { ...secretText(parsed.parts, resolvePath), key }
}
