/**
 * What stands in a text behind Base64, hex, percent-encoding or `\u` escapes, as far as it is text again: a value that was
 * encoded twice hides from a search for what it looks like when it is encoded once.
 *
 * ASCII shows through Base64 (RFC 4648): the top bit of each byte is 0, so of each four characters three can be only half of the
 * alphabet. Stretches without that are pictures, digests and words, and are not decoded. All stretches of a text are decoded into
 * one: texts made of very many short ones cost no more than long ones. Costs nothing of prose. Cannot know: other codings, and
 * Base64 whose lines were broken within the value.
 */

/** All that the stretches of a text stand for, one after another, each behind a line break of its own. */
export interface DecodedLayer {
  readonly text: string
  /** Calls back with each stretch of the encoded text that a part of `text` came from. */
  visitSources(start: number, end: number, visit: (start: number, end: number) => void): void
}

/**
 * What the stretches that stand for at least `leastChars` characters of ASCII stand for; white space around and the zero
 * bytes of UTF-16 are no part of it. `undefined` where there is none.
 *
 * @example decodedLayer('say Y29ycmVjdC1ob3JzZS05', 8)?.text.includes('correct-horse-9') // true
 */
export function decodedLayer(text: string, leastChars: number): DecodedLayer | undefined {
  const { length } = text
  const decoded = new Decoded(text, leastChars)
  const [leastRun, leastHex] = [Math.ceil((leastChars * 4) / 3), leastChars * 2]
  let run = nextRun(text, 0, length, ANY, leastRun)
  for (; run !== undefined; run = nextRun(text, run.end + 1, length, ANY, leastRun)) {
    decodeBase64(text, run, leastChars, decoded)
    const { start, end } = run
    let hex = nextRun(text, start, end, HEX, leastHex)
    for (; hex !== undefined; hex = nextRun(text, hex.end + 1, end, HEX, leastHex))
      decodeHex(text, hex, leastChars, decoded)
  }
  decodeEscaped(text, leastChars, decoded)
  return decoded.layer()
}

const FIRST = 1
const SECOND = 2
const THIRD = 4
const ANY = 8
const HEX = 16
/** The first digit of a byte below 0x80. */
const HIGH = 32

/** For every UTF-16 unit: a look beyond the end of a table costs more than the table. */
const CODE = new Uint8Array(0x10000)
/** What a character of Base64 stands for, and a digit of hex. */
const SIX_BITS = new Uint8Array(0x10000)
const DIGIT = new Uint8Array(0x10000)
for (const [at, character] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries()) {
  // The bits of three bytes, of which the highest are 0, in four characters of six bits.
  const code = ANY | (at < 32 ? FIRST : 0) | ((at & 8) === 0 ? SECOND : 0) | ((at & 2) === 0 ? THIRD : 0)
  for (const written of character === '+' ? '+-' : character === '/' ? '/_' : character) {
    CODE[written.charCodeAt(0)] = code
    SIX_BITS[written.charCodeAt(0)] = at
  }
}
for (const digit of '0123456789abcdefABCDEF') {
  const at = digit.charCodeAt(0)
  DIGIT[at] = Number.parseInt(digit, 16)
  CODE[at] = (CODE[at] ?? 0) | HEX | (digit < '8' ? HIGH : 0)
}

interface Run {
  readonly start: number
  readonly end: number
}

/**
 * The next run of characters of one kind before `to`. Looks at every so many characters first: where one is of another kind, no
 * long run is around it.
 */
function nextRun(text: string, from: number, to: number, kind: number, leastRun: number): Run | undefined {
  let least = from
  for (let at = from + leastRun - 1; at < to; ) {
    let start = at
    while (start >= least && (codeAt(text, start) & kind) !== 0) start--
    if (start >= least) {
      least = start + 1
      at = start + leastRun
      continue
    }
    let end = at + 1
    while (end < to && (codeAt(text, end) & kind) !== 0) end++
    return { start: least, end }
  }
  return undefined
}

function codeAt(text: string, at: number): number {
  return CODE[text.charCodeAt(at)] as number
}

