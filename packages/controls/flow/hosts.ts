import { DASH, isLetter, isPlain, POINT } from './characters.ts'

/** Where the labels end that begin here: at least two, at most nine, of up to 63 letters, digits and dashes. Nowhere if there is none. */
export function endOfHost(units: Uint16Array, from: number, most: number): number {
  const to = Math.min(most, from + MAX_HOST)
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
const MAX_HOST = 100
const MAX_LABEL = 63
/** After the first. */
const MAX_LABELS = 8

function isLabel(code = 0): boolean {
  return isPlain(code) || code === DASH
}

/** Does it tell something to find this host? One that is not addressed as such has to end as hosts do, not as files do. */
export function isTellingHost(
  text: string,
  units: Uint16Array,
  from: number,
  to: number,
  isAddressed: boolean,
): boolean {
  if (!isAddressed && !endsInTopLevel(units, from, to)) return false
  const host = text.slice(from, to).toLowerCase()
  return (!isAddressed || ANY_TOP_LEVEL.test(host)) && !isCommonHost(host)
}
/** What hosts end in that are addressed as such. */
const ANY_TOP_LEVEL = /\.(?:[a-z]{2,}|xn--[a-z0-9-]+|[0-9]{1,3})$/

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
    if (!isLetter(code)) return -1
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
