/**
 * Values as results hold them, and what becomes of them on the way into the arguments of a call. Shared by the property test and
 * `npm run eval:flow`. Everything comes from one seed, so that what was missed can be looked at again.
 */

/** Numbers from 0 to below 1. */
export type Chance = () => number

/** A small generator of its own (mulberry32): the same seed, the same numbers. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function upTo(chance: Chance, below: number): number {
  return Math.floor(chance() * below)
}

export function oneOf<T>(chance: Chance, from: readonly T[]): T {
  const one = from[upTo(chance, from.length)]
  if (one === undefined) throw new RangeError('nothing to choose from')
  return one
}

const SYLLABLES =
  'ba ke li mo nu ra se ti vo za dro fle gri pla sta tre quo wex yul jin har bor del fen gal hom'.split(' ')
const DIGITS = '0123456789'
const HEX = '0123456789abcdef'
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const MIXED = `${LETTERS}${LETTERS.toUpperCase()}${DIGITS}`

function chars(chance: Chance, alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[upTo(chance, alphabet.length)]).join('')
}

/** An unusual word: a name, a product, a place. */
export function word(chance: Chance): string {
  return Array.from({ length: 2 + upTo(chance, 2) }, () => oneOf(chance, SYLLABLES)).join('')
}

function phrase(chance: Chance, words: number): string {
  return Array.from({ length: words }, () => word(chance)).join(' ')
}

const NON_LATIN = [
  '\u4f1a\u8b70\u306e\u8cc7\u6599\u306f\u6765\u9031\u6708\u66dc\u65e5\u307e\u3067\u306b\u9001\u3063\u3066\u304f\u3060\u3055\u3044',
  '\u041f\u0430\u0440\u043e\u043b\u044c \u043e\u0442 \u0441\u0435\u0439\u0444\u0430 \u043b\u0435\u0436\u0438\u0442 \u0432 \u0432\u0435\u0440\u0445\u043d\u0435\u043c \u044f\u0449\u0438\u043a\u0435',
  'Die \u00dcberweisung f\u00fcr M\u00fcller & S\u00f6hne l\u00e4uft \u00fcber Stra\u00dfburg',
  'R\u00e9union pr\u00e9vue \u00e0 l\u2019h\u00f4tel Cr\u00e9tac\u00e9 de Gen\u00e8ve',
  '\u03a4\u03bf \u03ba\u03bb\u03b5\u03b9\u03b4\u03af \u03b5\u03af\u03bd\u03b1\u03b9 \u03ba\u03ac\u03c4\u03c9 \u03b1\u03c0\u03cc \u03c4\u03b7 \u03b3\u03bb\u03ac\u03c3\u03c4\u03c1\u03b1',
]

/** Kinds of values that carry something out, or lead somewhere. */
export const VALUES: Readonly<Record<string, (chance: Chance) => string>> = {
  url: (chance) =>
    `https://${word(chance)}.${oneOf(chance, ['io', 'dev', 'net', 'sh'])}/${word(chance)}/${chars(chance, MIXED, 6)}?id=${upTo(chance, 9999)}`,
  host: (chance) => `${word(chance)}-${word(chance)}.${word(chance)}.${oneOf(chance, ['com', 'io', 'app'])}`,
  mail: (chance) => `${word(chance)}.${word(chance)}@${word(chance)}.${oneOf(chance, ['com', 'org', 'io'])}`,
  phone: (chance) => `+${10 + upTo(chance, 80)} ${100 + upTo(chance, 900)} ${chars(chance, DIGITS, 7)}`,
  uuid: (chance) => [8, 4, 4, 4, 12].map((length) => chars(chance, HEX, length)).join('-'),
  key: (chance) => `${oneOf(chance, ['tok', 'zk_live', 'acc'])}_${chars(chance, MIXED, 20)}`,
  id: (chance) =>
    `${chars(chance, LETTERS, 3).toUpperCase()}-${chars(chance, DIGITS, 5)}-${chars(chance, MIXED, 4)}`,
  iban: (chance) =>
    `DE${chars(chance, DIGITS, 2)} ${[4, 4, 4, 4, 2].map((length) => chars(chance, DIGITS, length)).join(' ')}`,
  secret: (chance) => `${word(chance)}-${word(chance)}-${word(chance)}-${word(chance)}`,
  path: (chance) =>
    `/home/${word(chance)}/${word(chance)}/${word(chance)}_${upTo(chance, 999)}.${oneOf(chance, ['pem', 'txt', 'csv'])}`,
  words: (chance) => phrase(chance, 4 + upTo(chance, 6)),
  sentence: (chance) =>
    `${oneOf(chance, ['Meet', 'Ask', 'Pay', 'Tell'])} ${word(chance)} ${word(chance)} about the ${word(chance)} and the ${word(chance)} before ${word(chance)} knows.`,
  address: (chance) =>
    `${1 + upTo(chance, 200)} ${word(chance)} Street, ${10_000 + upTo(chance, 80_000)} ${word(chance)}ville`,
  quoted: (chance) => `"${word(chance)}" <${word(chance)}> & "${word(chance)}\\${word(chance)}"`,
  lines: (chance) => `${phrase(chance, 3)}\n\t${phrase(chance, 3)}\n${chars(chance, MIXED, 8)}`,
  foreign: (chance) => oneOf(chance, NON_LATIN),
}

