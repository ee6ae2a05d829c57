/**
 * Is this the name of a member, header or variable whose value is a secret?
 *
 * Case, `-`, `_`, `.` and spaces do not matter. Names that only sound like it are left alone: `max_tokens`,
 * `nextPageToken`, `token_count`, `secretary`.
 *
 * @example
 * isSecretName('X-Api-Key') // true
 * isSecretName('maxTokens') // false
 */
export function isSecretName(name: string): boolean {
  if (name.length < 3 || name.length > MAX_NAME_CHARS) return false
  const known = decided.get(name)
  if (known !== undefined) return known
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  const secret =
    EXACT.has(plain) || CONTAINS.test(plain) || (ENDS.test(plain) && !HARMLESS_TOKENS.test(plain))
  // Names repeat from call to call; a client that sends ever new ones must not make this grow.
  if (decided.size >= MAX_REMEMBERED) decided.clear()
  decided.set(name, secret)
  return secret
}

const MAX_NAME_CHARS = 80
const MAX_REMEMBERED = 4096
/** Nothing but remembered results of a pure function. */
const decided = new Map<string, boolean>()

const EXACT = new Set([
  'pwd',
  'pass',
  'auth',
  'jwt',
  'bearer',
  'cookie',
  'secrets',
  'pat',
  'dsn',
  'connectionstring',
])
const CONTAINS =
  /passw(?:or)?d|passphrase|apikey|privatekey|accesskey|secretkey|signingkey|encryptionkey|accountkey|authorization|credential|setcookie|clientsecret/
const ENDS = /(?:secret|token|sessionid|authtoken)$/
const HARMLESS_TOKENS =
  /(?:next|page|continuation|progress|cursor|sync|resume|eos|bos|pad|stop|per|cancellation)token$/
