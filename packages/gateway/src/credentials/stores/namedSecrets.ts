// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/**
 * `${keychain:NAME}`: the secret that `sallyport secrets set NAME` kept, in the keychain of the system or, where there is none,
 * in a private file. A name is in one of the two, and nothing is looked for in the other in its place. What another program
 * put into the keychain under service `sallyport` is found too.
 */
import { SecretError } from '../../config/secrets.ts'
import type { Keychain } from './keychain.ts'
import { MAX_KEYCHAIN_CHARS } from './keychain.ts'
import type { SecretBox, SecretPlace } from './secretBox.ts'

export interface NamedSecretPlaces {
  readonly keychain: Keychain
  readonly box: SecretBox
}

/** Rejects with `SecretError` where there is none, or it cannot be had. */
export async function namedSecret(name: string, { keychain, box }: NamedSecretPlaces): Promise<string> {
  const reference = `\${keychain:${name}}`
  const place = box.placeOf(name)
  if (place === 'file') {
    const value = await box.open(name).catch((error: unknown) => {
      throw new SecretError(reference, error instanceof Error ? error.message : String(error), {
        cause: error,
      })
    })
    if (value !== undefined) return value
    throw new SecretError(reference, unset(name))
  }
  const answer = await keychain.get(name)
  if (answer.kind === 'value') return answer.value
  if (answer.kind === 'unavailable' && place === 'keychain') throw new SecretError(reference, answer.why)
  throw new SecretError(
    reference,
    answer.kind === 'unavailable' ? `${unset(name)} (${answer.why})` : unset(name),
  )
}

function unset(name: string): string {
  return `there is no such secret: run "sallyport secrets set ${name}"`
}

export type Kept =
  | { readonly kind: 'kept'; readonly place: SecretPlace; readonly why?: string }
  | { readonly kind: 'refused'; readonly why: string }

/**
 * Keeps a secret: in the keychain, and in a file where there is no keychain or it takes no value of that length.
 *
 * @param where absent: wherever it can be
 */
export async function keepSecret(
  name: string,
  value: string,
  now: number,
  { keychain, box }: NamedSecretPlaces,
  where?: SecretPlace,
): Promise<Kept> {
  if (where !== 'file') {
    const answer =
      value.length > MAX_KEYCHAIN_CHARS
        ? { kind: 'unavailable' as const, why: 'it is too long for a keychain' }
        : await keychain.set(name, value)
    if (answer.kind === 'done') {
      await box.keep(name, now, undefined)
      return { kind: 'kept', place: 'keychain' }
    }
    const why = answer.kind === 'unavailable' ? answer.why : 'the keychain did not take it'
    if (where === 'keychain') return { kind: 'refused', why }
    await box.keep(name, now, value)
    return { kind: 'kept', place: 'file', why }
  }
  await box.keep(name, now, value)
  return { kind: 'kept', place: 'file' }
}

/** Removes a secret from where it is; false where there was none. */
export async function removeSecret(
  name: string,
  { keychain, box }: NamedSecretPlaces,
): Promise<{ readonly kind: 'removed' | 'missing' } | { readonly kind: 'refused'; readonly why: string }> {
  const place = box.placeOf(name)
  if (place !== 'file') {
    const answer = await keychain.remove(name)
    if (answer.kind === 'unavailable' && place === 'keychain') return { kind: 'refused', why: answer.why }
    if (answer.kind !== 'done' && place === undefined) return { kind: 'missing' }
  }
  box.forget(name)
  return { kind: 'removed' }
}
