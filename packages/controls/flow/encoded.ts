/**
 * Texts that hide in base64 (both alphabets, with or without padding, in lines, at any offset of a longer encoded text) and in hex
 * (in pairs with spaces, colons or dashes between them).
 *
 * Nothing has to be recognised as encoded: everything that can be read as such is read, and what comes out as text is kept.
 * Linear: every character is decoded four times as base64 and twice as hex.
 */

export interface DecodedText {
  readonly text: string
  readonly how: 'base64' | 'hex'
  /** Where its encoding stands in the text that was given. */
  readonly start: number
  readonly end: number
}

/** Below this nothing could be matched. */
const MIN_BYTES = 8
const MIN_SEXTETS = 12
const MIN_NIBBLES = 16

const OTHER = 255
const SPACE = 254
const SEXTETS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/\s/.test(character)) return SPACE
  const value = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(character)
  if (value >= 0) return value
  return character === '-' ? 62 : character === '_' ? 63 : OTHER
})
const NIBBLES: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[\s:,-]/.test(character)) return SPACE
  const value = '0123456789abcdef'.indexOf(character.toLowerCase())
  return value >= 0 ? value : OTHER
})

/** @example decodedTexts('id=c2VjcmV0IGNvZGU=') // [{ text: 'secret code', how: 'base64', start: 3, end: 18 }] */
export function decodedTexts(text: string): DecodedText[] {
  if (text.length < MIN_SEXTETS) return []
  const found: DecodedText[] = []
  const { base64, hex } = mayEncode(text)
  if (base64)
    runs(text, SEXTETS, MIN_SEXTETS, MIN_MARKS, (values, places, count) => {
      for (let offset = 0; offset < 4; offset++) base64At(values, places, count, offset, found)
    })
  // As programs write numbers; the places stay the same.
  const isWritten = text.includes('0x')
  if (!hex && !isWritten) return found
  const plain = isWritten ? text.replace(/0x(?=[0-9a-f]{2})/gi, '  ') : text
  runs(plain, NIBBLES, MIN_NIBBLES, 0, (values, places, count) => {
    for (let offset = 0; offset < 2; offset++) hexAt(values, places, count, offset, found)
  })
  return found
}

const SEXTET = 1
const MARK = 2
const CAPITAL = 4
const NIBBLE = 8
const BREAKS_SEXTETS = 16
const BREAKS_NIBBLES = 32
/** What each character is to either alphabet, so that one look at a text says whether it has to be read in any. */
const KINDS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const [sextet = OTHER, nibble = OTHER] = [SEXTETS[code], NIBBLES[code]]
  return (
    (sextet < 64 ? SEXTET : 0) |
    (sextet >= 52 && sextet < 64 ? MARK : 0) |
    (sextet < 26 ? CAPITAL : 0) |
    (nibble < 16 ? NIBBLE : 0) |
    (sextet === OTHER ? BREAKS_SEXTETS : 0) |
    (nibble === OTHER ? BREAKS_NIBBLES : 0)
  )
})

/** Is there a run that is long enough, and for base64 mixed enough? Most texts are prose, in which there is none. */
function mayEncode(text: string): { readonly base64: boolean; readonly hex: boolean } {
  let base64 = false
  let hex = false
  let sextets = 0
  let marks = 0
  let nibbles = 0
  let before = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    const kind = code < 128 ? (KINDS[code] ?? 0) : isSpace(code) ? 0 : BREAKS_SEXTETS | BREAKS_NIBBLES
    if ((kind & SEXTET) !== 0) {
      sextets++
      if ((kind & MARK) !== 0 || ((kind & CAPITAL) !== 0 && (before & SEXTET) !== 0)) marks++
      if (marks >= MIN_MARKS && sextets >= MIN_SEXTETS) base64 = true
    } else if ((kind & BREAKS_SEXTETS) !== 0) {
      sextets = 0
      marks = 0
    }
    if ((kind & NIBBLE) !== 0) {
      if (++nibbles >= MIN_NIBBLES) hex = true
    } else if ((kind & BREAKS_NIBBLES) !== 0) nibbles = 0
    if (base64 && hex) break
    before = kind
  }
  return { base64, hex }
}

/** Calls back with every run of characters of an alphabet, white space within it left out. */
function runs(
  text: string,
  alphabet: Uint8Array,
  least: number,
  leastMarks: number,
  take: (values: Uint8Array, places: Int32Array, count: number) => void,
): void {
  const isLarge = text.length > ROOM
  const values = isLarge ? new Uint8Array(text.length) : VALUES
  const places = isLarge ? new Int32Array(text.length) : PLACES
  let count = 0
  // Prose has hardly any capital or digit within its words; base64 of anything has.
  let marks = 0
  let before = SPACE
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : 0
    const value = code < 128 ? (alphabet[code] ?? OTHER) : isSpace(code) ? SPACE : OTHER
    if (value < 64) {
      if (value >= 52 || (value < 26 && before < 64)) marks++
      values[count] = value
      places[count++] = index
    } else if (value === OTHER) {
      if (count >= least && marks >= leastMarks) take(values, places, count)
      count = 0
      marks = 0
    }
    before = value
  }
}

