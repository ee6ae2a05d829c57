import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { JsonValue } from '../json/index.ts'
import { compileSchema } from './index.ts'

const numRuns = Number(process.env.FUZZ_RUNS ?? 300)
vi.setConfig({ testTimeout: 60_000 + numRuns * 20 })

const key = fc.constantFrom('a', 'b', 'c', 'constructor')
const scalar = fc.constantFrom<JsonValue>(null, true, false, 0, 1, 2, -1, 1.5, '', 'a', 'ab', '1')
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))
const count = fc.integer({ min: 0, max: 3 })
const { schema } = fc.letrec<{ schema: JsonValue }>((tie) => {
  const one = tie('schema')
  const list = fc.array(one, { minLength: 1, maxLength: 3 })
  const named = fc.dictionary(key, one, { maxKeys: 3, noNullPrototype: true })
  return {
    schema: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      fc.boolean(),
      fc.record<Record<string, JsonValue>>(
        {
          type: fc.constantFrom('string', 'number', 'integer', 'boolean', 'null', 'object', 'array'),
          enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 3 }),
          const: scalar,
          minimum: count,
          exclusiveMaximum: count,
          multipleOf: fc.constantFrom(1, 2, 0.5),
          minLength: count,
          maxLength: count,
          pattern: fc.constantFrom('^a', 'b$', '[0-9]'),
          items: one,
          prefixItems: list,
          contains: one,
          minContains: count,
          maxContains: count,
          minItems: count,
          maxItems: count,
          uniqueItems: fc.boolean(),
          properties: named,
          patternProperties: fc.dictionary(fc.constantFrom('^a', 'b'), one, {
            maxKeys: 2,
            noNullPrototype: true,
          }),
          additionalProperties: one,
          propertyNames: one,
          required: fc.uniqueArray(key, { maxLength: 2 }),
          minProperties: count,
          dependentRequired: fc.dictionary(key, fc.uniqueArray(key, { maxLength: 2 }), {
            maxKeys: 2,
            noNullPrototype: true,
          }),
          dependentSchemas: named,
          allOf: list,
          anyOf: list,
          oneOf: list,
          not: one,
          if: one,
          // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
          then: one,
          else: one,
          unevaluatedProperties: one,
          unevaluatedItems: one,
        },
        { requiredKeys: [] },
      ),
    ),
  }
})

describe('schemas', () => {
  it('say of a value what another validator says', () => {
    const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false })
    fc.assert(
      fc.property(schema, value, (any, subject) => {
        const compiled = compileSchema(any)
        if (!compiled.ok) throw new Error(`${compiled.where} ${compiled.explain}`)
        const verdict = compiled.schema.check(subject)
        const other = ajv.compile(any as boolean | object)
        expect(verdict.kind).toBe(other(subject) ? 'valid' : 'invalid')
        ajv.removeSchema()
      }),
      // The other one takes a while to write its programs.
      { numRuns: Math.ceil(numRuns / 3) },
    )
  })

  it('of any form at all are compiled or refused, and end', () => {
    const odd = fc.dictionary(
      fc.constantFrom(
        '$ref',
        '$id',
        '$anchor',
        '$schema',
        'type',
        'items',
        'properties',
        'required',
        'pattern',
        'enum',
        'anyOf',
        'minLength',
        '$defs',
        '__proto__',
      ),
      fc.oneof(value, fc.constantFrom<JsonValue>('#', '#/$defs/a', '#a', '(', { a: { $ref: '#' } })),
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(odd, value, (any, subject) => {
        const compiled = compileSchema(any, 10_000)
        if (compiled.ok) compiled.schema.check(subject)
        else expect(compiled.where === '' || compiled.where.startsWith('/')).toBe(true)
      }),
      { numRuns: numRuns * 3 },
    )
  })
})
