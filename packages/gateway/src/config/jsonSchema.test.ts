import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generatedFiles } from './generated.ts'
import { BEYOND_SCHEMA } from './jsonSchema.ts'
import { configFile } from './schema.ts'
import type { Shape } from './shape.ts'
import { mutation, validDocument } from './testing/arbitrary.ts'
import { faultsOf } from './testing/parse.ts'

const root = new URL('../../../../', import.meta.url)
const schemaFile = new URL('packages/gateway/sallyport.schema.json', root)
const schema = JSON.parse(await readFile(schemaFile, 'utf8'))
const validate = new Ajv2020({ strict: true, strictRequired: false, strictTuples: false }).compile(schema)

/** The loader's faults on this document, those left out that a schema cannot express. */
function shapeFaults(document: unknown) {
  return faultsOf(JSON.stringify(document), '/home/ada/sallyport.json').filter(
    ({ rule }) => !BEYOND_SCHEMA.has(rule),
  )
}

test.each([...generatedFiles().keys()])('%s is what the code says', async (name) => {
  expect(await readFile(new URL(name, root), 'utf8')).toBe(generatedFiles().get(name))
})

test('scripts/schema.ts --check agrees', async () => {
  const script = fileURLToPath(new URL('scripts/schema.ts', root))
  await expect(promisify(execFile)(process.execPath, [script, '--check'])).resolves.toMatchObject({
    stderr: '',
  })
})

test('schema and loader accept every document made from the description', () => {
  let withServers = 0
  fc.assert(
    fc.property(validDocument(configFile), (document) => {
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true)
      expect(shapeFaults(document)).toEqual([])
      if (JSON.stringify(document).includes('"command"')) withServers++
    }),
    { numRuns: 300 },
  )
  expect(withServers).toBeGreaterThan(10)
})

test('schema and loader refuse the same spoiled documents', () => {
  let refused = 0
  fc.assert(
    fc.property(
      validDocument(configFile),
      fc.array(mutation(), { minLength: 1, maxLength: 3 }),
      (document, mutations) => {
        const spoiled = mutations.reduce((before: unknown, mutate) => mutate(before), document)
        if (spoiled === undefined) return
        // What a file holds is what JSON holds: 1e999 or a lone surrogate must look the same to both.
        const written: unknown = JSON.parse(JSON.stringify(spoiled))
        const faults = shapeFaults(written)
        expect(validate(written), JSON.stringify([faults, validate.errors])).toBe(faults.length === 0)
        if (faults.length > 0) refused++
      },
    ),
    { numRuns: 1500 },
  )
  expect(refused).toBeGreaterThan(400)
})

test('schema and loader draw every numeric bound at the same place', () => {
  const bounds: (readonly [path: readonly string[], value: number])[] = []
  const walk = (shape: Shape, path: readonly string[]) => {
    if (shape.kind === 'record')
      for (const [name, field] of Object.entries(shape.fields)) walk(field.shape, [...path, name])
    if (shape.kind !== 'integer') return
    for (const value of [shape.min - 1, shape.min, shape.max, shape.max + 1]) bounds.push([path, value])
  }
  walk(configFile, [])
  for (const [path, value] of bounds) {
    const document = Object.assign(
      { version: 1 },
      path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value),
    )
    expect(validate(document), `${path.join('.')}: ${value}`).toBe(shapeFaults(document).length === 0)
  }
  expect(bounds.length).toBeGreaterThan(20)
})