/**
 * Where the encoded begins within the run nobody knows: each of the four ways to cut it into fours is followed. Of as many fours
 * as there must be in a row one is looked at first.
 */
function decodeBase64(text: string, { start, end }: Run, leastChars: number, decoded: Decoded): void {
  // So many whole fours that the characters fill, wherever they begin.
  const step = Math.max(2, Math.floor((leastChars - 2) / 3)) * 4
  for (let first = start; first < start + 4; first++) {
    let low = first
    for (let at = first + step - 4; at + 2 < end; ) {
      if (!isAscii(text, at)) {
        low = at + 4
        at += step
        continue
      }
      let from = at
      while (from - 4 >= low && isAscii(text, from - 4)) from -= 4
      let to = at + 4
      while (to + 2 < end && isAscii(text, to)) to += 4
      // With a four on each side: a part of each may belong to it.
      if (to - from >= step) decoded.addBase64(from - 4 >= start ? from - 4 : from, Math.min(end, to + 4))
      low = to + 4
      at = to + step
    }
  }
}

function isAscii(text: string, at: number): boolean {
  return (
    (codeAt(text, at) & FIRST) !== 0 &&
    (codeAt(text, at + 1) & SECOND) !== 0 &&
    (codeAt(text, at + 2) & THIRD) !== 0
  )
}

function decodeHex(text: string, { start, end }: Run, leastChars: number, decoded: Decoded): void {
  for (const first of [start, start + 1]) {
    let from = first
    for (let at = first; ; at += 2) {
      if (at + 1 < end && (codeAt(text, at) & HIGH) !== 0) continue
      if ((at - from) / 2 >= leastChars) decoded.addHex(from, at)
      if (at + 1 >= end) break
      from = at + 2
    }
  }
}

const FIRST_BYTES = 1024
/** Belongs to no alphabet and to no word, so nothing is read across it. */
const BREAK = 0x0a

/** Collects what stretches of a text stand for. Of bytes first, then of words, which can have characters that are no bytes. */
class Decoded {
  readonly #text: string
  readonly #leastChars: number
  #bytes: Buffer | undefined
  #length = 0
  #words = ''
  /** Where each begins in what is decoded, and which stretch it is: three numbers each. */
  readonly #stretches: number[] = []

  constructor(text: string, leastChars: number) {
    this.#text = text
    this.#leastChars = leastChars
  }

  addBase64(start: number, end: number): void {
    const text = this.#text
    const bytes = this.#room(end - start)
    let length = this.#length
    for (let at = start; at + 1 < end; at += 4) {
      const bits =
        (sixBits(text, at) << 18) |
        (sixBits(text, at + 1) << 12) |
        (at + 2 < end ? sixBits(text, at + 2) << 6 : 0) |
        (at + 3 < end ? sixBits(text, at + 3) : 0)
      // UTF-16 of ASCII, as PowerShell encodes its commands, is ASCII with zeros between. What is written over is not there.
      bytes[length] = bits >>> 16
      if (bits >>> 16 !== 0) length++
      const second = (bits >>> 8) & 0xff
      bytes[length] = second
      if (second !== 0 && at + 2 < end) length++
      const third = bits & 0xff
      bytes[length] = third
      if (third !== 0 && at + 3 < end) length++
    }
    this.#keep(start, end, bytes, length)
  }

