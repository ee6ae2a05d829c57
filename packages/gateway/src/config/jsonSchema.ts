/**
 * The published JSON Schema (draft 2020-12), made from `schema.ts`.
 */
import type { Field, Plain, RecordShape, Shape } from './shape.ts'
import { DURATION_PATTERN, SIZE_PATTERN } from './units.ts'

export interface JsonSchema {
  readonly [keyword: string]: unknown
}

/**
 * Rules of the reader that JSON Schema cannot express; on all others the two agree.
 * Bounds of durations and sizes, what a shell would do with a command, header names compared without case, where
 * references may stand, addresses and conditions that do not parse, secrets; and duplicate keys, which a schema never sees.
 */
export const BEYOND_SCHEMA: ReadonlySet<string> = new Set([
  'config/range',
  'config/open-door',
  'config/command',
  'config/header',
  'config/reference',
  'config/url',
  'config/rule',
  'config/secret',
  'config/duplicate-key',
])

/** @example jsonSchema(configFile) // { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', ... } */
export function jsonSchema(shape: RecordShape): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Sallyport configuration',
    description:
      'sallyport.yaml, the configuration of the Sallyport gateway. Generated: see scripts/schema.ts.',
    ...schemaOf(shape),
  }
}

function schemaOf(shape: Shape): JsonSchema {
  switch (shape.kind) {
    case 'text':
      return { type: 'string', pattern: shape.pattern.source }
    case 'choice':
      return shape.options.length === 1 ? { const: shape.options[0] } : { enum: [...shape.options] }
    case 'integer':
      return { type: 'integer', minimum: shape.min, maximum: shape.max }
    case 'flag':
      return { type: 'boolean' }
    case 'duration':
    case 'size': {
      const pattern = (shape.kind === 'duration' ? DURATION_PATTERN : SIZE_PATTERN).source
      return { type: 'string', pattern: shape.never === undefined ? pattern : `${pattern}|^${shape.never}$` }
    }
    case 'list':
      return {
        type: 'array',
        ...(shape.first ? { prefixItems: [schemaOf(shape.first)] } : {}),
        items: schemaOf(shape.items),
        ...(shape.notEmpty === undefined ? {} : { minItems: 1 }),
      }
    case 'either':
      return { anyOf: [schemaOf(shape.text), schemaOf(shape.list)] }
    case 'map':
      return {
        type: 'object',
        propertyNames: { pattern: shape.keys.pattern.source },
        additionalProperties: schemaOf(shape.values),
      }
    case 'record':
      return recordSchema(shape)
  }
}

function recordSchema(shape: RecordShape): JsonSchema {
  const fields = Object.entries(shape.fields)
  const needed = fields.filter(([, field]) => field.presence === 'required').map(([name]) => name)
  const partners = Object.entries(shape.needs ?? {}).map(([key, partner]) => [key, [partner]])
  return {
    type: 'object',
    additionalProperties: false,
    ...(needed.length > 0 ? { required: needed } : {}),
    ...(shape.oneOf ? { oneOf: shape.oneOf.map((name) => ({ required: [name] })) } : {}),
    ...(partners.length > 0 ? { dependentRequired: Object.fromEntries(partners) } : {}),
    properties: Object.fromEntries(fields.map(([name, field]) => [name, fieldSchema(field)])),
  }
}

function fieldSchema(field: Field): JsonSchema {
  const { otherwise, restart } = field
  const doc = [
    field.doc,
    otherwise === undefined ? '' : `Without it: ${otherwise}.`,
    restart ? 'A change needs a restart.' : '',
  ]
  return {
    description: doc.filter((sentence) => sentence !== '').join(' '),
    ...schemaOf(field.shape),
    ...(isWorthShowing(field.default) ? { default: field.default } : {}),
  }
}

/** The default of a section is that of its parts. */
function isWorthShowing(value: Plain | undefined): boolean {
  return value !== undefined && (typeof value !== 'object' || Array.isArray(value))
}
