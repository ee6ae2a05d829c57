/**
 * Values that are known to be secret, found wherever they stand and in whatever form programs print them.
 */
import { merged, type SecretFinding } from './finding.ts'
import { decodedLayer } from './layers.ts'
import { formsOf } from './redactExact.ts'

/** Finds certain values in texts. Made once for all values; costs about half a nanosecond a character of prose. */
export interface KnownSecrets {
  readonly size: number
  /** Is one of them in this text? */
  isIn(text: string): boolean
  /** The same for a text whose parts were looked through before: in every form, behind no further layers. */
  isWrittenIn(text: string): boolean
  find(text: string): readonly SecretFinding[]
}

/** Shorter values are words of everyday text. */
export const MIN_KNOWN_CHARS = 8
const RULE = 'secret/own'
/** Texts are read in blocks of two characters, each of which says how far the next occurrence is at least. */
const BLOCKS = 1 << 16

/** Encoded so many times, each in whatever way: three layers are taken off, and what is left is looked for in every form. */
const MAX_LAYERS = 3
/** What may be decoded in all of a text, as a multiple of its length and beside it: more is made to hide something. */
const DECODED_SHARE = 8
const DECODED_CHARS = 64 * 1024

/**
 * What finds these values: as they are and in Base64 (wherever it begins), Base64url, hex, percent-encoding and JSON
 * escapes, also behind up to three more layers of them (`layers.ts`). Values under 8 characters are left alone. After Wu and Manber (1994): the beginnings of all forms are looked
 * for at once, skipping what cannot be one of them.
 *
 * @example knownSecrets(['correct-horse-9']).isIn('say Y29ycmVjdC1ob3JzZS05') // true
 */
export function knownSecrets(values: Iterable<string>): KnownSecrets {
  const forms = new Set<string>()
  for (const value of values) {
    if (value.trim().length < MIN_KNOWN_CHARS) continue
    for (const form of formsOf(value)) if (form.length >= MIN_KNOWN_CHARS) forms.add(form)
  }
  if (forms.size === 0) return NOTHING
  const shifts = new Uint8Array(BLOCKS).fill(HEAD - 1)
  const byHead = new Map<string, string[]>()
  for (const form of forms) {
    const head = form.slice(0, HEAD)
    for (let at = 0; at + 1 < HEAD; at++) {
      const block = blockAt(head, at)
      shifts[block] = Math.min(shifts[block] ?? 0, HEAD - 2 - at)
    }
    const same = byHead.get(head)
    if (same === undefined) byHead.set(head, [form])
    // The longest first, so that one that begins like another is hidden whole.
    else same.splice(same.findLastIndex((other) => other.length >= form.length) + 1, 0, form)
  }
  const next = (text: string, from: number): readonly [start: number, end: number] | undefined => {
    let at = from + HEAD - 2
    while (at + 1 < text.length) {
      const shift = shifts[blockAt(text, at)] ?? 0
      if (shift > 0) {
        at += shift
        continue
      }
      const start = at - HEAD + 2
      const form = byHead.get(text.slice(start, start + HEAD))?.find((one) => text.startsWith(one, start))
      if (form !== undefined) return [start, start + form.length]
      at++
    }
    return undefined
  }
  const least = [...forms].reduce(
    (shortest, { length }) => Math.min(shortest, length),
    Number.POSITIVE_INFINITY,
  )
  /** Calls back with each stretch that holds one behind layers. */
  const nested = (text: string, found: (start: number, end: number) => void): void => {
    let left = text.length * DECODED_SHARE + DECODED_CHARS
    const lookBehind = (encoded: string, layers: number, hide: typeof found): void => {
      const layer = decodedLayer(encoded, least)
      if (layer === undefined) return
      const { text: decoded } = layer
      const hideSources = (start: number, end: number) => layer.visitSources(start, end, hide)
      left -= decoded.length
      if (left < 0) {
        // Whatever cannot be looked through is held back.
        hideSources(0, decoded.length)
        return
      }
      for (let span = next(decoded, 0); span !== undefined; span = next(decoded, span[1]))
        hideSources(span[0], span[1])
      if (layers < MAX_LAYERS) lookBehind(decoded, layers + 1, hideSources)
    }
    lookBehind(text, 1, found)
  }
  return {
    size: forms.size,
    isWrittenIn: (text) => next(text, 0) !== undefined,
    isIn(text) {
      if (next(text, 0) !== undefined) return true
      let isNested = false
      nested(text, () => {
        isNested = true
      })
      return isNested
    },
    find(text) {
      const found: SecretFinding[] = []
      const add = (start: number, end: number) => found.push({ rule: RULE, kind: 'own', start, end })
      for (let span = next(text, 0); span !== undefined; span = next(text, span[1])) add(span[0], span[1])
      nested(text, add)
      return found.length < 2 ? found : merged(found)
    },
  }
}

const HEAD = MIN_KNOWN_CHARS
const NOTHING: KnownSecrets = { size: 0, isIn: () => false, isWrittenIn: () => false, find: () => [] }

function blockAt(text: string, at: number): number {
  return ((text.charCodeAt(at) & 0xff) << 8) | (text.charCodeAt(at + 1) & 0xff)
}

/**
 * Is a value worth hiding wherever it stands? A password that is a word of everyday text would garble every second
 * answer: it must be long, or not be all of one kind of letter.
 */
export function isTelling(value: string): boolean {
  const text = value.trim()
  if (text.length < MIN_KNOWN_CHARS) return false
  return text.length >= 20 || !/^(?:[a-z]+|[A-Z]+|[A-Z][a-z]+|[0-9]+)$/.test(text)
}
