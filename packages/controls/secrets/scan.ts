/**
 * Could this text hold a secret? Keeps ordinary text away from the patterns.
 *
 * True is no finding: the patterns decide. False is certain for every rule of `rules.ts` (a test proves it): each of
 * their matches has a run of twenty token characters, or one of the marks looked for here. Costs about 0.6 ns a
 * character, a tenth of what the patterns cost.
 */
export function maySecret(text: string): boolean {
  if (text.length < SHORTEST) return false
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
/** The shortest run of token characters that a token rule can match. */
const RUN = 20
const LABEL_CHARS = 30
const LABEL =
  /(?:passw(?:or)?d|passphrase|pwd|secret|token|key|authorization|credentials?)\\{0,2}["']?\s{0,4}$/i
/** In the cases that occur: looking for all of them would cost more than it finds. */
const SCHEMES = ['Bearer', 'bearer', 'BEARER', 'Basic ', 'basic ', 'BASIC ']

const IS_TOKEN = new Uint8Array(256)
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-') {
  IS_TOKEN[character.charCodeAt(0)] = 1
}

/** Looks at every twentieth character first: where it ends no run, none of the twenty before it can be a whole one. */
function hasTokenRun(text: string): boolean {
  let start = 0
  for (let at = RUN - 1; at < text.length; ) {
    let back = at
    while (back >= start && IS_TOKEN[text.charCodeAt(back)] === 1) back--
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
