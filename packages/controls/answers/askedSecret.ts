import { isObject, type JsonObject, type JsonValue } from '../json/index.ts'
import { skeleton } from '../text/index.ts'
import { DEMANDS, HARMLESS, SECRET_WORDS, type SecretKind } from './secretWords.ts'

export interface AskedSecret {
  readonly kind: SecretKind
  /** The member that asks for it; empty where the message itself does. */
  readonly field: string
}

/**
 * Does a form ask for a secret? What is written into a form passes through client and model; the specification forbids servers to
 * ask there for passwords, keys and payment data ("Elicitation", 2025-06-18 and later), for which there is the address mode.
 *
 * Decides on names, titles, descriptions and formats of the fields, and on the message, after look-alike letters, invisible
 * characters, accents and separators are gone. Cannot know: a question in other words ("the word that lets you in"), or in another
 * language than those of `secretWords.ts`. Bounded: `MAX_FIELDS` fields (a form with more is for the caller to refuse), 65,536 characters of
 * each text, white space counted once.
 *
 * @example
 * askedSecret({ message: 'Log in', requestedSchema: { properties: { p: { type: 'string', title: 'P\u0430ssword' } } } }) // { kind: 'password', field: 'p' }
 */
export function askedSecret({ message, requestedSchema }: JsonObject): AskedSecret | undefined {
  const properties = isObject(requestedSchema) ? requestedSchema.properties : undefined
  const fields = isObject(properties) ? Object.entries(properties).slice(0, MAX_FIELDS) : []
  const open = fields.filter(([, schema]) => takesText(schema))
  for (const [field, schema] of open) {
    const kind = kindOfField(field, schema)
    if (kind !== undefined) return { kind, field }
  }
  // Without a field that takes text nothing secret can be told, whatever the message says.
  if (open.length === 0 || typeof message !== 'string') return undefined
  for (const sentence of shortened(message, MAX_CHARS).split(/[.!?\u3002\uff01\uff1f]/)) {
    const readings = readingsOf(sentence)
    const kind = hasAny(readings, DEMANDED) ? kindIn(readings, IN_SENTENCES) : undefined
    if (kind !== undefined) return { kind, field: '' }
  }
  return undefined
}

/** Fields of a form that are looked at. */
export const MAX_FIELDS = 256
const MAX_CHARS = 65_536

/** Nothing is pushed beyond what is looked at by filling up with white space; a line break ends no sentence. */
function shortened(text: string, most: number): string {
  return text.replace(/\s+/gu, ' ').slice(0, most)
}

/** A yes or no, or a choice of given words, tells no secret; a number can be a code. */
function takesText(schema: JsonValue | undefined): boolean {
  if (!isObject(schema)) return true
  if (schema.type === 'array') return takesText(schema.items)
  return (
    schema.type !== 'boolean' && !isChoice(schema.enum) && !isChoice(schema.oneOf) && !isChoice(schema.anyOf)
  )
}

/** No choice at all is none: clients show a field for text. */
function isChoice(given: JsonValue | undefined): boolean {
  return Array.isArray(given) && given.length > 0
}

function kindOfField(field: string, schema: JsonValue | undefined): SecretKind | undefined {
  const { format, title, description } = isObject(schema) ? schema : NO_SCHEMA
  if (format === 'password') return 'password'
  const label =
    kindIn(readingsOf(field), IN_FIELDS) ??
    (typeof title === 'string' ? kindIn(readingsOf(title), IN_FIELDS) : undefined)
  if (label !== undefined || typeof description !== 'string') return label
  return kindIn(readingsOf(description), IN_SENTENCES)
}

const NO_SCHEMA: JsonObject = {}

/**
 * The words of a text, apart by single spaces, `camelCase` and `snake_case` as several: as they are, without accents, and as they
 * look.
 */
function readingsOf(text: string): readonly string[] {
  const shown = shortened(text.replace(UNSEEN, ''), MAX_CHARS).normalize('NFKC')
  const apart = shown.replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
  const words = apart.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  const written = ` ${words.join(' ').toLowerCase()} `
  const bare = written.normalize('NFKD').replace(/\p{M}/gu, '')
  const seen = ` ${words.map(skeleton).join(' ')} `
  // `p a s s w o r d`, `P-A-S-S`: letters apart.
  const joined =
    words.length > 2 && words.every((word) => word.length === 1) ? [` ${words.join('').toLowerCase()} `] : []
  return [written, bare, seen, ...joined].map((reading) =>
    HARMLESS_PHRASES.reduce((left, phrase) => left.replaceAll(phrase, ' '), reading),
  )
}

const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

function kindIn(
  readings: readonly string[],
  words: ReadonlyMap<SecretKind, readonly string[]>,
): SecretKind | undefined {
  for (const [kind, phrases] of words) if (hasAny(readings, phrases)) return kind
  return undefined
}

function hasAny(readings: readonly string[], phrases: readonly string[]): boolean {
  return phrases.some((phrase) => readings.some((reading) => reading.includes(phrase)))
}

/** Every way a phrase is written in `readingsOf`. Words of scripts without spaces stand within others. */
function phrasesOf(list: string): readonly string[] {
  const all = list.split('|').flatMap((phrase) => {
    if (UNSPACED.test(phrase)) return [phrase]
    const seen = phrase.split(' ').map(skeleton).join(' ')
    return [phrase, phrase.normalize('NFKD').replace(/\p{M}/gu, ''), seen].map((form) => ` ${form} `)
  })
  return [...new Set(all)]
}

const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/
const HARMLESS_PHRASES = phrasesOf(HARMLESS)
const DEMANDED = phrasesOf(DEMANDS)
const KINDS = Object.entries(SECRET_WORDS) as readonly (readonly [
  SecretKind,
  { readonly fields: string; readonly sentences: string },
])[]
const IN_SENTENCES: ReadonlyMap<SecretKind, readonly string[]> = new Map(
  KINDS.map(([kind, { sentences }]) => [kind, phrasesOf(sentences)]),
)
const IN_FIELDS: ReadonlyMap<SecretKind, readonly string[]> = new Map(
  KINDS.map(([kind, { fields, sentences }]) => [kind, phrasesOf(`${fields}|${sentences}`)]),
)
