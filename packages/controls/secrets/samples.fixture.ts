/**
 * Made-up secrets for every rule, from the same shapes that find them, by a generator with a seed.
 */
import { TOKEN_RULES } from './providers.ts'
import type { Run, Shape } from './shape.ts'

export type Random = () => number

/** Mulberry32: small, and the same everywhere. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface Sample {
  readonly rule: string
  readonly secret: string
}

/** One token of every shape of every rule. */
export function tokenSamples(random: Random): Sample[] {
  return TOKEN_RULES.flatMap(({ rule, shapes }) =>
    shapes.map((shape) => ({ rule, secret: sampleOf(shape, random) })),
  )
}

/** Lengths are those of real tokens: at the least, or a few characters more. */
export function sampleOf(shape: Shape, random: Random): string {
  return shape.map((part) => (typeof part === 'string' ? part : runSample(part, random))).join('')
}

function runSample({ set, min, max }: Run, random: Random): string {
  const all = [...set.keys()].filter((code) => set[code] === 1)
  // A hyphen at an end or beside another would be read as punctuation, and no provider makes such tokens.
  const inner = all.filter((code) => /[A-Za-z0-9+/=%]/.test(String.fromCharCode(code)))
  const length = min + Math.floor(random() * (Math.min(max, min + 6) - min + 1))
  if (length === 36 && all.length === 17) return uuidSample(random)
  let text = ''
  for (let at = 0; at < length; at++) {
    const from = at === 0 || at === length - 1 || random() < 0.95 ? inner : all
    text += String.fromCharCode(from[Math.floor(random() * from.length)] ?? 0x61)
  }
  return text
}

export function jumbleSample(random: Random, length: number, alphabet = ALNUM): string {
  let text = ''
  for (let at = 0; at < length; at++) text += alphabet.charAt(Math.floor(random() * alphabet.length))
  return text
}

export const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
export const HEX = '0123456789abcdef'

function uuidSample(random: Random): string {
  return [8, 4, 4, 4, 12].map((length) => jumbleSample(random, length, HEX)).join('-')
}
