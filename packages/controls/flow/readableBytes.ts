/** A stretch of bytes that is text. */
export interface ReadableBytes {
  /** Without the zeros that stand between the bytes of UTF-16. Good until more is read. */
  readonly bytes: Uint8Array
  /** Its first byte and its last, among all. */
  readonly first: number
  readonly last: number
}

/** Below this nothing could be matched. */
export const MIN_READABLE = 8

/** What a byte does: how many bytes of its character are still owed, whether it counts, and whether what was before it goes on. */
const OWED = 3
const COUNTS = 4
const KEEPS = 8

/**
 * For each byte after each number of bytes that are owed: text is printable ASCII, or UTF-8. Zeros count as nothing. Whatever else
 * comes ends the stretch, and so does a character that is not finished, after which the byte begins a new one.
 */
const STEPS: Uint8Array = Uint8Array.from({ length: 4 * 256 }, (_, index) => {
  const [owed, byte] = [index >>> 8, index & 255]
  if (owed > 0 && (byte & 0xc0) === 0x80) return (owed - 1) | KEEPS | COUNTS
  const keeps = owed > 0 ? 0 : KEEPS
  if (byte === 0) return keeps
  if (byte >= 0xc2 && byte <= 0xf4) return (byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3) | keeps | COUNTS
  const isText = byte < 0x7f && (byte >= 0x20 || byte === 9 || byte === 10 || byte === 13)
  return isText ? keeps | COUNTS : 0
})

/** Before any byte. */
export const UNREAD = 0
/** From here on a stretch was long enough. */
export const READABLE = MIN_READABLE * COUNTS

/**
 * What is known of bytes after one more of them: a number that is `READABLE` or more for good once there was a stretch of text.
 * Most of what is decoded is none, and this finds out without a branch.
 */
export function readOn(known: number, byte: number): number {
  const step = STEPS[((known & OWED) << 8) | byte] ?? 0
  const keeps = -(step >>> 3) | ((READABLE - 1 - known) >> 31)
  return (known & ~OWED & keeps) + (step & (OWED | COUNTS))
}

/** Calls back with every stretch of text among the first `length` bytes. */
export function readableIn(bytes: Uint8Array, length: number, take: (found: ReadableBytes) => void): void {
  let owed = 0
  let count = 0
  // Where the stretch begins.
  let from = 0
  for (let at = 0; at < length; at++) {
    const step = STEPS[(owed << 8) | (bytes[at] ?? 0)] ?? 0
    owed = step & OWED
    if ((step & KEEPS) === 0) {
      if (count >= MIN_READABLE) give(bytes, from, at, count, take)
      from = at
      count = 0
    }
    if ((step & COUNTS) !== 0) count++
    else if (count === 0) from = at + 1
  }
  if (count >= MIN_READABLE) give(bytes, from, length, count, take)
}

function give(
  bytes: Uint8Array,
  from: number,
  to: number,
  count: number,
  take: (found: ReadableBytes) => void,
): void {
  let [first, last] = [from, to - 1]
  while (bytes[first] === 0) first++
  while (bytes[last] === 0) last--
  const all = bytes.subarray(first, last + 1)
  const found = count === all.length ? all : all.filter((byte) => byte !== 0)
  if (isPlausible(found)) take({ bytes: found, first, last })
}

/** What chance makes of letters is mostly punctuation; texts, keys and further encodings are not. */
function isPlausible(bytes: Uint8Array): boolean {
  let plain = 0
  for (const byte of bytes) plain += byte >= 0x80 ? 1 : (IS_PLAIN[byte] ?? 0)
  return plain >= MIN_READABLE - 2 && plain * 5 >= bytes.length * 2
}
const IS_PLAIN: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9\s]/.test(String.fromCharCode(code)) ? 1 : 0,
)
