import type { FlowUndone } from './source.ts'

/** Escapes within escapes: more rounds than anybody needs who wants to be understood. */
const MAX_ROUNDS = 6

/**
 * Undoes escapes of URLs, JSON and HTML until nothing is left to undo, on both sides of a comparison: so it does not matter on
 * which side they were, nor how often.
 *
 * Not a decoder: a text that only looks escaped (`C:\new`) loses the same letters wherever it stands. Linear.
 */
export function unescapeText(text: string, undone?: Set<FlowUndone>): string {
  if (!mayBeEscaped(text)) return text
  let plain = text.includes(TAGS) ? text.replace(TAG, untagged) : text
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = plain
    if (plain.includes('%')) plain = step(plain, PERCENT, percent, 'url', undone)
    if (plain.includes('&')) plain = step(plain, ENTITY, entity, 'html', undone)
    if (plain.includes('\\')) plain = step(plain, BACKSLASH, backslash, 'json', undone)
    if (plain === before) break
  }
  return plain
}

/** Has it anything that an escape begins with? Without, it is what it is. */
export function mayBeEscaped(text: string): boolean {
  return text.includes('%') || text.includes('&') || text.includes('\\') || text.includes(TAGS)
}

/** Characters that nobody sees and that each stand for one of ASCII. */
const TAG = /[\u{e0020}-\u{e007e}]/gu
/** The first half of each of them. */
const TAGS = '\udb40'

function untagged(found: string): string {
  return String.fromCharCode((found.codePointAt(0) ?? 0) - 0xe0000)
}

function step(
  text: string,
  pattern: RegExp,
  replace: (found: string) => string,
  kind: FlowUndone,
  undone: Set<FlowUndone> | undefined,
): string {
  const plain = text.replace(pattern, replace)
  if (plain !== text) undone?.add(kind)
  return plain
}

const PERCENT = /(?:%[0-9a-f]{2})+/gi
const ENTITY = /&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,7});/gi
const BACKSLASH = /\\(?:u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2}|.)/gis

function percent(found: string): string {
  try {
    return decodeURIComponent(found)
  } catch {
    // No UTF-8: bytes of a Latin text, or cut in the middle of a character.
    return Buffer.from(found.replaceAll('%', ''), 'hex').toString('utf8')
  }
}

function backslash(found: string): string {
  const rest = found.slice(1)
  const kind = rest[0] ?? ''
  if (rest.length > 1) return character(Number.parseInt(rest.replace(/[{}]/g, '').slice(1), 16), rest)
  return 'nrtbfvNRTBFV'.includes(kind) ? ' ' : kind
}

function entity(found: string): string {
  const name = found.slice(1, -1).toLowerCase()
  if (name.startsWith('#x')) return character(Number.parseInt(name.slice(2), 16), found)
  if (name.startsWith('#')) return character(Number.parseInt(name.slice(1), 10), found)
  return ENTITIES.get(name) ?? found
}

function character(code: number, otherwise: string): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : otherwise
}

/** Names of HTML that stand for what people write; case does not count, as it is not compared either. */
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ...Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', sol: '/', bsol: '\\' }),
  ...Object.entries({ colon: ':', period: '.', comma: ',', commat: '@', equals: '=', num: '#', percnt: '%' }),
  ...Object.entries({ lowbar: '_', hyphen: '-', dash: '-', ndash: '-', mdash: '-', quest: '?', plus: '+' }),
  ...Object.entries({ lpar: '(', rpar: ')', excl: '!', dollar: '$', semi: ';', tab: ' ', newline: ' ' }),
  ...accented('grave', 'aeiou', '\u0300'),
  ...accented('acute', 'aeiouy', '\u0301'),
  ...accented('circ', 'aeiou', '\u0302'),
  ...accented('tilde', 'ano', '\u0303'),
  ...accented('uml', 'aeiouy', '\u0308'),
  ...accented('cedil', 'c', '\u0327'),
  ...accented('ring', 'a', '\u030a'),
  ...Object.entries({ szlig: '\u00df', aelig: '\u00e6', oslash: '\u00f8', eth: '\u00f0', thorn: '\u00fe' }),
])

function accented(name: string, letters: string, mark: string): [string, string][] {
  return [...letters].map((letter) => [`${letter}${name}`, `${letter}${mark}`])
}
