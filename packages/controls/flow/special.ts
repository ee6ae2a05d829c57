import { unitsOf } from './units.ts'

/**
 * Values that say something though they are short: addresses of mail, hosts, telephone numbers, ids.
 *
 * Found by their form alone. Linear: a text is cut at white space, quotes and brackets, and no piece beyond 256 characters is looked
 * at for anything but its beginning.
 */

/** Longer ones are found as text. */
const MAX_PIECE = 256
const MIN_ID = 8
const MAX_ID = 40
const MIN_ID_DIGITS = 3
const MIN_TELEPHONE = 8

/**
 * Calls back with where each special value stands in the text. `across`, where given, is a place between two units: what does not
 * reach over it need not be told.
 *
 * Nothing is decided of any character but whether its piece is worth a look where it ends: most texts are words, of which no processor
 * guesses where they end.
 */
export function specialValues(
  text: string,
  take: (start: number, end: number) => void,
  across?: number,
): void {
  const units = unitsOf(text)
  const { length } = text
  let allDigits = 0
  for (let index = 0; index <= length; index++) {
    let counts = 0
    for (; index < length; index++) {
      const code = units[index] ?? 0
      const kind = code < 128 ? (KINDS[code] ?? BREAK) : LETTER
      const breaks = kind >> 31
      allDigits += kind & DIGIT
      if ((counts & breaks) >= MIN_ID_DIGITS) break
      counts = ((counts + (kind & DIGIT)) | (kind & MARK)) & ~breaks
    }
    if (counts >= MIN_ID_DIGITS) piece(text, units, index, take, across)
  }
  if (allDigits >= MIN_TELEPHONE) telephones(text, units, take)
}

const LETTER = 0
const DIGIT = 1
/** More than all the digits that an id needs. */
const MARK = 1 << 16
/** The sign, of which a mask is made. */
const BREAK = 1 << 31
const KINDS: Int32Array = Int32Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[0-9]/.test(character)) return DIGIT
  if (character === '.' || character === '@') return MARK
  return /[-a-z_/:?#=&+%~]/i.test(character) ? LETTER : BREAK
})

/** The piece that ends here. */
function piece(
  text: string,
  units: Uint16Array,
  end: number,
  take: (start: number, end: number) => void,
  across: number | undefined,
): void {
  let start = end
  let marks = 0
  for (; start > 0; start--) {
    const kind = kindOf(units[start - 1])
    if (kind === BREAK) break
    if (kind === MARK) marks++
  }
  if (across !== undefined && (start >= across || end <= across)) return
  if (marks === 0) id(text, start, end, take)
  // One at an end joins nothing: most often a sentence is over.
  else if (marks > 1 || (kindOf(units[start]) !== MARK && kindOf(units[end - 1]) !== MARK)) {
    address(text, units, start, Math.min(end, start + MAX_PIECE), take)
  }
}

function kindOf(code = 0): number {
  return code < 128 ? (KINDS[code] ?? BREAK) : LETTER
}

/** Of mail, or of a host. */
function address(
  text: string,
  units: Uint16Array,
  start: number,
  end: number,
  take: (start: number, end: number) => void,
): void {
  let hostAt = start
  let hasAt = false
  for (let index = start; index < end; index++) {
    const code = units[index] ?? 0
    if (code === AT) hasAt = true
    else if (code === COLON && hostAt === start && isScheme(units, index, end)) hostAt = index + 3
  }
  const mail = hasAt ? MAIL.exec(text.slice(start, end)) : null
  if (mail !== null) {
    const from = start + mail.index + (mail[0].startsWith('mailto:') ? 7 : 0)
    if (!SAMPLE_MAIL.test(mail[0])) take(from, start + mail.index + mail[0].length)
    return
  }
  const hostEnd = endOfHost(units, hostAt, Math.min(end, hostAt + MAX_HOST))
  if (hostEnd === hostAt) return
  if (hostAt === start && !endsInTopLevel(units, hostAt, hostEnd)) return
  const host = text.slice(hostAt, hostEnd).toLowerCase()
  if (hostAt > start && !ANY_TOP_LEVEL.test(host)) return
  if (!isCommonHost(host)) take(hostAt, hostEnd)
}
const MAX_HOST = 100
const AT = 64
const COLON = 58
const SLASH = 47

function isScheme(units: Uint16Array, colon: number, end: number): boolean {
  return colon + 2 < end && units[colon + 1] === SLASH && units[colon + 2] === SLASH
}

