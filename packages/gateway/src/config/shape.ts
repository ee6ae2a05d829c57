/**
 * The vocabulary in which `schema.ts` describes the configuration file, once. From that one description come the
 * reader with its errors (`readShape.ts`), the JSON Schema (`jsonSchema.ts`), the page docs/config.md (`manual.ts`)
 * and the types below.
 */
import type { ConfigRule } from './fault.ts'

/** Why a text is not accepted and what to write instead; never quotes the text. */
export interface Advice {
  readonly explain: string
  readonly hint?: string
}

/** What a rule that JSON Schema cannot say found. Schema and reader differ by these rules and no others. */
export interface Objection extends Advice {
  readonly rule: ConfigRule
}

export interface TextShape {
  readonly kind: 'text'
  /** In the docs, as short as possible. */
  readonly called: string
  /** What it is, to complete "must be ...". */
  readonly means: string
  /** Decides in the reader and in the JSON Schema alike. */
  readonly pattern: RegExp
  /** A better sentence than "must be ..." for a text that the pattern refuses. */
  readonly advise?: (text: string) => Advice | undefined
  /** Looks at a text that fits the pattern. */
  readonly check?: (text: string) => Objection | undefined
}

export interface ChoiceShape<Option extends string | number = string | number> {
  readonly kind: 'choice'
  readonly options: readonly Option[]
}

export interface IntegerShape {
  readonly kind: 'integer'
  readonly min: number
  readonly max: number
}

export interface FlagShape {
  readonly kind: 'flag'
}

/** A text like `30s`; read as milliseconds. The bounds are checked by the reader only. */
export interface DurationShape {
  readonly kind: 'duration'
  readonly min: string
  readonly max: string
  /** A word that stands for no limit, read as 0. */
  readonly never?: string
}

/** A text like `4MiB`; read as bytes. The bounds are checked by the reader only. */
export interface SizeShape {
  readonly kind: 'size'
  readonly min: string
  readonly max: string
  readonly never?: string
}

export interface ListShape<Item extends Shape = Shape> {
  readonly kind: 'list'
  readonly items: Item
  /** The first item, where it is special. */
  readonly first?: Item
  /** Why an empty list is refused; absent: it is accepted. */
  readonly notEmpty?: string
}

/** Keys chosen by the person, all values alike. */
export interface MapShape<Value extends Shape = Shape> {
  readonly kind: 'map'
  /** What a key is, in the docs: `servers.<id>`. */
  readonly key: string
  readonly keys: TextShape
  readonly values: Value
  /** Looks at all keys together; says which of them cannot stay. */
  readonly check?: (keys: readonly string[]) => ReadonlyMap<string, Objection>
}

/** A text or a list. */
export interface EitherShape<Item extends Shape = Shape> {
  readonly kind: 'either'
  readonly text: TextShape
  readonly list: ListShape<Item>
}

export interface RecordShape<Fields extends FieldMap = FieldMap> {
  readonly kind: 'record'
  readonly fields: Fields
  /** Exactly one of these keys must be there. */
  readonly oneOf?: readonly string[]
  /** A key that makes sense only beside another. */
  readonly needs?: Readonly<Record<string, string>>
}

export type Shape =
  | TextShape
  | ChoiceShape
  | IntegerShape
  | FlagShape
  | DurationShape
  | SizeShape
  | ListShape
  | MapShape
  | EitherShape
  | RecordShape

export interface Field<
  S extends Shape = Shape,
  Presence extends string = 'required' | 'default' | 'optional',
> {
  readonly shape: S
  readonly presence: Presence
  /** What it does; becomes `description` in the JSON Schema and the text in docs/config.md. */
  readonly doc: string
  /** As it would be written in the file. */
  readonly default?: Plain
  /** What applies when it is left out, where that is not one value. */
  readonly otherwise?: string
  /** A change is taken over only by a restart. */
  readonly restart?: true
  /** Names other programs use for it, to suggest the right one. */
  readonly alias?: readonly string[]
}

