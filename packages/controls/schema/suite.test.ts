import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isObject, type JsonObject, type JsonValue, parseJson } from '../json/index.ts'
import { compileSchema } from './index.ts'

/**
 * The official JSON-Schema-Test-Suite, where a copy of it is at hand: `JSON_SCHEMA_TEST_SUITE` names its folder `tests`.
 * It is not on npm; the source distribution of Python's `jsonschema` has it in `json/tests`.
 */
const suite = process.env.JSON_SCHEMA_TEST_SUITE ?? ''
const DIALECTS: Readonly<Record<string, string>> = {
  'draft2020-12': 'https://json-schema.org/draft/2020-12/schema',
  'draft2019-09': 'https://json-schema.org/draft/2019-09/schema',
  draft7: 'http://json-schema.org/draft-07/schema#',
  draft6: 'http://json-schema.org/draft-06/schema#',
  draft4: 'http://json-schema.org/draft-04/schema#',
}

/** Not supported by decision: each is refused when compiled, so that a call is refused too (docs/schema.md). */
const REFUSED: readonly RegExp[] = [
  /outside of the schema/,
  /dynamically in the way of 2019-09/,
  /names a dialect other than/,
  /has an identifier that is taken/,
]

/** Read like a message, so that numbers stay exact. */
function read(path: string): JsonValue {
  const parsed = parseJson(readFileSync(path), { maxBytes: 1 << 24, maxDepth: 200 })
  if (!parsed.ok) throw new Error(`${path}: ${parsed.fault.rule}`)
  return parsed.value
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

describe.skipIf(!existsSync(join(suite, 'draft2020-12')))('the official test suite', () => {
  for (const [folder, $schema] of Object.entries(DIALECTS)) {
    it(`agrees in ${folder}`, () => {
      const wrong: string[] = []
      let [cases, refused] = [0, 0]
      for (const file of readdirSync(join(suite, folder)).filter((name) => name.endsWith('.json'))) {
        for (const group of objects(read(join(suite, folder, file)))) {
          const own = group.schema ?? true
          const schema = isObject(own) ? { $schema, ...own } : own
          const compiled = compileSchema(schema)
          const name = `${folder}/${file}: ${String(group.description)}`
          if (!compiled.ok) {
            if (REFUSED.some((one) => one.test(compiled.explain))) refused++
            else wrong.push(`${name}: ${compiled.where} ${compiled.explain}`)
            continue
          }
          for (const { description, data, valid } of objects(group.tests)) {
            cases++
            const verdict = compiled.schema.check(data ?? null)
            if ((verdict.kind === 'valid') !== valid || verdict.kind === 'exhausted')
              wrong.push(`${name}: ${String(description)}: ${verdict.kind}`)
          }
        }
      }
      console.info(`${folder}: ${cases} cases, ${refused} schemas refused, ${wrong.length} wrong`)
      expect(wrong).toEqual([])
      expect(cases).toBeGreaterThan(500)
    })
  }
})
