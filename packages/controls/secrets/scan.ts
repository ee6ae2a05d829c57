/**
 * Could this text hold a secret? Keeps ordinary text away from the patterns.
 *
 * True is no finding: the patterns decide. False is certain for every rule of `rules.ts` (a test proves it): each of
 * their matches has a run of twenty token characters, or one of the marks looked for here. Costs about 0.6 ns a
 * character, a tenth of what the patterns cost.
 */
export function maySecret(text: string): boolean {
  if (text.length < SHORTEST || (text.length < SHORT && isPlain(text))) return false
  return (
    hasTokenRun(text) ||
    hasLabel(text, '=') ||
    hasLabel(text, ':') ||
    hasUserinfo(text) ||
    text.includes('-----BEGIN ') ||
    SCHEMES.some((scheme) => text.includes(scheme))
  )
}

/** `pwd=` and a value. */
const SHORTEST = 9
/** Below this, one pass over the characters is faster than one search for each mark. */
const SHORT = 128
/** The shortest run of token characters that a token rule can match. */
const RUN = 20
const LABEL_CHARS = 30
const LABEL =
  /(?:passw(?:or)?d|passphrase|pwd|secret|token|key|authorization|credentials?)\\{0,2}["']?\s{0,4}$/i
/** In the cases that occur: looking for all of them would cost more than it finds. */
const SCHEMES = ['Bearer', 'bearer', 'BEARER', 'Basic ', 'basic ', 'BASIC ']

const TOKEN = 1
const MARK = 2
const SPACE = 3
const KIND = new Uint8Array(256)
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-') {
  KIND[character.charCodeAt(0)] = TOKEN
}
for (const character of '=:') KIND[character.charCodeAt(0)] = MARK
for (const character of ' \t\r\n') KIND[character.charCodeAt(0)] = SPACE

/** No mark, and no run of token characters: certain for a short text, after one look at each character. */
function isPlain(text: string): boolean {
  let run = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const kind = KIND[code]
    if (kind === TOKEN) {
      if (++run === RUN) return false
    } else {
      if (kind === MARK) return false
      // The space behind `Bearer` or `Basic`, by its last letter.
      if (kind === SPACE && at > 4) {
        const before = text.charCodeAt(at - 1) | 0x20
        if (before === 0x72 || before === 0x63) return false
      }
      run = 0
    }
  }
  // `-----BEGIN ` alone is marked by neither: five dashes and five letters are no long run.
  return !text.includes('-----')
}

/** Looks at every twentieth character first: where it ends no run, none of the twenty before it can be a whole one. */
function hasTokenRun(text: string): boolean {
  let start = 0
  for (let at = RUN - 1; at < text.length; ) {
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
    if (LABEL.test(text.slice(Math.max(0, at - LABEL_CHARS), at))) return true
  }
  return false
}

function hasUserinfo(text: string): boolean {
  const scheme = text.indexOf('://')
  return scheme !== -1 && text.indexOf('@', scheme) !== -1
}
