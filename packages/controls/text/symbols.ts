import { isPrintable } from './decode.ts'

/** More digits than this are not read: 64 Ki of them are 8 KiB of text. */
const MAX_SYMBOLS = 65_536
const MAX_BASE = 8

/**
 * Reads a row of invisible characters as digits, the way the common encoders write them: two symbols as bits (8, 7 or
 * 16 to a character, either one as 0), one more that parts characters, or four and more as digits of their base, in the
 * order of their code points or, for up to four, in any.
 *
 * Gives the most readable text, or nothing: ciphers and compressed text stay unread.
 */
export function readSymbols(codes: readonly number[]): string | undefined {
  const row = codes.length > MAX_SYMBOLS ? codes.slice(0, MAX_SYMBOLS) : codes
  let best: string | undefined
  let bestScore = 0.5
  // Beside a joiner that belongs to its word, a message seems to have one digit more.
  for (const part of [row, row.slice(1), row.slice(0, -1)]) {
    const symbols = [...new Set(part)].sort((one, other) => one - other)
    if (symbols.length < 2 || symbols.length > MAX_BASE) continue
    for (const text of candidates(part, symbols)) {
      const score = readability(text)
      if (score <= bestScore) continue
      best = text
      bestScore = score
      if (score > 0.95) return best
    }
  }
  return best
}

function* candidates(row: readonly number[], symbols: readonly number[]): Generator<string> {
  const read = function* (alphabet: readonly number[]) {
    for (const bits of [8, 7, 16]) {
      const text = fixedWidth(row, alphabet, digitsFor(alphabet.length, bits))
      if (text !== undefined) yield text
    }
  }
  if (symbols.length <= 4) {
    if (symbols.length > 2) {
      for (const parter of symbols) yield* parted(row, symbols, parter)
    }
    // A digit that the message does not happen to need is still a digit of the alphabet.
    for (const alphabet of orders(symbols)) yield* read(alphabet)
    if (symbols.length === 3) {
      for (const alphabet of orders([...symbols, -1])) yield* read(alphabet)
    }
  } else {
    yield* read(symbols)
    for (let base = symbols.length + 1; base <= MAX_BASE; base++) {
      const known = [0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xfeff]
      const alphabet = [...new Set([...symbols, ...known])].sort((one, other) => one - other).slice(0, base)
      if (symbols.every((symbol) => alphabet.includes(symbol))) yield* read(alphabet)
    }
  }
  if (symbols.length === 2) {
    const backwards = fixedWidth(row, symbols, 8, 'least first')
    if (backwards !== undefined) yield backwards
  }
}

const digitsFor = (base: number, bits: number) => Math.ceil(bits / Math.log2(base) - 1e-9)

/** Characters of a fixed number of digits each; nothing as soon as one is not printable. */
function fixedWidth(
  row: readonly number[],
  alphabet: readonly number[],
  width: number,
  order: 'most first' | 'least first' = 'most first',
): string | undefined {
  const values = new Map(alphabet.map((symbol, value) => [symbol, value]))
  const base = alphabet.length
  let text = ''
  for (let at = 0; at + width <= row.length; at += width) {
    let code = 0
    for (let digit = 0; digit < width; digit++) {
      const place = order === 'most first' ? at + digit : at + width - 1 - digit
      code = code * base + (values.get(row[place] ?? -2) ?? 0)
    }
    if (!isReadable(code)) return undefined
    text += String.fromCharCode(code)
  }
  return text === '' ? undefined : text
}

/** One symbol parts the others, which are bits: of a character each, or of all of them. */
function* parted(row: readonly number[], symbols: readonly number[], parter: number): Generator<string> {
  const groups: number[][] = [[]]
  for (const symbol of row) {
    if (symbol === parter) groups.push([])
    else groups.at(-1)?.push(symbol)
  }
  const filled = groups.filter((group) => group.length > 0)
  const bits = symbols.filter((symbol) => symbol !== parter)
  for (const alphabet of orders(bits)) {
    const texts = filled.map((group) =>
      group.length <= 16
        ? fixedWidth(group, alphabet, group.length)
        : (fixedWidth(group, alphabet, 8) ?? fixedWidth(group, alphabet, 7)),
    )
    if (texts.every((text) => text !== undefined)) yield texts.join('')
  }
}

/** All orders of up to four symbols, theirs first. */
function* orders(symbols: readonly number[]): Generator<readonly number[]> {
  if (symbols.length < 2) {
    yield symbols
    return
  }
  for (const [at, first] of symbols.entries()) {
    for (const rest of orders(symbols.toSpliced(at, 1))) yield [first, ...rest]
  }
}

const isReadable = (code: number) =>
  (code >= 0x20 && code < 0x7f) || code === 9 || code === 10 || code === 13 || (code >= 0xc0 && code < 0xfff0)

/** From 0 to 1: how much of a text is letters and spaces, lower-case and ASCII above all. */
function readability(text: string): number {
  if (!isPrintable(text)) return 0
  let points = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if ((code >= 0x61 && code <= 0x7a) || code === 0x20) points += 1
    else if (code < 0x7f) points += 0.6
    else points += 0.3
  }
  return points / text.length
}
