import { isJumble, looksLikeSecret } from '@sallyport/controls/secrets'
import type { SecretText, ServerConfig } from '../config/config.ts'
import { namesSecret } from '../config/literalSecrets.ts'
import { parseSecretText, resolveSecret, type SecretPart, secretText } from '../config/secrets.ts'
import type { OwnSecrets } from './ownSecrets.ts'

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
      const isNamed = server.kind === 'http' || namesLikely(name) || isSecretPart(part)
      if (isNamed || isMade(value, name, part) || looksLikeSecret(value) !== undefined) own.learn([value])
    }
  }
}

function isSecretPart(part: SecretPart): boolean {
  return part.kind === 'file' || (part.kind === 'env' && namesLikely(part.name))
}

/** Where somebody chose to write a reference, these words say so as well; anywhere else too many mean something else. */
function namesLikely(name: string): boolean {
  if (namesSecret(name)) return true
  const words = wordsOf(name)
  return LIKELY.has(words.at(-1) ?? '') && !NO_KEYS.has(words.at(-2) ?? '')
}
const LIKELY = new Set('key pass pwd pw pat auth creds salt seed pepper psk'.split(' '))
/** `SERVICE_KEY_2`, `KEY_PROD`. */
const WHICH = /^(?:\d+|prod|production|stage|staging|live|dev|test|old|new|primary|secondary)$/
/** `PRIMARY_KEY` names a column, `PROJECT_KEY` a project. */
const NO_KEYS = new Set(
  'public publishable primary foreign sort partition range project issue cache object routing shortcut hot'.split(
    ' ',
  ),
)

/** A generator made it, and no name says that it is an id, or where something is. */
function isMade(value: string, name: string, part: SecretPart): boolean {
  if (!isJumble(value) || ADDRESS.test(value)) return false
  const names = part.kind === 'env' ? [name, part.name] : [name]
  return !names.some((one) => {
    const words = wordsOf(one)
    return HARMLESS.has(words.at(-1) ?? '') || (words.at(-1) === 'key' && NO_KEYS.has(words.at(-2) ?? ''))
  })
}
/** A host, somebody's mail, a resource of AWS. */
const ADDRESS = /^(?:(?:[^@\s]+@)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?::\d+)?|arn:.*)$/
/** What is named so goes from call to call: `SHEET_ID`, `DB_HOST`. */
const HARMLESS = new Set(
  (
    'id ids uuid guid host hostname server domain address addr ip ipv url uri arn region zone account tenant org organization team ' +
    'project channel database db bucket container namespace cluster instance conn connection email mail user username owner version tag ' +
    'image commit sha digest revision build branch date model device wallet path dir file name'
  ).split(' '),
)

/** @example wordsOf('serviceKey_PROD_2') // ['service', 'key'] */
function wordsOf(name: string): readonly string[] {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])|([A-Za-z])(?=\d+$)/g, '$1$3_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  while (words.length > 1 && WHICH.test(words.at(-1) ?? '')) words.pop()
  return words
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