/** Where the labels end that begin here: at least two, at most nine, of up to 63 letters, digits and dashes. Nowhere if there is none. */
function endOfHost(units: Uint16Array, from: number, to: number): number {
  let end = from
  for (let labels = 0; labels <= MAX_LABELS; labels++) {
    const start = labels === 0 ? from : end + 1
    let at = start
    while (at < to && at < start + MAX_LABEL && isLabel(units[at])) at++
    if (at === start) return labels > 1 ? end : from
    end = at
    if (units[at] !== POINT || at >= to) return labels > 0 ? end : from
  }
  return end
}
const POINT = 46
const MAX_LABEL = 63
/** After the first. */
const MAX_LABELS = 8

function isLabel(code = 0): boolean {
  return isDigit(code) || isAsciiLetter(code) || code === 45
}
/** What hosts end in that are addressed as such. */
const ANY_TOP_LEVEL = /\.(?:[a-z]{2,}|xn--[a-z0-9-]+|[0-9]{1,3})$/

function id(text: string, start: number, end: number, take: (start: number, end: number) => void): void {
  if (end - start < MIN_ID || end - start > MAX_ID) return
  const part = text.slice(start, end)
  if (!ID.test(part)) return
  const plain = part.replace(/[^A-Za-z0-9]/g, '')
  const letters = plain.replace(/[0-9]/g, '').length
  if (plain.length < MIN_ID || plain.length - letters < MIN_ID_DIGITS || letters < 1) return
  if (!/^[0-9]+[a-z]{1,2}$/i.test(plain)) take(start, end)
}

/** Addresses that documentation writes. */
const SAMPLE_MAIL =
  /^(?:mailto:)?(?:user|you|your|name|your\.?name|email|your\.?email|me|info|admin|test|john|jane|john\.doe|jane\.doe|alice|bob|foo|bar|someone|no-?reply)[0-9]?@example\.(?:com|org|net)$/i

/** Every quantifier is bounded: no piece costs more than its length times that. */
const MAIL = /(?:mailto:)?[A-Za-z0-9._%+~-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6})/
const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{6,38}$/

/** Digits in groups, as numbers that can be called (or accounts) are written; not dates and times. */
function telephones(text: string, units: Uint16Array, take: (start: number, end: number) => void): void {
  const { length } = text
  let index = 0
  while (index < length) {
    const code = units[index] ?? 0
    const plus = code === 43
    if (!plus && !isDigit(code)) {
      index++
      continue
    }
    // A digit within a word or a longer number with a point is part of something else.
    const before = index > 0 ? (units[index - 1] ?? 0) : 32
    let digits = 0
    let gap = 0
    let end = index
    let at = plus ? index + 1 : index
    for (; at < length && digits <= 15; at++) {
      const next = units[at] ?? 0
      if (isDigit(next)) {
        digits++
        gap = 0
        end = at + 1
      } else if (
        ++gap > 2 ||
        !(next === 45 || (plus && (next === 32 || next === 40 || next === 41 || next === 46)))
      ) {
        break
      }
    }
    const after = end < length ? (units[end] ?? 0) : 32
    if (
      digits >= (plus ? 8 : 9) &&
      digits <= 15 &&
      !isWordUnit(before) &&
      !isWordUnit(after) &&
      (plus || !LIKE_A_TIME.test(text.slice(index, end)))
    ) {
      take(index, end)
    }
    index = Math.max(end, index + 1)
    while (index < length && isDigit(units[index] ?? 0)) index++
  }
}

/** Dates, and seconds or milliseconds since 1970. */
const LIKE_A_TIME = /^(?:(?:19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9]|1[0-9]{9}$|1[0-9]{12}$)/

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isAsciiLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}

function isWordUnit(code: number): boolean {
  return isDigit(code) || isAsciiLetter(code) || code === 95 || code > 127
}

/** Letters of the longest of them. */
const MAX_LETTERS = 5
/** Endings by which a bare name counts as a host: `node.js` and `index.ts` are none. */
const TOP_LEVEL: ReadonlySet<number> = new Set(
  'com org net io dev app ai co info biz xyz site shop club cloud tech us uk de fr nl eu ch ru cn jp kr br au ca se fi dk cz ro gr pt ie ml ga cf gq pw su icu buzz lol'
    .split(' ')
    .map((ending) => labelNumber(Buffer.from(ending), 0, ending.length)),
)

