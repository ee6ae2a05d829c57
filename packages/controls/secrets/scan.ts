import { endsLikeSecretName } from './labelled.ts'

/**
 * Could this text hold a secret? Keeps ordinary text away from everything that looks closer.
 *
 * True is no finding: the rules decide. False is certain for every rule (a test proves it): each of them needs a run of
 * twenty token characters, or one of the marks looked for here. Costs about 0.6 ns a character.
 */
export function maySecret(text: string): boolean {
  if (text.length < SHORTEST) return false
  if (text.length < SHORT) return !isPlain(text)
  return hasTokenRun(text) || hasMarks(text)
}

function hasMarks(text: string): boolean {
  return (
    hasLabel(text, '=') ||
    hasLabel(text, ':') ||
    hasLabel(text, '>') ||
    hasUserinfo(text) ||
    SCHEMES.test(text) ||
    hasUnderscored(text) ||
    SIGNS.some((sign) => text.includes(sign))
  )
}

/** `pwd=` and a value. */
const SHORTEST = 9
/** Below this, one pass over the characters is faster than one search for each mark. */
const SHORT = 256
/** The shortest run of token characters that a token rule can match. */
const RUN = 20
const SCHEMES = /bearer|basic /i
/**
 * Pieces of what begins a private key, and of tokens that have dots, slashes and plus signs in them, so that no run need be long:
 * `8Q~`, `7Q~`, `eyJrIjoi`, `+ASt`, `+AIoT`, `ABSK`, `bedrock-api-key-`. Each begins with a character that is rare in texts, where a
 * search skips at once to the next.
 */
const SIGNS = ['BEGIN ', 'Q~', 'JrIjoi', '+A', 'ABSK', 'key-']
/** The same, by what stands before the underscore that is rare. */
const UNDERSCORED = ['whsec', 'glc', 'sntrys', 'fm2']

function hasUnderscored(text: string): boolean {
  for (let at = text.indexOf('_'); at !== -1; at = text.indexOf('_', at + 1)) {
    const before = text.charCodeAt(at - 1)
    // `c`, `s` or `2`: nothing else ends one of them.
    if (before !== 0x63 && before !== 0x73 && before !== 0x32) continue
    if (UNDERSCORED.some((word) => text.startsWith(word, at - word.length))) return true
  }
  return false
}

const TOKEN = 1
/** Between parts of a token in Base64: a run of both is looked at twice. */
const BASE64 = 2
const MARK = 3
const SPACE = 4
const AT = 5
const TILDE = 6
const KIND = new Uint8Array(256)
for (const [characters, kind] of [
  ['abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-', TOKEN],
  ['+/', BASE64],
  ['=:>', MARK],
  [' \t\r\n', SPACE],
  ['@', AT],
  ['~', TILDE],
] as const) {
  for (const character of characters) KIND[character.charCodeAt(0)] = kind
}

/** No secret's name before a mark, and no run of token characters: certain for a short text, after one look at each. */
function isPlain(text: string): boolean {
  // Strings come in a dozen shapes, and asking each for its length again costs more than the look at a character.
  const { length } = text
  let run = 0
  for (let at = 0; at < length; at++) {
    const kind = KIND[text.charCodeAt(at)]
    if (kind === TOKEN || kind === BASE64) {
      if (++run === RUN) return !isLong(text)
      continue
    }
    run = 0
    if (kind === MARK) {
      if (endsLikeSecretName(text, at)) return false
    } else if (kind === SPACE) {
      // The space behind `Bearer` or `Basic`, by its last letter.
      const before = text.charCodeAt(at - 1) | 0x20
      if ((before === 0x72 || before === 0x63) && SCHEME.test(text.slice(Math.max(0, at - 6), at)))
        return false
    } else if (kind === AT) {
      if (text.includes('://')) return false
    } else if (kind === TILDE) return false
  }
  // `-----BEGIN ` alone is marked by neither: five dashes and five letters are no long run.
  return !text.includes('----')
}

const SCHEME = /(?:bearer|basic)$/i

/** A run that is more than a path. */
function isLong(text: string): boolean {
  return hasTokenRun(text) || hasMarks(text)
}

/** Looks at every twentieth character first: where it ends no run, none of the twenty before it can be a whole one. */
function hasTokenRun(text: string): boolean {
  const { length } = text
  let start = 0
  for (let at = RUN - 1; at < length; ) {
    let back = at
    while (back >= start && KIND[text.charCodeAt(back)] === TOKEN) back--
    if (back < start) return true
    start = back + 1
    at = back + RUN
  }
  return false
}

function hasLabel(text: string, mark: string): boolean {
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
    if (endsLikeSecretName(text, at)) return true
  }
  return false
}

function hasUserinfo(text: string): boolean {
  const scheme = text.indexOf('://')
  return scheme !== -1 && text.indexOf('@', scheme) !== -1
}
