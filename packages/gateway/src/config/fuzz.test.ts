// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { ConfigError } from './fault.ts'
import { parseConfig } from './load.ts'
import { MAX_FILE_BYTES } from './readFile.ts'
import { configFile } from './schema.ts'
import { mutation, validDocument } from './testing/arbitrary.ts'
import { configOf, faultsOf, parse } from './testing/parse.ts'

/** `npm run fuzz` asks for many more. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 300)
const FILES = ['/x/a.yaml', '/x/a.jsonc', '/x/a.json']

/** Reads it in every syntax; anything but a configuration or a ConfigError with places fails. */
function readEveryWay(bytes: Buffer): void {
  for (const file of FILES) {
    const result = parseConfig(bytes, file, { env: {}, homeDir: '/home/ada' })
    if (result.ok) {
      expect(result.config.version).toBe(1)
      continue
    }
    expect(result.error).toBeInstanceOf(ConfigError)
    expect(result.error.faults.length).toBeGreaterThan(0)
    for (const { line, column } of result.error.faults) {
      expect(line).toBeGreaterThan(0)
      expect(column).toBeGreaterThan(0)
    }
  }
  // Nothing of a file may reach what all objects share.
  expect(Reflect.ownKeys(Object.prototype)).toEqual(PROTOTYPE)
}
const PROTOTYPE = Reflect.ownKeys(Object.prototype)

const FRAGMENTS = [
  'version: 1',
  'servers:',
  'version',
  'a',
  '1',
  '1e400',
  '.nan',
  '0x7f',
  '- ',
  '? ',
  ': ',
  ', ',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '&a ',
  '*a',
  '!!str ',
  '!<tag:x> ',
  '|',
  '>-',
  '\n',
  '\n ',
  '\n  ',
  '\t',
  '#',
  ' # ',
  '---',
  '...',
  '%YAML 1.1\n',
  '<<: ',
  '__proto__: ',
  '"__proto__": ',
  'constructor: ',
  'prototype',
  '\\',
  '\\u0000',
  '\\ud800',
  '\u0000',
  '\ufeff',
  '\u2028',
  '\r',
  '//',
  '/*',
  '*/',
  'true',
  'null',
  '~',
  '${env:',
  '}',
  'command: ',
  'url: https://',
  'env: ',
  '@',
  '`',
  '-',
  '1.',
  '-0',
  '"\\x"',
  'é',
  '💥',
]

describe('whatever a file holds, it is a configuration or a ConfigError', () => {
  test('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readEveryWay(Buffer.from(bytes))),
      { numRuns },
    )
  })

  test('random texts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => readEveryWay(Buffer.from(text))),
      { numRuns },
    )
  })

  test('pieces of YAML and JSON in any order', () => {
    const soup = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 40 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(soup, (text) => readEveryWay(Buffer.from(text))),
      { numRuns },
    )
  })

  test('a valid file with bytes flipped, cut and repeated', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom('flip', 'cut', 'repeat'), fc.nat(255))
    fc.assert(
      fc.property(
        validDocument(configFile),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (document, changes) => {
          let bytes = Buffer.from(stringify(document))
          for (const [where, kind, byte] of changes) {
            const at = where % bytes.length
            if (kind === 'flip') bytes[at] = byte
            else if (kind === 'cut')
              bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (byte % 20))])
            else bytes = Buffer.concat([bytes.subarray(0, at), bytes])
          }
          readEveryWay(bytes)
        },
      ),
      { numRuns },
    )
  })

  test('a spoiled document reads the same in YAML and in JSON', () => {
    fc.assert(
      fc.property(validDocument(configFile), mutation(), (document, mutate) => {
        const spoiled = mutate(document)
        if (spoiled === undefined) return
        const json = JSON.stringify(spoiled)
        // JSON is YAML, but for the lone surrogates that only an escape can write.
        const rules = (file: string) => faultsOf(json, file).map(({ rule, path }) => `${rule} ${path}`)
        expect(rules('/x/a.yaml')).toEqual(rules('/x/a.json'))
      }),
      { numRuns },
    )
  })
})

describe('no key reaches a prototype', () => {
  test.each([
    'version: 1\n__proto__: { polluted: true }',
    'version: 1\nservers: { __proto__: { command: x } }',
    'version: 1\nservers: { a: { command: x, __proto__: { enabled: false } } }',
    'version: 1\nservers: { a: { command: x, env: { __proto__: x } } }',
    'version: 1\nservers: { a: { url: "https://x/", headers: { __proto__: x } } }',
    'version: 1\nservers: { constructor: { command: x } }',
    'version: 1\nconstructor: { prototype: { polluted: true } }',
  ])('%s', (text) => {
    expect(faultsOf(text)).not.toEqual([])
    expect(faultsOf(text, '/x/a.jsonc')).not.toEqual([])
    expect('polluted' in {}).toBe(false)
  })

  test('names that only look dangerous are just names', () => {
    const config = configOf(
      'version: 1\nservers: { valueof: { command: x, env: { toString: a, hasOwnProperty: b } } }',
    )
    expect(config.servers[0]).toMatchObject({ id: 'valueof', env: { hasOwnProperty: { source: 'b' } } })
  })
})

describe('a hostile file is refused quickly', () => {
  const names = 'abcdefghijklmnopqrstuvwxyz'.split('')
  const bomb = (width: number) =>
    [
      `a: &a [${'x,'.repeat(width)}]`,
      ...names.slice(1).map((name, at) => `${name}: &${name} [${`*${names[at]},`.repeat(width)}]`),
    ].join('\n')

  /** Generous for a busy machine; an exponential or quadratic reader takes minutes. */
  const SOON_MS = 15_000

  test.each([
    ['a billion laughs within the alias limit', bomb(4), /more than 50000 values/],
    ['a billion laughs over the alias limit', bomb(9), /more than 100 aliases/],
    ['an anchor inside itself', 'a: &a [*a]', /nested too deeply, or in itself/],
    ['two anchors inside each other', 'a: &a { b: &b [*a, *b] }', /in itself/],
    ...[
      '[',
      '{',
      '- ',
      '? ',
      '{"a":',
      '[[],',
      '"',
      '&a ',
      '!',
      '- *a\n',
      '%A\n',
      '---\n',
      '#\n',
      ',',
      'a:',
      'a: &a 1\n',
      'a:\n',
      "'",
    ].map((piece): [string, string, RegExp] => [
      `${JSON.stringify(piece)} without end`,
      piece.repeat(MAX_FILE_BYTES / piece.length),
      /./,
    ]),
    ['a flow list of commas', `[${','.repeat(MAX_FILE_BYTES - 1)}`, /does not belong/],
    [
      'twenty thousand unknown keys',
      Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join('\n'),
      /has no key/,
    ],
  ])('%s', (_, text, says) => {
    for (const file of FILES) {
      const start = performance.now()
      const result = parse(text, file)
      expect(performance.now() - start).toBeLessThan(SOON_MS)
      expect(result.ok).toBe(false)
      if (!result.ok && file === '/x/a.yaml') expect(result.error.message).toMatch(says)
    }
  })
})