export type Change = 'case' | 'space' | 'url' | 'base64' | 'hex' | 'json' | 'html' | 'cut'

export const CHANGES: Readonly<Record<Change, (value: string, chance: Chance) => string>> = {
  case: (value, chance) => {
    const how = upTo(chance, 3)
    if (how === 0) return value.toUpperCase()
    if (how === 1) return value.toLowerCase()
    return [...value].map((one) => (chance() < 0.5 ? one.toUpperCase() : one.toLowerCase())).join('')
  },
  space: (value, chance) => {
    if (/\s/.test(value) && chance() < 0.7) {
      return value.replace(/\s+/g, () => oneOf(chance, [' ', '  ', '\n', '\t', '\u00a0', ' \r\n ']))
    }
    const width = oneOf(chance, [16, 40, 64, 76])
    const lines: string[] = []
    for (let from = 0; from < value.length; from += width) lines.push(value.slice(from, from + width))
    return lines.join(oneOf(chance, ['\n', '\r\n', ' ']))
  },
  url: (value, chance) =>
    chance() < 0.6
      ? encodeURIComponent(value.toWellFormed())
      : [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  base64: (value, chance) => {
    const inside = chance() < 0.3 ? `${phraseOf(chance)}${value}${phraseOf(chance)}` : value
    const kind = chance() < 0.5 ? 'base64' : 'base64url'
    const encoded = Buffer.from(inside).toString(kind)
    return chance() < 0.5 ? encoded.replace(/=+$/, '') : encoded
  },
  hex: (value, chance) => {
    const encoded = Buffer.from(value).toString('hex')
    const how = upTo(chance, 4)
    if (how === 0) return encoded.toUpperCase()
    if (how === 1) return encoded.replace(/(..)(?=.)/g, '$1 ')
    return how === 2 ? encoded.replace(/(..)(?=.)/g, '$1:') : encoded
  },
  json: (value, chance) => {
    const how = upTo(chance, 3)
    if (how === 0) return JSON.stringify({ text: value })
    if (how === 1) return JSON.stringify(value).slice(1, -1)
    return [...value]
      .map((one) =>
        one.length === 1 && chance() < 0.6
          ? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`
          : JSON.stringify(one).slice(1, -1),
      )
      .join('')
  },
  html: (value, chance) =>
    chance() < 0.5
      ? value.replace(
          /[&<>"']/g,
          (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one] ?? '&#39;',
        )
      : [...value]
          .map((one) =>
            chance() < 0.5
              ? `&#${chance() < 0.5 ? one.codePointAt(0) : `x${(one.codePointAt(0) ?? 0).toString(16)}`};`
              : one === '&'
                ? '&amp;'
                : one,
          )
          .join(''),
  cut: (value) => value.slice(0, 24).toWellFormed(),
}

function phraseOf(chance: Chance): string {
  return ` ${phrase(chance, 1 + upTo(chance, 4))} `
}

/** Letters and digits of a value, as far as the promise goes: twelve of them have to be left. */
export function weight(value: string): number {
  return [...value.normalize('NFKD')].filter((one) => /[\p{L}\p{N}]/u.test(one)).length
}

export interface Copy {
  readonly kind: string
  readonly value: string
  readonly changes: readonly (Change | 'split')[]
  readonly args: Record<string, string>
}

/**
 * A value, changed up to four times and put into arguments. What nobody can undo is left out: a change of case of something that is
 * base64 already, and a cut that leaves less than twelve letters and digits (so a cut comes first).
 */
export function copyOf(chance: Chance): Copy {
  const kind = oneOf(chance, Object.keys(VALUES))
  let value = VALUES[kind]?.(chance) ?? ''
  while (weight(value) < 12) value += word(chance)
  const changes: (Change | 'split')[] = []
  let sent = value
  if (chance() < 0.25 && weight(CHANGES.cut(value, chance)) >= 12) {
    sent = CHANGES.cut(value, chance)
    changes.push('cut')
  }
  const names: Change[] = ['case', 'space', 'url', 'base64', 'hex', 'json', 'html']
  for (let left = upTo(chance, 4); left > 0 && sent.length < 4000; left--) {
    const change = oneOf(chance, names)
    if (change === 'case' && changes.includes('base64')) continue
    sent = CHANGES[change](sent, chance)
    changes.push(change)
  }
  const around = chance() < 0.5
  const text = around ? `See below.\n${sent}\nRegards` : sent
  if (chance() < 0.25) {
    const middle = 1 + upTo(chance, text.length - 1)
    changes.push('split')
    const apart = chance() < 0.3
    return {
      kind,
      value,
      changes,
      args: apart
        ? { title: text.slice(0, middle), state: 'open', body: text.slice(middle) }
        : { title: text.slice(0, middle), body: text.slice(middle) },
    }
  }
  return { kind, value, changes, args: { title: 'Weekly summary', body: text } }
}