export type FieldMap = Readonly<Record<string, Field>>
export type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain }
type About = Pick<Field, 'otherwise' | 'restart' | 'alias'>

/** What the reader makes of a shape. Maps become entries, so that no key is ever a property. */
export type Read<S extends Shape> =
  S extends ChoiceShape<infer Option>
    ? Option
    : S extends TextShape
      ? string
      : S extends IntegerShape | DurationShape | SizeShape
        ? number
        : S extends FlagShape
          ? boolean
          : S extends ListShape<infer Item>
            ? readonly Read<Item>[]
            : S extends MapShape<infer Value>
              ? readonly (readonly [string, Read<Value>])[]
              : S extends EitherShape<infer Item>
                ? string | readonly Read<Item>[]
                : S extends RecordShape<infer Fields>
                  ? ReadFields<Fields>
                  : never

type ReadFields<Fields extends FieldMap> = {
  readonly [K in keyof Fields as Fields[K]['presence'] extends 'optional' ? never : K]: Read<
    Fields[K]['shape']
  >
} & {
  readonly [K in keyof Fields as Fields[K]['presence'] extends 'optional' ? K : never]?: Read<
    Fields[K]['shape']
  >
}

/** A key that must be there. */
export function required<const S extends Shape>(
  shape: S,
  doc: string,
  about: About = {},
): Field<S, 'required'> {
  return { shape, presence: 'required', doc, ...about }
}

/** A key that may be missing; `about.otherwise` says what holds then. */
export function optional<const S extends Shape>(
  shape: S,
  doc: string,
  about: About = {},
): Field<S, 'optional'> {
  return { shape, presence: 'optional', doc, ...about }
}

/** A key with a default. `initial` is written as in the file: `'30s'`, not 30000. */
export function preset<const S extends Shape>(
  shape: S,
  initial: Plain,
  doc: string,
  about: About = {},
): Field<S, 'default'> {
  return { shape, presence: 'default', default: initial, doc, ...about }
}

/** One of these values. @example choice('json', 'human') */
export function choice<const Option extends string | number>(
  ...options: readonly Option[]
): ChoiceShape<Option> {
  return { kind: 'choice', options }
}

/** A whole number, both ends included. */
export function integer(min: number, max: number): IntegerShape {
  return { kind: 'integer', min, max }
}

export const flag: FlagShape = { kind: 'flag' }

/** Milliseconds in the program, `30s` in the file; `never` is the word for no end, if there is one. */
export function duration(min: string, max: string, never?: string): DurationShape {
  return { kind: 'duration', min, max, ...(never === undefined ? {} : { never }) }
}

/** Bytes in the program, `4MiB` in the file; `never` is the word for no limit, if there is one. */
export function size(min: string, max: string, never?: string): SizeShape {
  return { kind: 'size', min, max, ...(never === undefined ? {} : { never }) }
}

/** Several of a kind. */
export function list<Item extends Shape>(
  items: Item,
  rules: Pick<ListShape<Item>, 'notEmpty' | 'first'> = {},
): ListShape<Item> {
  return { kind: 'list', items, ...rules }
}

/** Entries by a name of the user's choice; `key` is what the manual calls it. */
export function map<Value extends Shape>(
  key: string,
  keys: TextShape,
  values: Value,
  rules: Pick<MapShape<Value>, 'check'> = {},
): MapShape<Value> {
  return { kind: 'map', key, keys, values, ...rules }
}

/** One text, or a list of texts. */
export function either<Item extends Shape>(text: TextShape, items: ListShape<Item>): EitherShape<Item> {
  return { kind: 'either', text, list: items }
}

/** Keys of ours, each with its shape; any other key is a mistake. */
export function record<Fields extends FieldMap>(
  fields: Fields,
  rules: Pick<RecordShape, 'oneOf' | 'needs'> = {},
): RecordShape<Fields> {
  return { kind: 'record', fields, ...rules }
}
