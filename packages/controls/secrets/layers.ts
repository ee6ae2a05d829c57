/**
 * What stands in a text behind Base64, hex, percent-encoding or `\u` escapes, as far as it is text again: a value that was
 * encoded twice hides from a search for what it looks like when it is encoded once.
 *
 * ASCII shows through Base64 (RFC 4648): the top bit of each byte is 0, so of each four characters three can be only half of the
 * alphabet. Stretches without that are pictures, digests and words, and are not decoded. Costs about a nanosecond a character of
 * what is of such an alphabet, nothing of prose. Cannot know: other codings, and Base64 whose lines were broken within the value.
 */

/** A stretch of a text and what it stands for. */
export type DecodedVisitor = (start: number, end: number, decoded: string) => void

/**
 * Calls back for each stretch that stands for at least `leastChars` characters of ASCII; white space around and the zero bytes of
 * UTF-16 are no part of `decoded`.
 *
 * @example visitDecoded('say Y29ycmVjdC1ob3JzZS05', 8, (start, end, decoded) => decoded) // once, with 'correct-horse-9'
 */
export function visitDecoded(text: string, leastChars: number, visit: DecodedVisitor): void {
  const { length } = text
  const [leastRun, leastHex] = [Math.ceil((leastChars * 4) / 3), leastChars * 2]
  let run = nextRun(text, 0, length, ANY, leastRun)
  for (; run !== undefined; run = nextRun(text, run.end + 1, length, ANY, leastRun)) {
    visitBase64(text, run, leastChars, visit)
    const { start, end } = run
    let hex = nextRun(text, start, end, HEX, leastHex)
    for (; hex !== undefined; hex = nextRun(text, hex.end + 1, end, HEX, leastHex))
      visitHex(text, hex, leastChars, visit)
  }
  visitEscaped(text, leastChars, visit)
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
for (const [at, character] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries()) {
  // The bits of three bytes, of which the highest are 0, in four characters of six bits.
  const code = ANY | (at < 32 ? FIRST : 0) | ((at & 8) === 0 ? SECOND : 0) | ((at & 2) === 0 ? THIRD : 0)
  CODE[character.charCodeAt(0)] = code
  if (character === '+') CODE['-'.charCodeAt(0)] = code
  if (character === '/') CODE['_'.charCodeAt(0)] = code
}
for (const digit of '0123456789abcdefABCDEF') {
  const at = digit.charCodeAt(0)
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
function visitBase64(text: string, { start, end }: Run, leastChars: number, visit: DecodedVisitor): void {
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
      if (to - from >= step) stretch(text, start, end, from, to, visit)
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

/** With a four on each side: a part of each may belong to it. */
function stretch(
  text: string,
  runStart: number,
  runEnd: number,
  from: number,
  to: number,
  visit: DecodedVisitor,
): void {
  const start = from - 4 >= runStart ? from - 4 : from
  const end = Math.min(runEnd, to + 4)
  visit(start, end, plain(Buffer.from(text.slice(start, end), 'base64')))
}

function visitHex(text: string, { start, end }: Run, leastChars: number, visit: DecodedVisitor): void {
  for (const first of [start, start + 1]) {
    let from = first
    for (let at = first; ; at += 2) {
      if (at + 1 < end && (codeAt(text, at) & HIGH) !== 0) continue
      if ((at - from) / 2 >= leastChars) visit(from, at, plain(Buffer.from(text.slice(from, at), 'hex')))
      if (at + 1 >= end) break
      from = at + 2
    }
  }
}

/** UTF-16 of ASCII, as PowerShell encodes its commands, is ASCII with zeros between. */
function plain(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}

const PERCENT = 0x25
const BACKSLASH = 0x5c

/** Words with `%41`, `\u0041` or `\x41` in them. */
function visitEscaped(text: string, leastChars: number, visit: DecodedVisitor): void {
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
      const decoded = unescaped(word)
      if (decoded !== word) visit(start, end, decoded)
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