const MIN_MARKS = 2
/** Room that is used again and again; what is larger is not kept. */
const ROOM = 16_384
const VALUES = new Uint8Array(ROOM)
const PLACES = new Int32Array(ROOM)
const BYTES = new Uint8Array(ROOM)

/** White space outside ASCII, and what has no width. */
function isSpace(code: number): boolean {
  return (
    code === 0xa0 ||
    (code >= 0x2000 && code <= 0x200f) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x3000 ||
    code === 0xfeff
  )
}

function base64At(
  values: Uint8Array,
  places: Int32Array,
  count: number,
  offset: number,
  found: DecodedText[],
) {
  const readable = new Readable('base64', places, found)
  let index = offset
  for (; index + 3 < count; index += 4) {
    const quad =
      ((values[index] ?? 0) << 18) |
      ((values[index + 1] ?? 0) << 12) |
      ((values[index + 2] ?? 0) << 6) |
      (values[index + 3] ?? 0)
    readable.take(quad >>> 16, index, index + 1)
    readable.take((quad >>> 8) & 255, index + 1, index + 2)
    readable.take(quad & 255, index + 2, index + 3)
  }
  const left = count - index
  if (left >= 2) {
    readable.take(((values[index] ?? 0) << 2) | ((values[index + 1] ?? 0) >>> 4), index, index + 1)
    if (left === 3) {
      readable.take(
        (((values[index + 1] ?? 0) & 15) << 4) | ((values[index + 2] ?? 0) >>> 2),
        index + 1,
        index + 2,
      )
    }
  }
  readable.end()
}

function hexAt(values: Uint8Array, places: Int32Array, count: number, offset: number, found: DecodedText[]) {
  const readable = new Readable('hex', places, found)
  for (let index = offset; index + 1 < count; index += 2) {
    readable.take(((values[index] ?? 0) << 4) | (values[index + 1] ?? 0), index, index + 1)
  }
  readable.end()
}

/** Collects bytes as long as they are text: printable ASCII, or bytes of UTF-8. Zeros between them are UTF-16's. */
class Readable {
  readonly #how: 'base64' | 'hex'
  readonly #places: Int32Array
  readonly #found: DecodedText[]
  /** One text at a time is read. */
  readonly #bytes: Uint8Array
  #count = 0
  #from = 0
  #to = 0
  /** Bytes of a character that are still to come. */
  #owed = 0

  constructor(how: 'base64' | 'hex', places: Int32Array, found: DecodedText[]) {
    this.#how = how
    this.#places = places
    this.#found = found
    this.#bytes = places.length > ROOM ? new Uint8Array(places.length) : BYTES
  }

  take(byte: number, from: number, to: number): void {
    if (this.#owed > 0) {
      if ((byte & 0xc0) === 0x80) {
        this.#owed--
        this.#add(byte, from, to)
        return
      }
      this.end()
    }
    if (byte === 0) return
    if (byte >= 0x80) {
      if (byte < 0xc2 || byte > 0xf4) {
        this.end()
        return
      }
      this.#owed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
    } else if (byte === 0x7f || (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13)) {
      this.end()
      return
    }
    this.#add(byte, from, to)
  }

  #add(byte: number, from: number, to: number): void {
    if (this.#count === 0) this.#from = from
    this.#to = to
    this.#bytes[this.#count++] = byte
  }

  end(): void {
    const count = this.#count
    this.#count = 0
    this.#owed = 0
    if (count < MIN_BYTES) return
    const bytes = this.#bytes.subarray(0, count)
    if (!isPlausible(bytes)) return
    this.#found.push({
      text: Buffer.from(bytes).toString('utf8'),
      how: this.#how,
      start: this.#places[this.#from] ?? 0,
      end: (this.#places[this.#to] ?? 0) + 1,
    })
  }
}

/** What chance makes of letters is mostly punctuation; texts, keys and further encodings are not. */
function isPlausible(bytes: Uint8Array): boolean {
  let plain = 0
  for (const byte of bytes) if (byte >= 0x80 || (ALNUM[byte] ?? 0) === 1) plain++
  return plain >= MIN_BYTES - 2 && plain * 5 >= bytes.length * 2
}
const ALNUM: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9\s]/.test(String.fromCharCode(code)) ? 1 : 0,
)
