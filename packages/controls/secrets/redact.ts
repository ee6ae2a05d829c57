import { findEscaped } from './escaped.ts'
import { merged } from './finding.ts'
import { findLabelled } from './labelled.ts'
import { ASSIGNMENT, AUTH_SCHEME, PRIVATE_KEY, type SecretRule, URL_USERINFO } from './rules.ts'
import { maySecret } from './scan.ts'
import { findTokens } from './tokens.ts'

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
  const read = replaceFound(
    text,
    findEscaped(text, (plain) => merged([...findTokens(plain, true), ...findLabelled(plain)])),
  )
  if (!maySecret(read)) return read
  let out = read.replace(PRIVATE_KEY_ALL, redactedMark(PRIVATE_KEY.rule))
  out = replaceFound(out, findTokens(out, true))
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
  const [token] = findTokens(text, true)
  if (token !== undefined) return token.rule
  for (const { rule, pattern } of [URL_USERINFO, AUTH_SCHEME]) if (pattern.test(text)) return rule
  return undefined
}

/** The text with a mark in place of each finding; they stand in the order of the text, none over another. */
export function replaceFound(
  text: string,
  found: readonly { readonly rule: string; readonly start: number; readonly end: number }[],
): string {
  if (found.length === 0) return text
  let out = ''
  let from = 0
  for (const { rule, start, end } of found) {
    out += text.slice(from, start) + redactedMark(rule)
    from = end
  }
  return out + text.slice(from)
}

const PRIVATE_KEY_ALL = new RegExp(PRIVATE_KEY.pattern.source, 'g')
const LABELLED = [URL_USERINFO, AUTH_SCHEME, ASSIGNMENT].map(({ rule, pattern }: SecretRule) => ({
  rule,
  all: new RegExp(pattern.source, `g${pattern.flags}`),
}))
