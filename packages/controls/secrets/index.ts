/**
 * Secrets and personal data: finds them in what is said, removes them from what is stored or shown, and refuses them
 * where a reference belongs.
 *
 * Decides on form (tokens of some 120 kinds, private keys, JWTs, passwords in addresses), on what stands around a value
 * (`api_key = ...`), on arithmetic (cards, bank accounts) and on values known beforehand, also encoded. Follows CWE-200,
 * CWE-312, CWE-532. Cannot know: a password in plain words under a harmless name, a secret that is translated, encrypted
 * or, where its value is not known, encoded twice.
 *
 * Two ways, on purpose. `scanSecrets` and `scanValue` are for what is acted on: they find what is certain or likely, and
 * leave alone what only shows a secret's form (`ghp_xxxx...`). `redactText` and `redactValue` are for logs and records:
 * they take out whatever could be one. Costs about 1 ns a character where there is nothing to find.
 *
 * @example
 * redactValue({ url: 'postgres://app:hunter2@db/x' })
 * // { url: 'postgres://app:[redacted:secret/url-userinfo]@db/x' }
 */
export type { SecretFinding, SecretKind } from './finding.ts'
export { isJumble } from './jumble.ts'
export { isTelling, type KnownSecrets, knownSecrets } from './known.ts'
export { isSecretName } from './names.ts'
export { PERSONAL_KINDS, type PersonalKind } from './personal.ts'
export { looksLikeSecret, redactedMark, redactText } from './redact.ts'
export { redactExact } from './redactExact.ts'
export { type KeepLimits, redactValue } from './redactValue.ts'
export { SECRET_RULES } from './ruleTexts.ts'
export { type ScanOptions, scanSecrets } from './scanSecrets.ts'
export { joinedTexts, type ScannedValue, type SecretSighting, scanValue, type ValueScan } from './walk.ts'
