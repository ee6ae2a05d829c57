/**
 * Where the peppers of API keys come from: the references of `auth.keys.pepper`, or else a private file of our own.
 */
import { join } from 'node:path'
import type { SecretText } from '../../config/config.ts'
import { resolveSecret } from '../../config/secrets.ts'
import { MIN_PEPPER_CHARS, type Pepper, pepperOf, readPeppers } from './pepper.ts'

export type PepperSource =
  | { readonly kind: 'config'; readonly peppers: readonly Pepper[] }
  | { readonly kind: 'file'; readonly path: string; peppers(): readonly Pepper[] }

/** The file stands with the other keys, apart from the state that a backup takes along. */
function pepperFile(dataDir: string): string {
  return join(dataDir, 'keys.pepper')
}

/** Rejects when a reference cannot be resolved, or stands for something that can be guessed. */
export async function openPeppers(
  references: readonly SecretText[],
  dataDir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<PepperSource> {
  if (references.length === 0) {
    const path = pepperFile(dataDir)
    return { kind: 'file', path, peppers: () => readPeppers(path) }
  }
  const peppers: Pepper[] = []
  for (const reference of references) {
    const secret = await resolveSecret(reference, { env })
    if (secret.length < MIN_PEPPER_CHARS)
      throw new Error(
        `auth.keys.pepper: ${reference.source} is shorter than ${MIN_PEPPER_CHARS} characters; "openssl rand -base64 32" makes one`,
      )
    peppers.push(pepperOf(secret))
  }
  return { kind: 'config', peppers }
}
