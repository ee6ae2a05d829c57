/**
 * What the search does, as it is said and not as it is quick: one character at a time, with regular expressions. The property tests
 * hold the quick ways to it.
 */
import { COMMON_WORDS, TECHNICAL_WORDS } from './commonWords.ts'
import type { DecodedText } from './encoded.ts'
import { isTellingHost } from './hosts.ts'

/** The bytes of a folded text and the units they are from, as pairs. */
export function slowFold(text: string): [number, number][] {
  const pairs: [number, number][] = []
  let unit = 0
  for (const character of text) {
    const plain = character.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD')
    const bytes = [...plain].flatMap((one) => {
      const code = one.codePointAt(0) ?? 0
      if (code < 128) return /[a-z0-9]/.test(one) ? [code] : []
      return /[\p{L}\p{N}]/u.test(one) ? [0x80 | (Math.imul(code, 0x9e3779b1) >>> 25)] : []
    })
    for (const byte of bytes.slice(0, 4)) pairs.push([byte, unit])
    unit += character.length
  }
  return pairs
}

const WIDE_SPACE = '\u00a0\u2000-\u200f\u2028\u2029\u202f\u3000\ufeff'
const ASCII_SPACE = '\\t\\n\\v\\f\\r '
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Every run of an alphabet decoded from every offset, and what of it is text. */
export function slowDecoded(text: string): DecodedText[] {
  if (text.length < 12) return []
  const found: DecodedText[] = []
  for (const { at, run } of runsOf(text, new RegExp(`[A-Za-z0-9+/_\\-${ASCII_SPACE}${WIDE_SPACE}]+`, 'g'))) {
    const sextets = placesOf(run, /[A-Za-z0-9+/_-]/)
    if (sextets.length < 12 || (run.match(/[0-9+/_-]|(?<=[A-Za-z0-9+/_-])[A-Z]/g)?.length ?? 0) < 2) continue
    const bits = sextets
      .map((index) => ALPHABET.indexOf(run.charAt(index).replace('-', '+').replace('_', '/')))
      .map((value) => value.toString(2).padStart(6, '0'))
    for (let offset = 0; offset < 4; offset++) {
      // The fourth byte of each four characters is none.
      take(
        bits.slice(offset).join(''),
        6,
        (bit) => (sextets[offset + Math.floor(bit / 6)] ?? 0) + at,
        'base64',
      )
    }
  }
  const plain = text.includes('0x') ? text.replace(/0x(?=[0-9a-f]{2})/gi, '  ') : text
  for (const { at, run } of runsOf(plain, new RegExp(`[0-9A-Fa-f:,\\-${ASCII_SPACE}${WIDE_SPACE}]+`, 'g'))) {
    const nibbles = placesOf(run, /[0-9A-Fa-f]/)
    if (nibbles.length < 16) continue
    const bits = nibbles.map((index) => Number.parseInt(run.charAt(index), 16).toString(2).padStart(4, '0'))
    for (let offset = 0; offset < 2; offset++) {
      take(bits.slice(offset).join(''), 4, (bit) => (nibbles[offset + Math.floor(bit / 4)] ?? 0) + at, 'hex')
    }
  }
  return found

  function take(
    bits: string,
    width: number,
    placeOf: (bit: number) => number,
    how: DecodedText['how'],
  ): void {
    let stretch: { byte: number; bit: number }[] = []
    let owed = 0
    const end = (): void => {
      const bytes = stretch.map(({ byte }) => byte)
      const plain = bytes.filter(
        (byte) => byte >= 0x80 || /[A-Za-z0-9\s]/.test(String.fromCharCode(byte)),
      ).length
      if (bytes.length >= 8 && plain >= 6 && plain * 5 >= bytes.length * 2) {
        const [first, last] = [stretch[0]?.bit ?? 0, stretch.at(-1)?.bit ?? 0]
        found.push({
          text: Buffer.from(bytes).toString('utf8'),
          how,
          start: placeOf(first),
          end: placeOf(last + width) + 1,
        })
      }
      stretch = []
      owed = 0
    }
    for (let bit = 0; bit + 8 <= bits.length; bit += 8) {
      const byte = Number.parseInt(bits.slice(bit, bit + 8), 2)
      const isNext = owed > 0 && byte >= 0x80 && byte < 0xc0
      if (owed > 0 && !isNext) end()
      if (isNext) owed--
      else if (byte === 0) continue
      else if (byte >= 0xc2 && byte <= 0xf4) owed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
      else if (byte >= 0x7f || !/[\t\n\r -~]/.test(String.fromCharCode(byte))) {
        end()
        continue
      }
      stretch.push({ byte, bit })
    }
    end()
  }
}

