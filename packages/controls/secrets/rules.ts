/**
 * What is taken out of logs and records beside tokens: whatever might be a secret, by what stands around it. Here a word
 * too many costs a reader nothing; `labelled.ts` is for what is acted on. Each has made-up examples that must be found.
 *
 * Every pattern is linear-time: it starts with a literal and repeats one character class at most once per part.
 */
export interface SecretRule {
  /** Stable id, used in `[redacted:<rule>]`. */
  readonly rule: string
  /** Without anchors and flags; matches the secret and nothing around it. */
  readonly pattern: RegExp
  /** Parts of examples, joined with `''`: kept apart so that no scanner takes this file for a leak. */
  readonly examples: readonly (readonly string[])[]
}

const A36 = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6'
/** A private key, up to its end line or to the end of a text that was cut. */
export const PRIVATE_KEY: SecretRule = {
  rule: 'secret/private-key',
  pattern:
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/,
  examples: [['-----BEGIN RSA ', 'PRIVATE KEY-----\n', 'MIIB\n', '-----END RSA ', 'PRIVATE KEY-----']],
}

/**
 * `scheme://user:password@host`, and a name so long that it can only be a token before the `@` of a web address.
 * Group: what comes before the secret. A reference (`${...}`) is no secret.
 */
export const URL_USERINFO: SecretRule = {
  rule: 'secret/url-userinfo',
  pattern:
    /(?<![A-Za-z0-9+.-])(?:([A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/(?:[^\s/?#@:"'<>{}]|\$\{[^\s}]{0,80}\}){0,256}:)(?!\$\{|\[redacted:)[^\s/?#"'<>]{1,256}|(https?:\/\/)(?!\$\{|\[redacted:)[^\s/?#@:"'<>]{20,256})(?=@)/,
  examples: [
    ['postgres://app:', 'hunter2', '@db.internal/x'],
    ['https://', A36, '@git.example/x.git'],
  ],
}

/** `Bearer xyz` and `Basic xyz` anywhere in a text. Group: the scheme. "Bearer authentication" is prose: a digit, or length, is asked for. */
export const AUTH_SCHEME: SecretRule = {
  rule: 'secret/authorization',
  pattern:
    /(\bbearer\s{1,4})(?!\$\{|\[redacted:)(?:(?=[A-Za-z.~+/_-]{0,512}\d)[\w.~+/-]{8,8192}|[\w.~+/-]{24,8192})={0,2}|(\bbasic\s{1,4})(?=[A-Za-z+/]{0,512}[0-9=])[A-Za-z0-9+/]{10,2048}={0,2}(?![\w+/-])/i,
  examples: [
    ['Bearer ', 'abcdef123456'],
    ['basic ', 'dXNlcjpwYXNzd29yZA=='],
  ],
}

/** `password=xyz`, `"api_key": "xyz"` inside a text. Group: everything before the value. `$API_KEY` is no value. */
export const ASSIGNMENT: SecretRule = {
  rule: 'secret/assignment',
  pattern:
    /((?:passw(?:or)?d|passphrase|pwd|secret|token|(?:api|access|private|secret|account|signing|encryption)[_-]?key|authorization|credentials?)\\{0,2}["']?\s{0,4}[:=]\s{0,4}\\{0,2}["']?(?:(?:bearer|basic|token)\s{1,4})?)(?!\$\{|\$[A-Z][A-Z0-9_]{2,80}(?:[^\w!-]|$)|\[redacted:|(?:bearer|basic|token)\s)[^\s"'&;,<>\\]{6,4096}/i,
  examples: [
    ['password=', 'hunter2!'],
    ['{"api_key": "', 'k-123456', '"}'],
    ['AWS_SECRET_ACCESS_KEY=', 'abc/def+123'],
  ],
}
