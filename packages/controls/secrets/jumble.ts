/**
 * Is a text a jumble that somebody's generator made, or something that people wrote?
 */

/**
 * Does a value look as if it came from a random generator? Counts how often letters of either case and digits follow
 * one another: words, paths and identifiers rarely change, however long they are. What has no digit, or nothing else, is
 * never a jumble.
 *
 * @example isJumble('q7Rm2xZp9LdK4vTn') // true
 * @example isJumble('process.env.STRIPE_KEY') // false
 */
export function isJumble(text: string): boolean {
  if (text.length < MIN_JUMBLE) return false
  let changes = 0
  let length = 0
  let digits = 0
  let last = 0
  const seen = new Distinct()
  for (let at = 0; at < text.length && at < MAX_LOOK; at++) {
    const code = text.charCodeAt(at)
    const kind = kindOf(code)
    if (kind === 0) continue
    length++
    seen.add(code)
    if (kind === DIGIT) digits++
    // From a capital to a small letter is no change: that is how names are written.
    if (last !== 0 && kind !== last && !(last === CAPITAL && kind === SMALL)) changes++
    last = kind
  }
  return (
    length >= MIN_JUMBLE - 2 &&
    seen.count >= 8 &&
    changes >= 4 &&
    changes >= length * 0.2 &&
    digits > 0 &&
    digits < length &&
    !isUuid(text)
  )
}

/**
 * Is a secret only shown as an example: `ghp_xxxxxxxx`, `YOUR_API_KEY`, `<token>`, `...`? Attackers cannot choose the
 * secrets that they are after, so nothing is lost by leaving these alone.
 */
export function isExample(text: string): boolean {
  const look = text.slice(0, MAX_LOOK)
  return fewCharacters(look) || EXAMPLES.some((word) => look.toLowerCase().includes(word))
}

/** A value of one, two or three different characters is a row of stars, not a secret. */
function fewCharacters(text: string): boolean {
  const most = text.length < 12 ? 3 : 6
  const seen = new Distinct()
  for (let at = 0; at < text.length && seen.count <= most; at++) seen.add(text.charCodeAt(at))
  return seen.count <= most
}

/** How many different characters there are, of 128. A `Set` costs twenty times as much, and this is asked often. */
class Distinct {
  count = 0
  #first = 0
  #second = 0
  #third = 0
  #fourth = 0

  add(code: number): void {
    const bit = 1 << (code & 31)
    const part = (code >> 5) & 3
    const before =
      part === 0 ? this.#first : part === 1 ? this.#second : part === 2 ? this.#third : this.#fourth
    if ((before & bit) !== 0) return
    this.count++
    if (part === 0) this.#first |= bit
    else if (part === 1) this.#second |= bit
    else if (part === 2) this.#third |= bit
    else this.#fourth |= bit
  }
}

/** The form of a UUID, which is what most ids are. */
export function isUuid(text: string): boolean {
  return text.length === 36 && /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text)
}

const MIN_JUMBLE = 16
/** More would tell no more, and it is read again for every beginning of a token. */
const MAX_LOOK = 96
const SMALL = 1
const CAPITAL = 2
const DIGIT = 3

function kindOf(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return SMALL
  if (code >= 0x41 && code <= 0x5a) return CAPITAL
  return code >= 0x30 && code <= 0x39 ? DIGIT : 0
}

const EXAMPLES = [
  'example',
  'xxxx',
  'your',
  'placeholder',
  'redacted',
  'dummy',
  'sample',
  'changeme',
  'change-me',
  'change_me',
  'abcdefgh',
  '12345678',
  '0123456',
  '00000000',
  '****',
  '...',
  '…',
  '<',
  '[',
  '${',
  '{{',
]