function runsOf(text: string, pattern: RegExp): { readonly at: number; readonly run: string }[] {
  return [...text.matchAll(pattern)].map((match) => ({ at: match.index, run: match[0] }))
}

function placesOf(run: string, one: RegExp): number[] {
  return Array.from({ length: run.length }, (_, index) => index).filter((index) =>
    one.test(run.charAt(index)),
  )
}

/** Hosts and ids in a text without addresses of mail, and where they stand. */
export function slowHostsAndIds(text: string): [number, number][] {
  const found: [number, number][] = []
  for (const { at, run } of runsOf(text, /[-A-Za-z0-9_/:?#=&+%~.@\u0080-\uffff]+/g)) {
    if (!/[.@]/.test(run)) {
      const plain = run.replace(/[^A-Za-z0-9]/g, '')
      const isId = /^[A-Za-z0-9][A-Za-z0-9_-]{6,38}$/.test(run) && plain.length >= 8
      const isMixed = /[A-Za-z]/.test(plain) && !/^[0-9]+[a-z]{1,2}$/i.test(plain)
      if (isId && isMixed && plain.replace(/[^0-9]/g, '').length >= 3) found.push([at, at + run.length])
      continue
    }
    const part = run.slice(0, 256)
    const scheme = part.indexOf('://')
    const from = scheme < 0 ? 0 : scheme + 3
    const host = /^[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/.exec(part.slice(from, from + 100))?.[0]
    if (host === undefined) continue
    const units = Uint16Array.from(host, (character) => character.charCodeAt(0))
    if (isTellingHost(host, units, 0, host.length, scheme >= 0)) {
      found.push([at + from, at + from + host.length])
    }
  }
  return found
}

/** Without the numbers of its lines, if at least three have one. */
export function slowWithoutLineNumbers(text: string): string | undefined {
  const numbers = /^[ \t]{0,8}[0-9]{1,4}[ \t]{0,8}[.):,;|-]/gm
  if (!text.includes('\n') || (text.match(numbers)?.length ?? 0) < 3) return undefined
  return text.replace(numbers, '')
}

/** Does what ends here and begins there look like one encoding? */
export function slowIsCutCode(left: string, right: string): boolean {
  const [end, start] = [left.slice(-24), right.slice(0, 24)]
  if (/[%&\\]/.test(end + start)) return true
  return [/[A-Za-z0-9+/=_-]*/, /[0-9a-fA-F\s:,-]*/].some(({ source }) => {
    const joined =
      (new RegExp(`${source}$`).exec(end)?.[0] ?? '') + (new RegExp(`^${source}`).exec(start)?.[0] ?? '')
    return joined.length >= 12 && /(?:[0-9]|[a-z][A-Z]).*(?:[0-9]|[a-z][A-Z])/s.test(joined)
  })
}

const KNOWN = new Map<string, number>([
  ...[...TECHNICAL_WORDS].map((word) => [word, 7] as const),
  ...[...COMMON_WORDS].map((word) => [word, word.length <= 4 ? 2.5 : 4] as const),
])

/** What a word of lower case says as it is, or without its ending. */
export function slowKnownBits(word: string): number {
  const endings: readonly (readonly [string, number])[] = [
    ['ing', 6],
    ['ed', 5],
    ['ly', 5],
    ['es', 5],
    ['s', 0],
  ]
  const ending = endings.find(([one, longer]) => word.endsWith(one) && word.length > longer)?.[0] ?? ''
  return KNOWN.get(word) ?? KNOWN.get(word.slice(0, word.length - ending.length)) ?? 0
}
