/*
 * Where a link leads, read as a browser reads it after Markdown or HTML did.
 */

export type Destination =
  /** Was made inert before: taken as a whole, so that a second look sees what the first one saw. */
  | { readonly kind: 'inert' }
  /** Leaves for another host. */
  | {
      readonly kind: 'network'
      readonly url: URL | undefined
      readonly text: string
      readonly plain: boolean
    }
  /** Runs where it is opened. */
  | { readonly kind: 'active'; readonly scheme: string; readonly text: string; readonly plain: boolean }

/** Longer addresses are judged by so much of them, and for being so long. */
export const MAX_DESTINATION = 2048

/** What leads nowhere outside gives `undefined`: relative paths, anchors, pictures in the text itself, other schemes. */
export function readDestination(raw: string): Destination | undefined {
  if (INERT.test(raw)) return { kind: 'inert' }
  if (PLAIN.test(raw)) return { kind: 'network', url: parsed(raw), text: raw, plain: true }
  const attribute = withoutControls(withoutReferences(raw))
  // Markdown takes a back slash off, a browser takes one for a slash: both readings count.
  return readDecoded(attribute, raw) ?? readDecoded(attribute.replace(ESCAPED, '$1'), raw)
}

const INERT = /^(?:hxxps?|blocked-[a-z]{2,12}):/i
const PLAIN = /^https?:\/\/[^\s&\\/]/i
const ESCAPED = /\\([!-/:-@[-`{-~])/g
const SCHEME = /^([a-z][a-z0-9+.-]{0,31}):/i
const NETWORK: ReadonlySet<string> = new Set(['http', 'https', 'ws', 'wss', 'ftp'])
const ACTIVE: ReadonlySet<string> = new Set(['javascript', 'vbscript', 'livescript', 'data'])

function readDecoded(text: string, raw: string): Destination | undefined {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) {
    if (!/^[/\\]{2}/.test(text)) return undefined
    const rest = text.replace(/^[/\\]+/, '')
    if (rest === '') return undefined
    const full = `https://${rest}`
    return { kind: 'network', url: parsed(full), text: full, plain: false }
  }
  if (NETWORK.has(scheme)) {
    const rest = text.slice(scheme.length + 1).replace(/^[/\\]*/, '')
    if (rest === '') return undefined
    const full = `${scheme}://${rest}`
    return { kind: 'network', url: parsed(full), text: full, plain: false }
  }
  if (!ACTIVE.has(scheme) || /^data:image\/(?!svg)/i.test(text)) return undefined
  return {
    kind: 'active',
    scheme,
    text,
    plain: raw.slice(0, scheme.length + 1).toLowerCase() === `${scheme}:`,
  }
}

function parsed(text: string): URL | undefined {
  return URL.parse(text) ?? undefined
}

const REFERENCE =
  /&(?:#x0{0,40}([0-9a-f]{1,6})|#0{0,40}([0-9]{1,7})|(amp|colon|sol|bsol|period|tab|newline|quest|num|commat|equals|lowbar|hyphen|dash|nbsp|lt|gt|quot|apos|lpar|rpar|semi|comma));?/gi

/** Character references as what they stand for, as far as they matter in an address, a tag or a style. */
export function withoutReferences(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(REFERENCE, (_whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? ''
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : ''
  })
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  colon: ':',
  sol: '/',
  bsol: '\\',
  period: '.',
  tab: '',
  newline: '',
  quest: '?',
  num: '#',
  commat: '@',
  equals: '=',
  lowbar: '_',
  hyphen: '-',
  dash: '-',
  nbsp: '',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  lpar: '(',
  rpar: ')',
  semi: ';',
  comma: ',',
}

/** Browsers drop tabs and line ends anywhere in an address, and control characters and spaces around it. */
function withoutControls(text: string): string {
  return text.replace(CONTROLS, '')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROLS = /[\u0000-\u0020\u007f-\u00a0\u200b\ufeff]+/g