  addHex(start: number, end: number): void {
    const bytes = this.#room(end - start)
    let length = this.#length
    for (let at = start; at < end; at += 2) {
      const byte = (digit(this.#text, at) << 4) | digit(this.#text, at + 1)
      bytes[length] = byte
      if (byte !== 0) length++
    }
    this.#keep(start, end, bytes, length)
  }

  /** After all others. */
  addWord(start: number, end: number, decoded: string): void {
    this.#stretches.push(this.#length + this.#words.length, start, end)
    this.#words += `${decoded}\n`
  }

  layer(): DecodedLayer | undefined {
    const stretches = this.#stretches
    if (stretches.length === 0) return undefined
    const text = (this.#bytes?.toString('latin1', 0, this.#length) ?? '') + this.#words
    return { text, visitSources: (start, end, visit) => visitSources(stretches, start, end, visit) }
  }

  /** What is too short for what is looked for is taken back. */
  #keep(start: number, end: number, bytes: Buffer, length: number): void {
    if (length - this.#length < this.#leastChars) return
    this.#stretches.push(this.#length, start, end)
    bytes[length] = BREAK
    this.#length = length + 1
  }

  #room(chars: number): Buffer {
    const needed = this.#length + chars + 2
    const bytes = this.#bytes
    if (bytes !== undefined && needed <= bytes.length) return bytes
    const larger = Buffer.allocUnsafe(Math.max(FIRST_BYTES, needed, (bytes?.length ?? 0) * 2))
    bytes?.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
    return larger
  }
}

function sixBits(text: string, at: number): number {
  return SIX_BITS[text.charCodeAt(at)] as number
}

function digit(text: string, at: number): number {
  return DIGIT[text.charCodeAt(at)] as number
}

function visitSources(
  stretches: readonly number[],
  start: number,
  end: number,
  visit: (start: number, end: number) => void,
): void {
  let [low, high] = [0, stretches.length / 3]
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((stretches[middle * 3] as number) <= start) low = middle
    else high = middle
  }
  for (let at = low * 3; at < stretches.length && (stretches[at] as number) < end; at += 3)
    visit(stretches[at + 1] as number, stretches[at + 2] as number)
}

const PERCENT = 0x25
const BACKSLASH = 0x5c

/** Words with `%41`, `\u0041` or `\x41` in them. */
function decodeEscaped(text: string, leastChars: number, decoded: Decoded): void {
  let at = 0
  let percent = nextMark(text, 0, '%')
  let backslash = nextMark(text, 0, '\\')
  while (percent !== -1 || backslash !== -1) {
    const mark = percent === -1 ? backslash : backslash === -1 ? percent : Math.min(percent, backslash)
    let start = mark
    while (start > at && !isEdge(text.charCodeAt(start - 1))) start--
    let end = mark
    while (end < text.length && !isEdge(text.charCodeAt(end))) end++
    if (end - start >= leastChars) {
      const word = text.slice(start, end)
      const plain = unescaped(word)
      if (plain !== word) decoded.addWord(start, end, plain)
    }
    at = end + 1
    if (percent !== -1 && percent < at) percent = nextMark(text, at, '%')
    if (backslash !== -1 && backslash < at) backslash = nextMark(text, at, '\\')
  }
}

/** The next escape. A text of the other kind alone is not looked through for each of them. */
function nextMark(text: string, from: number, sign: '%' | '\\'): number {
  for (let at = text.indexOf(sign, from); at !== -1; at = text.indexOf(sign, at + 1)) {
    const next = text.charCodeAt(at + 1)
    if (sign === '\\' ? next === 0x75 || next === 0x78 : (CODE[next] ?? 0) & HEX) return at
  }
  return -1
}

/** White space and quotes end a word. */
function isEdge(code: number): boolean {
  return code <= 0x20 || code === 0x22 || code === 0x27 || code === 0x3c || code === 0x3e || code === 0x60
}

/** Each escape for itself: one that is broken must not hide the others. */
function unescaped(word: string): string {
  let out = ''
  let from = 0
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at)
    if (code !== PERCENT && code !== BACKSLASH) continue
    const [skip, digits] =
      code === PERCENT ? [1, 2] : word[at + 1] === 'u' ? [2, 4] : word[at + 1] === 'x' ? [2, 2] : [0, 0]
    if (digits === 0) continue
    const value = hexValue(word, at + skip, digits)
    if (value === undefined) continue
    out += word.slice(from, at) + String.fromCharCode(value)
    at += skip + digits - 1
    from = at + 1
  }
  return from === 0 ? word : out + word.slice(from)
}

function hexValue(text: string, at: number, digits: number): number | undefined {
  if (at + digits > text.length) return undefined
  for (let digit = 0; digit < digits; digit++) if ((codeAt(text, at + digit) & HEX) === 0) return undefined
  return Number.parseInt(text.slice(at, at + digits), 16)
}