function endsInTopLevel(units: Uint16Array, from: number, to: number): boolean {
  let label = to
  while (label > from && units[label - 1] !== POINT) label--
  return TOP_LEVEL.has(labelNumber(units, label, to))
}

/** A short label as a number, so that it can be looked up without being cut out; -1 for what is longer or no word. */
function labelNumber(units: ArrayLike<number>, from: number, to: number): number {
  if (to - from > MAX_LETTERS) return -1
  let letters = 0
  for (let index = from; index < to; index++) {
    const code = units[index] ?? 0
    if (!isAsciiLetter(code)) return -1
    letters = (letters << 5) | (code & 31)
  }
  return letters
}

/** Whose hosts are all their own: what lies there and is somebody's is told by its path. */
const OWNERS: ReadonlySet<string> = new Set(
  'google.com github.com gitlab.com docker.com microsoft.com apple.com amazon.com cloudflare.com python.org nodejs.org mozilla.org wikipedia.org wikimedia.org apache.org kubernetes.io stripe.com openai.com anthropic.com atlassian.com linkedin.com youtube.com facebook.com twitter.com reddit.com nist.gov ietf.org w3.org owasp.org debian.org ubuntu.com redhat.com oracle.com ibm.com stackoverflow.com stackexchange.com'.split(
    ' ',
  ),
)
/** The registries of packages, and names that stand for any. */
const ANY_HOST =
  /(?:^|\.)(?:pypi|npmjs|rubygems|maven|nuget|packagist)\.(?:org|com)$|^(?:asp\.net|ghcr\.io|quay\.io|(?:company|yourcompany|domain|yourdomain|site|test|mysite|mycompany|acme|foo|bar)\.(?:com|org|net|io))$/

/** Hosts that everybody's texts name; nothing is told by finding one. */
const COMMON_HOSTS: ReadonlySet<string> = new Set(
  'img.shields.io shields.io badge.fury.io cloud.google.com support.google.com portal.azure.com azure.com codecov.io travis-ci.org circleci.com readthedocs.io discord.com discord.gg telegram.org t.me wa.me bit.ly golang.org pkg.go.dev crates.io docs.rs rust-lang.org reactjs.org react.dev vitejs.dev nextjs.org vercel.com netlify.com heroku.com huggingface.co arxiv.org doi.org semver.org keepachangelog.com spdx.org contributor-covenant.org www.contributor-covenant.org linuxfoundation.org cncf.io opentelemetry.io prometheus.io grafana.com jsonrpc.org yaml.org json.org unicode.org fsf.org www.rfc-editor.org rfc-editor.org cve.mitre.org nvd.nist.gov owasp.org genai.owasp.org atlassian.com zoom.us dropbox.com paypal.com wordpress.org wordpress.com github.com gitlab.com google.com www.google.com docs.google.com drive.google.com mail.google.com calendar.google.com gmail.com youtube.com www.youtube.com youtu.be stackoverflow.com npmjs.com www.npmjs.com docs.python.org python.org nodejs.org en.wikipedia.org wikipedia.org twitter.com x.com linkedin.com www.linkedin.com facebook.com www.facebook.com instagram.com www.instagram.com reddit.com www.reddit.com medium.com microsoft.com learn.microsoft.com apple.com developer.apple.com amazon.com www.amazon.com aws.amazon.com docs.aws.amazon.com cloudflare.com slack.com notion.so www.notion.so atlassian.net linear.app figma.com stripe.com openai.com api.openai.com anthropic.com modelcontextprotocol.io json-schema.org schema.org w3.org www.w3.org developer.mozilla.org mozilla.org ietf.org tools.ietf.org datatracker.ietf.org raw.githubusercontent.com api.github.com githubusercontent.com github.io gist.github.com hub.docker.com docker.com kubernetes.io news.ycombinator.com creativecommons.org apache.org www.apache.org opensource.org gnu.org www.gnu.org localhost.localdomain'.split(
    ' ',
  ),
)

function isCommonHost(host: string): boolean {
  const owner = host.slice(host.lastIndexOf('.', host.lastIndexOf('.') - 1) + 1)
  if (OWNERS.has(owner) || COMMON_HOSTS.has(host) || ANY_HOST.test(host)) return true
  return isReserved(host) || /^(?:127|0|10|255)\.[0-9.]+$/.test(host)
}

/** Names that lead nowhere (RFC 2606), as documentation writes them. */
function isReserved(host: string): boolean {
  return /^(?:www\.|api\.)?example\.(?:com|org|net)$|(?:^|\.)(?:invalid|localhost)$/.test(host)
}
