/**
 * What the configuration gives a server, with its references resolved, and which values of it are secret.
 */
import { isSecretName } from '@sallyport/controls/secrets'
import type { SecretText } from '../config/config.ts'
import { parseSecretText, resolveSecret, type SecretSources, secretText } from '../config/secrets.ts'

export interface ResolvedTexts {
  readonly values: Readonly<Record<string, string>>
  /** Values that no log, record or client may see: each reference by itself, and each whole text with one in it. */
  readonly secrets: readonly string[]
  /** After this long one of them may have another value, where a store says so. */
  readonly refreshMs?: number
}

/**
 * Resolves environment variables or headers, now. A literal under a secret's name (`API_KEY`) counts as a secret too.
 * Rejects with `SecretError` when a reference cannot be resolved.
 *
 * @example await resolveTexts({ authorization: { source: 'Bearer ${env:T}', secret: true } }, { env: { T: 'abc' } })
 * // { values: { authorization: 'Bearer abc' }, secrets: ['abc', 'Bearer abc'] }
 */
export async function resolveTexts(
  texts: Readonly<Record<string, SecretText>>,
  given: SecretSources,
): Promise<ResolvedTexts> {
  const values: Record<string, string> = Object.create(null)
  const secrets: string[] = []
  const { stored } = given
  let refreshMs = Number.POSITIVE_INFINITY
  const sources: SecretSources =
    stored === undefined
      ? given
      : {
          ...given,
          stored: async (part) => {
            const found = await stored(part)
            refreshMs = Math.min(refreshMs, found.refreshMs ?? Number.POSITIVE_INFINITY)
            return found
          },
        }
  for (const [name, text] of Object.entries(texts)) {
    const parts = text.secret ? parseSecretText(text.source) : undefined
    if (parts === undefined || !parts.ok || parts.parts.length < 2) {
      values[name] = await resolveSecret(text, sources)
    } else {
      // Part by part: a server prints the token, not the `Bearer` before it.
      let whole = ''
      for (const part of parts.parts) {
        const value = await resolveSecret(
          secretText([part], (path) => path),
          sources,
        )
        if (part.kind !== 'literal') secrets.push(value)
        whole += value
      }
      values[name] = whole
    }
    if (text.secret || isSecretName(name)) secrets.push(values[name])
  }
  return { values, secrets, ...(Number.isFinite(refreshMs) ? { refreshMs } : {}) }
}

/** Values of variables whose names say that they are secret, such as those a server inherits. */
export function secretVariables(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).flatMap(([name, value]) => (isSecretName(name) ? [value] : []))
}
