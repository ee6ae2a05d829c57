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
  runs(text, SEXTETS, MIN_SEXTETS, MIN_MARKS, (values, places, count) => {
    for (let offset = 0; offset < 4; offset++) base64At(values, places, count, offset, found)
  })
  // As programs write numbers; the places stay the same.
  const plain = text.includes('0x') ? text.replace(/0x(?=[0-9a-f]{2})/gi, '  ') : text
  runs(plain, NIBBLES, MIN_NIBBLES, 0, (values, places, count) => {
    for (let offset = 0; offset < 2; offset++) hexAt(values, places, count, offset, found)
  })
  return found
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
  readonly #bytes: number[] = []
  #count = 0
  #from = 0
  #to = 0
  /** Bytes of a character that are still to come. */
  #owed = 0

  constructor(how: 'base64' | 'hex', places: Int32Array, found: DecodedText[]) {
    this.#how = how
    this.#places = places
    this.#found = found
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
    const bytes = Uint8Array.from(this.#bytes.slice(0, count))
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
