import { looksLikeSecret } from '@sallyport/controls/secrets'
import type { SecretText, ServerConfig } from '../config/config.ts'
import { parseSecretText, resolveSecret, type SecretPart, secretText } from '../config/secrets.ts'
import type { OwnSecrets } from './ownSecrets.ts'
import { isMade, namesLikely } from './referenceNames.ts'

/**
 * Learns what the references of a server's configuration to variables and files stand for before anything is sent. One that cannot be resolved
 * now is learned when the server is opened, and reported then.
 *
 * A reference may also stand for the name of a host or the id of a sheet, which arguments are full of, and what is learned is sent
 * to nobody. So a value counts if it is read from a file, if it or where it goes has a secret's name, if it goes into a header, if it
 * looks like a secret, or, under names that do not say what it is, if it looks like what a generator made.
 */
export async function learnReferences(
  server: ServerConfig,
  env: Readonly<Record<string, string | undefined>>,
  own: OwnSecrets,
): Promise<void> {
  const texts = Object.entries<SecretText>(server.kind === 'stdio' ? server.env : server.headers)
  const { clientSecret, clientKey } = (server.kind === 'http' ? server.oauth : undefined) ?? {}
  if (clientSecret !== undefined) texts.push(['client_secret', clientSecret])
  if (clientKey !== undefined) texts.push(['client_key', clientKey])
  for (const [name, text] of texts) {
    const parsed = text.secret ? parseSecretText(text.source) : undefined
    if (parsed === undefined || !parsed.ok) continue
    for (const part of parsed.parts) {
      // What a keychain, a vault or a program gives is learned when it is asked for, and not asked for before.
      const value = part.kind === 'env' || part.kind === 'file' ? await valueBehind(part, env) : undefined
      if (value === undefined) continue
      const names = part.kind === 'env' ? [name, part.name] : [name]
      const isNamed = server.kind === 'http' || part.kind === 'file' || names.some(namesLikely)
      if (isNamed || isMade(value, names) || looksLikeSecret(value) !== undefined) own.learn([value])
    }
  }
}

async function valueBehind(
  part: SecretPart,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  try {
    // Who may read its file is said when the value is used.
    return await resolveSecret(
      secretText([part], (path) => path),
      { env, warn: () => undefined },
    )
  } catch {
    return undefined
  }
}
