import { type Carrier, carriersOf, mayCarry } from './carriers.ts'
import { codeSamples } from './code.ts'
import { type Cargo, cargoOf } from './data.ts'
import { type Destination, MAX_DESTINATION } from './destination.ts'

/** What each rule of `neutraliseLinks` means, in one sentence. */
export const LINK_RULES = {
  'links/image-host':
    'A picture is fetched from a host that has nothing to do with the server: whoever shows it tells that host so.',
  'links/image-data': 'The address of a picture, style or frame carries data: showing it sends them away.',
  'links/link-data': 'The address of a link carries data that whoever clicks on it would send away.',
  'links/known-data': 'An address carries a text of this conversation to another host.',
  'links/userinfo':
    'An address has a user name before its host, as addresses have that pretend to lead elsewhere.',
  'links/active': 'A link runs a script, or is a page in itself.',
} as const satisfies Readonly<Record<`links/${string}`, string>>

export type LinkRule = keyof typeof LINK_RULES

export interface LinkPolicy {
  /** What may be fetched as soon as it is shown: everything, what carries no data, or only from `hosts` and without data. */
  readonly images: 'all' | 'no-data' | 'own-hosts'
  /** What may be led to: everything, or what carries no data. */
  readonly links: 'all' | 'no-data'
  /** Hosts (`host:port`) of the server itself, and what the call asked for. */
  readonly hosts: readonly string[]
  /** Texts of this conversation that no address of another host has any business with. */
  readonly known: readonly string[]
}

export interface LinkFinding {
  readonly rule: LinkRule
  /** Empty where it cannot be told. */
  readonly host: string
}

export interface Neutralised {
  readonly text: string
  readonly found: readonly LinkFinding[]
}

/**
 * The text with the links that may not pass made inert: `https` becomes `hxxps`, and the rest stays to be read. What was
 * disguised is written plainly. Idempotent; a text without such links is returned as it is.
 */
export function neutraliseLinks(text: string, policy: LinkPolicy): Neutralised {
  if (!mayCarry(text)) return { text, found: NOTHING }
  const found: LinkFinding[] = []
  const inCode = codeSamples(text)
  let out = ''
  let done = 0
  for (const carrier of carriersOf(text)) {
    if (carrier.start < done) continue
    const rule = ruleFor(carrier, policy)
    if (rule === undefined || inCode(carrier.start, carrier.end)) continue
    if (found.length < MAX_FOUND) found.push({ rule, host: hostFor(carrier.destination) })
    const raw = text.slice(carrier.start, carrier.end)
    out += text.slice(done, carrier.start)
    out += carrier.isName === true ? `blocked-${raw}` : inert(raw, carrier.destination)
    done = carrier.end
  }
  return done === 0 ? { text, found: NOTHING } : { text: out + text.slice(done), found }
}

const NOTHING: readonly LinkFinding[] = []
const MAX_FOUND = 50

function ruleFor({ kind, destination, start, end }: Carrier, policy: LinkPolicy): LinkRule | undefined {
  if (destination.kind === 'inert') return undefined
  const least = kind === 'load' ? policy.images : policy.links
  if (least === 'all') return undefined
  if (destination.kind === 'active') return kind === 'bare' ? undefined : 'links/active'
  const { url } = destination
  const own = url !== undefined && policy.hosts.includes(url.host)
  if (kind === 'load' && policy.images === 'own-hosts' && !own) return 'links/image-host'
  // What no browser reads leads nowhere.
  if (url === undefined) return undefined
  const cargo = end - start >= MAX_DESTINATION ? 'long' : cargoOf(url, own ? NO_TEXTS : policy.known)
  return cargo === undefined ? undefined : CARRIED[kind](cargo, own)
}

const NO_TEXTS: readonly string[] = []

const CARRIED: Readonly<Record<Carrier['kind'], (cargo: Cargo, own: boolean) => LinkRule | undefined>> = {
  load: (cargo) =>
    cargo === 'known' ? 'links/known-data' : cargo === 'userinfo' ? 'links/userinfo' : 'links/image-data',
  link: (cargo, own) => {
    if (cargo === 'known') return 'links/known-data'
    if (cargo === 'userinfo') return 'links/userinfo'
    // Templates of addresses, and pages of the server's own, are what documentation is made of.
    return own || cargo === 'placeholder' ? undefined : 'links/link-data'
  },
  // What can be read before it is followed: signed addresses are honest answers.
  bare: (cargo) => (cargo === 'known' ? 'links/known-data' : undefined),
}

function hostFor(destination: Destination): string {
  return destination.kind === 'network' ? (destination.url?.host ?? '') : ''
}

/** The address with a scheme that no program knows. */
function inert(raw: string, destination: Destination): string {
  if (destination.kind === 'inert') return raw
  if (destination.kind === 'active')
    return `blocked-${destination.plain ? raw : `${destination.scheme}:${written(destination.text.slice(destination.scheme.length + 1))}`}`
  if (destination.plain) return raw.replace(/^http/i, 'hxxp')
  if (/^www\./i.test(raw)) return `hxxps://${raw}`
  return written(destination.text)
    .replace(/^https?/i, (scheme) => (scheme.length === 5 ? 'hxxps' : 'hxxp'))
    .replace(/^(ws|wss|ftp):/i, 'blocked-$1:')
}

/**
 * What was disguised, without what could end the address where it is put back, and nothing that cannot be seen: entities hide
 * characters from whoever cleaned the text before.
 */
function written(text: string): string {
  return text.replace(/[^!-~]|["'<>()[\]`\\]/gu, (character) =>
    [...new TextEncoder().encode(character)]
      .map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`)
      .join(''),
  )
}
