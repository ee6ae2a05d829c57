import { ASSIGNMENT, AUTH_SCHEME, PRIVATE_KEY, type SecretRule, TOKEN_RULES, URL_USERINFO } from './rules.ts'
import { maySecret } from './scan.ts'

/** What stands where a secret stood. */
export function redactedMark(rule: string): string {
  return `[redacted:${rule}]`
}

/**
 * The text with every secret replaced by `[redacted:<rule>]`; the very same text when there is none.
 *
 * Idempotent: what it returns holds nothing it would replace.
 *
 * @example
 * redactText('curl -H "Authorization: Bearer abcdef123456"')
 * // 'curl -H "Authorization: Bearer [redacted:secret/authorization]"'
 */
export function redactText(text: string): string {
  if (!maySecret(text)) return text
  let out = text.replace(PRIVATE_KEY_ALL, redactedMark(PRIVATE_KEY.rule))
  out = out.replace(TOKENS_ALL, (secret) => redactedMark(tokenRule(secret)))
  for (const { rule, all } of LABELLED) {
    out = out.replace(
      all,
      (_match, first?: string, second?: string) => `${first ?? second ?? ''}${redactedMark(rule)}`,
    )
  }
  return out
}

/**
 * The rule by which a text is, or holds, a literal secret: a provider's token, a private key, a JWT, an `Authorization`
 * value, a URL with a password. Only what is certain by its form: a password in plain words is not recognised, and
 * `token: abc` is not believed. A reference (`${env:X}`) is no secret.
 *
 * @example
 * looksLikeSecret('Bearer ${env:TOKEN}') // undefined
 * looksLikeSecret('postgres://app:hunter2@db/x') // 'secret/url-userinfo'
 */
export function looksLikeSecret(text: string): string | undefined {
  if (!maySecret(text)) return undefined
  if (PRIVATE_KEY.pattern.test(text)) return PRIVATE_KEY.rule
  const token = TOKENS.exec(text)
  if (token) return tokenRule(token[0])
  for (const { rule, pattern } of [URL_USERINFO, AUTH_SCHEME]) if (pattern.test(text)) return rule
  return undefined
}

// Tried only where a run of letters and digits starts: a prefix inside a word is no token, and no run is read twice.
// The rest of the run goes with it, or it would be a run of its own the next time.
const TOKEN_SOURCE = `(?<![A-Za-z0-9])(?:${TOKEN_RULES.map((row) => row.pattern.source).join('|')})[\\w-]*`
const TOKENS = new RegExp(TOKEN_SOURCE)
const TOKENS_ALL = new RegExp(TOKEN_SOURCE, 'g')
const PRIVATE_KEY_ALL = new RegExp(PRIVATE_KEY.pattern.source, 'g')
const KINDS = TOKEN_RULES.map((row) => ({ rule: row.rule, starts: new RegExp(`^(?:${row.pattern.source})`) }))
const LABELLED = [URL_USERINFO, AUTH_SCHEME, ASSIGNMENT].map(({ rule, pattern }: SecretRule) => ({
  rule,
  all: new RegExp(pattern.source, `g${pattern.flags}`),
}))

function tokenRule(secret: string): string {
  return KINDS.find((row) => row.starts.test(secret))?.rule ?? 'secret/token'
}
