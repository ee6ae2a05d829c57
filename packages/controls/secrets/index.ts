/**
 * Secrets: finds and removes them from what is stored or shown, and refuses them where a reference belongs.
 *
 * Decides on form (providers' token formats, private keys, JWTs, `Authorization` values, passwords in URLs) and on
 * names (members, headers and options that hold secrets). Follows CWE-532 and CWE-312. Cannot know: a password in
 * plain words under a harmless name, a secret that is encoded, split or translated. Values that are known beforehand
 * are found exactly, also encoded (`redactExact`).
 *
 * Costs about 1 ns a character where there is nothing to find.
 *
 * @example
 * redactValue({ url: 'postgres://app:hunter2@db/x' })
 * // { url: 'postgres://app:[redacted:secret/url-userinfo]@db/x' }
 */
export { isSecretName } from './names.ts'
export { looksLikeSecret, redactedMark, redactText } from './redact.ts'
export { redactExact } from './redactExact.ts'
export { type KeepLimits, redactValue } from './redactValue.ts'
