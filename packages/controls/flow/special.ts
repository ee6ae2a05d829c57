/**
 * Values that say something though they are short: addresses of mail, hosts, telephone numbers, ids.
 *
 * Found by their form alone. Linear: a text is cut at white space, quotes and brackets, and no piece beyond 256 characters is looked
 * at for anything but its beginning.
 */

/** Longer ones are found as text. */
const MAX_PIECE = 256

/** Calls back with where each special value stands in the text. */
export function specialValues(text: string, take: (start: number, end: number) => void): void {
  let start = 0
  let marks = 0
  let digits = 0
  let allDigits = 0
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : 32
    const kind = code < 128 ? (KINDS[code] ?? BREAK) : LETTER
    if (kind !== BREAK) {
      if (kind === MARK) marks++
      else if (kind === DIGIT) {
        digits++
        allDigits++
      }
      continue
    }
    if (index - start >= 4 && (marks > 0 || digits > 2)) piece(text, start, index, digits, take)
    start = index + 1
    marks = 0
    digits = 0
  }
  if (allDigits >= 8) telephones(text, take)
}

const BREAK = 0
const LETTER = 1
const DIGIT = 2
const MARK = 3
const KINDS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[a-z]/i.test(character)) return LETTER
  if (/[0-9]/.test(character)) return DIGIT
  if (character === '.' || character === '@') return MARK
  return /[-_/:?#=&+%~]/.test(character) ? LETTER : BREAK
})

function piece(
  text: string,
  start: number,
  end: number,
  digits: number,
  take: (start: number, end: number) => void,
) {
  const part = text.slice(start, Math.min(end, start + MAX_PIECE))
  const mail = part.includes('@') ? MAIL.exec(part) : null
  if (mail !== null) {
    const from = start + mail.index + (mail[0].startsWith('mailto:') ? 7 : 0)
    if (!SAMPLE_MAIL.test(mail[0])) take(from, start + mail.index + mail[0].length)
    return
  }
  const scheme = part.indexOf('://')
  const hostAt = scheme >= 0 ? scheme + 3 : 0
  const host = HOST.exec(part.slice(hostAt, hostAt + 100))?.[0] ?? ''
  if (host.includes('.')) {
    const lower = host.toLowerCase()
    const last = lower.slice(lower.lastIndexOf('.') + 1)
    const known = scheme >= 0 ? /^(?:[a-z]{2,}|xn--[a-z0-9-]+|[0-9]{1,3})$/.test(last) : TOP_LEVEL.has(last)
    if (known && !isCommonHost(lower)) take(start + hostAt, start + hostAt + host.length)
    return
  }
  if (digits < 3 || part.length > 40) return
  const id = ID.exec(part)
  if (id !== null) {
    const plain = id[0].replace(/[^A-Za-z0-9]/g, '')
    const letters = plain.replace(/[0-9]/g, '').length
    if (
      plain.length >= 8 &&
      plain.length - letters >= 3 &&
      letters >= 1 &&
      !/^[0-9]+[a-z]{1,2}$/i.test(plain)
    ) {
      take(start + id.index, start + id.index + id[0].length)
    }
  }
}

/** Addresses that documentation writes. */
const SAMPLE_MAIL =
  /^(?:mailto:)?(?:user|you|your|name|your\.?name|email|your\.?email|me|info|admin|test|john|jane|john\.doe|jane\.doe|alice|bob|foo|bar|someone|no-?reply)[0-9]?@example\.(?:com|org|net)$/i

/** Every quantifier is bounded: no piece costs more than its length times that. */
const MAIL = /(?:mailto:)?[A-Za-z0-9._%+~-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6})/
const HOST = /^[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/
const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{6,38}$/

/** Digits in groups, as numbers that can be called (or accounts) are written; not dates and times. */
function telephones(text: string, take: (start: number, end: number) => void): void {
  let index = 0
  while (index < text.length) {
    const code = text.charCodeAt(index)
    const plus = code === 43
    if (!plus && !isDigit(code)) {
      index++
      continue
    }
    // A digit within a word or a longer number with a point is part of something else.
    const before = index > 0 ? text.charCodeAt(index - 1) : 32
    let digits = 0
    let gap = 0
    let end = index
    let at = plus ? index + 1 : index
    for (; at < text.length && digits <= 15; at++) {
      const next = text.charCodeAt(at)
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
    const found = text.slice(index, end)
    const after = end < text.length ? text.charCodeAt(end) : 32
    if (
      digits >= (plus ? 8 : 9) &&
      digits <= 15 &&
      !isWordUnit(before) &&
      !isWordUnit(after) &&
      (plus || !LIKE_A_TIME.test(found))
    ) {
      take(index, end)
    }
    index = Math.max(end, index + 1)
    while (index < text.length && isDigit(text.charCodeAt(index))) index++
  }
}

/** Dates, and seconds or milliseconds since 1970. */
const LIKE_A_TIME = /^(?:(?:19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9]|1[0-9]{9}$|1[0-9]{12}$)/

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isWordUnit(code: number): boolean {
  return (
    isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code > 127
  )
}

/** Endings by which a bare name counts as a host: `node.js` and `index.ts` are none. */
const TOP_LEVEL: ReadonlySet<string> = new Set(
  'com org net io dev app ai co info biz xyz site shop club cloud tech us uk de fr nl eu ch ru cn jp kr br au ca se fi dk cz ro gr pt ie ml ga cf gq pw su icu buzz lol'.split(
    ' ',
  ),
)

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
  const owner = host.split('.').slice(-2).join('.')
  if (OWNERS.has(owner) || ANY_HOST.test(host)) return true
  return COMMON_HOSTS.has(host) || isReserved(host) || /^(?:127|0|10|255)\.[0-9.]+$/.test(host)
}

/** Names that lead nowhere (RFC 2606), as documentation writes them. */
function isReserved(host: string): boolean {
  return /^(?:www\.|api\.)?example\.(?:com|org|net)$|(?:^|\.)(?:invalid|localhost)$/.test(host)
}
