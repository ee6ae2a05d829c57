/**
 * What secrets look like: one row a kind, each with made-up examples that must be found.
 *
 * Every pattern is linear-time: it starts with a literal, repeats one character class at most once per part, and is
 * tried only at the start of a run (`(?<![A-Za-z0-9])` in front of all of them), so no text makes it look twice at
 * the same characters. Formats from the providers' own pages and from gitleaks' rules (MIT), reduced to what is certain.
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
const HEX32 = '0123456789abcdef0123456789abcdef'

export const TOKEN_RULES: readonly SecretRule[] = [
  {
    rule: 'secret/github',
    pattern: /gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}/,
    examples: [
      ['ghp_', A36],
      ['github_pat_', A36],
    ],
  },
  {
    rule: 'secret/gitlab',
    pattern: /gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent)-[\w-]{20,255}/,
    examples: [['glpat-', A36]],
  },
  {
    rule: 'secret/slack',
    pattern: /xox[abeoprs]-[\w-]{16,255}|xapp-\d-[\w-]{16,255}/,
    examples: [
      ['xoxb-', '123456789012-', A36],
      ['xapp-1-', A36],
    ],
  },
  {
    rule: 'secret/stripe',
    pattern: /[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}|whsec_[A-Za-z0-9+/]{24,255}/,
    examples: [
      ['sk_live_', A36],
      ['whsec_', A36],
    ],
  },
  {
    // A bare `sk-` is also a CSS class prefix, hence no hyphen in the short form.
    rule: 'secret/model-key',
    pattern:
      /sk-(?:ant|proj|svcacct|admin|or|lf)-[\w-]{20,255}|sk-[A-Za-z0-9]{32,255}|gsk_[A-Za-z0-9]{40,255}|r8_[A-Za-z0-9]{30,255}|hf_[A-Za-z]{30,255}|pcsk_[\w-]{30,255}|pplx-[A-Za-z0-9]{40,255}/,
    examples: [
      ['sk-ant-', 'api03-', A36],
      ['sk-proj-', A36],
      ['sk-', A36],
      ['gsk_', A36, A36],
      ['hf_', 'abcdefghijklmnopqrstuvwxyzABCDEFGH'],
    ],
  },
  {
    rule: 'secret/aws',
    pattern: /(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/,
    examples: [['AKIA', 'IOSFODNN7EXAMPLE']],
  },
  {
    rule: 'secret/google',
    pattern: /AIza[\w-]{35}|ya29\.[\w-]{20,2048}|GOCSPX-[\w-]{20,255}/,
    examples: [
      ['AIza', A36.slice(1)],
      ['ya29.', A36],
    ],
  },
  {
    rule: 'secret/package-registry',
    pattern: /npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,2048}|rubygems_[a-f0-9]{48}|dckr_pat_[\w-]{20,255}/,
    examples: [
      ['npm_', A36],
      ['pypi-', 'AgEIcHlwaS5vcmc', A36, A36],
    ],
  },
  {
    rule: 'secret/cloud',
    pattern:
      /do[opr]_v1_[a-f0-9]{64}|dapi[a-f0-9]{32}|hv[sb]\.[\w-]{20,512}|sbp_[a-f0-9]{40}|AGE-SECRET-KEY-1[A-Z0-9]{50,64}|glsa_[\w-]{32,255}|glc_[\w+/=-]{32,512}|NRAK-[A-Z0-9]{27}|sntry[su]_[\w+/=-]{32,512}/,
    examples: [
      ['dapi', HEX32],
      ['hvs.', A36],
      ['dop_v1_', HEX32, HEX32],
    ],
  },
  {
    rule: 'secret/service',
    pattern:
      /SG\.[\w-]{20,64}\.[\w-]{20,128}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|lin_api_[A-Za-z0-9]{32,255}|ntn_[A-Za-z0-9]{40,255}|figd_[\w-]{20,255}|ATATT3[\w=-]{60,512}|key-[0-9a-f]{32}(?![0-9a-f])|pat[A-Za-z0-9]{14}\.[a-f0-9]{64}|SK[0-9a-f]{32}(?![0-9a-f])|\d{8,10}:AA[\w-]{33}(?![\w-])/,
    examples: [
      ['SG.', A36.slice(14), '.', A36],
      ['shpat_', HEX32],
      ['12345678:', 'AA', A36.slice(3)],
    ],
  },
  {
    // A JWT's two JSON parts both start with `{"`, which is `eyJ` in base64url; a JWE has four further parts.
    rule: 'secret/jwt',
    pattern:
      /(?<![\w-])(?:eyJ[\w-]{17,8192}\.eyJ[\w-]{8,65536}\.[\w-]{0,8192}|eyJ[\w-]{17,8192}(?:\.[\w-]{0,65536}){4})/,
    examples: [['eyJhbGciOiJIUzI1NiJ9', '.', 'eyJzdWIiOiJhbGljZSJ9', '.', A36]],
  },
]

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
