import { describe, expect, test } from 'vitest'
import { DEFAULT_BUDGET, type JsonBudget, type JsonParse, parseJson } from './index.ts'

const read = (document: string, budget?: Partial<JsonBudget>) => parseJson(Buffer.from(document), budget)
const ruleOf = (parse: JsonParse) => (parse.ok ? 'accepted' : parse.fault.rule)
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const keys = (count: number) => `{${Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',')}}`
const items = (count: number, item = '1') => `[${Array.from({ length: count }, () => item).join(',')}]`

describe('a document at a limit passes, one over it is refused where it goes over', () => {
  const cases: readonly [string, Partial<JsonBudget>, string, string, string, number][] = [
    ['bytes', { maxBytes: 10 }, '"12345678"', '"123456789"', 'json/too-large', 10],
    ['depth', { maxDepth: 3 }, nested(3), nested(4), 'json/too-deep', 3],
    ['depth of objects', { maxDepth: 2 }, '{"a":{}}', '{"a":{"b":{}}}', 'json/too-deep', 10],
    [
      'keys',
      { maxKeys: 3 },
      '[{"a":1},{"a":1,"b":1}]',
      '[{"a":1},{"a":1,"b":1},{"c":1}]',
      'json/too-many-keys',
      24,
    ],
    ['values', { maxValues: 4 }, '[1,2,3]', '[1,2,3,4]', 'json/too-many-values', 7],
    [
      'values in objects',
      { maxValues: 3 },
      '{"a":1,"b":1}',
      '{"a":1,"b":1,"c":1}',
      'json/too-many-values',
      17,
    ],
    ['characters of a string', { maxStringLength: 4 }, '["1234"]', '["12345"]', 'json/long-string', 1],
    ['characters of a key', { maxStringLength: 4 }, '{"1234":1}', '{"12345":1}', 'json/long-string', 1],
    [
      'characters behind escapes',
      { maxStringLength: 2 },
      '["\\u0041\\n"]',
      '["\\u0041\\n\\n"]',
      'json/long-string',
      1,
    ],
    ['UTF-16 units', { maxStringLength: 4 }, '["😀é€"]', '["😀😀é"]', 'json/long-string', 1],
    ['characters of a number', { maxNumberLength: 4 }, '[1234]', '[12345]', 'json/long-number', 1],
    [
      'characters of an exact number',
      { maxNumberLength: 30 },
      `[1.${'0'.repeat(28)}]`,
      `[1.${'0'.repeat(29)}]`,
      'json/long-number',
      1,
    ],
  ]
  test.each(cases)('%s', (_, budget, at, over, rule, offset) => {
    expect(ruleOf(read(at, budget))).toBe('accepted')
    expect(read(over, budget)).toMatchObject({ ok: false, fault: { rule, offset } })
    if (rule === 'json/too-large') return
    // The same with white space, so that the text is not one of ours, and beside enough for the survey.
    expect(ruleOf(read(`${at}\n`, budget))).toBe('accepted')
    expect(ruleOf(read(`${over}\n`, budget))).toBe(rule)
  })

  test('a tight limit for numbers changes nothing about what is canonical', () => {
    const limits = { maxNumberLength: 10 }
    expect(read('{"a":123}', limits)).toMatchObject({ ok: true, canonical: true })
    expect(read('{"a":1.0}', limits)).toMatchObject({ ok: true, canonical: true })
    expect(read('{"a":"\\u0041"}', limits)).toMatchObject({ ok: true, canonical: false })
  })

  test('a raised byte limit raises the limit for strings with it', () => {
    const image = JSON.stringify({ data: 'A'.repeat(6 * 1024 * 1024) })
    expect(ruleOf(read(image))).toBe('json/too-large')
    expect(ruleOf(read(image, { maxBytes: 8 * 1024 * 1024 }))).toBe('accepted')
    const tight = { maxBytes: 8 * 1024 * 1024, maxStringLength: 1024 }
    expect(ruleOf(read(image, tight))).toBe('json/long-string')
  })

  test('the defaults hold what MCP servers send', () => {
    const property = {
      type: 'string',
      description: 'x'.repeat(200),
      enum: ['a', 'b'],
      'x-note': { a: [{ b: {} }] },
    }
    const properties = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`p${index}`, property]))
    const tools = Array.from({ length: 200 }, (_, index) => ({
      name: `t${index}`,
      inputSchema: { properties },
    }))
    const list = { jsonrpc: '2.0', id: 1, result: { tools: tools.slice(0, 100) } }
    expect(parseJson(Buffer.from(JSON.stringify(list)))).toMatchObject({ ok: true, canonical: true })
    const numbers = {
      result: { structuredContent: { embedding: Array.from({ length: 100_000 }, (_, i) => i / 3) } },
    }
    expect(parseJson(Buffer.from(JSON.stringify(numbers)))).toMatchObject({ ok: true, canonical: true })
  })

  test('no configuration makes the reader recurse without end', () => {
    expect(ruleOf(read(nested(1000), { maxDepth: 1_000_000 }))).toBe('accepted')
    expect(ruleOf(read(nested(1001), { maxDepth: 1_000_000 }))).toBe('json/too-deep')
  })
})

/** Milliseconds of this process's own CPU time, the best of three. */
function cpuMs(work: () => void): number {
  let quickest = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    quickest = Math.min(quickest, (user + system) / 1000)
  }
  return quickest
}

/** How slow the machine is right now: 1 where `JSON.parse` reads 20,000 small objects in 5 ms, more where it is busy. */
function slowness(): number {
  const text = items(20_000, '{"name":"a","value":12.5,"tags":["x","y"]}')
  return Math.max(1, cpuMs(() => void JSON.parse(text)) / 5)
}

describe('documents made to exhaust us are refused in a moment, not in seconds', () => {
  const MiB = 1024 * 1024
  const attacks: readonly [string, string, string][] = [
    ['a million nested arrays', nested(1_000_000), 'json/too-deep'],
    ['a million arrays never closed', '['.repeat(1_000_000), 'json/too-deep'],
    ['600,000 nested objects', `${'{"a":'.repeat(600_000)}1${'}'.repeat(600_000)}`, 'json/too-deep'],
    ['100,000 nested arrays, spaced', `[ ${nested(100_000)}]`, 'json/too-deep'],
    ['nesting below the size of a survey', nested(16_000), 'json/too-deep'],
    ['nesting behind a long string', `["${'x'.repeat(MiB)}",${nested(500_000)}]`, 'json/too-deep'],
    ['nesting behind an open string', `["${'x'.repeat(MiB)},${nested(500_000)}]`, 'json/syntax'],
    ['100,000 keys', keys(100_000), 'json/too-many-keys'],
    ['100,000 objects of one key', items(100_000, '{"a":1}'), 'json/too-many-keys'],
    ['a million empty objects', items(1_000_000, '{}'), 'json/too-many-values'],
    ['a million numbers', items(1_000_000), 'json/too-many-values'],
    ['a string of 5 MiB', `["${'A'.repeat(5 * MiB)}"]`, 'json/too-large'],
    ['a number of 3 MiB', `[${'9'.repeat(3 * MiB)}]`, 'json/long-number'],
    ['a key of 3 MiB, twice in the budget', `{"${'k'.repeat(3 * MiB)}":1,"a":1,"a":2}`, 'json/duplicate-key'],
    ['backslashes without end', `["${'\\'.repeat(3 * MiB)}`, 'json/syntax'],
    ['quotes without end', '"'.repeat(3 * MiB), 'json/trailing'],
    ['colons without end', ':'.repeat(3 * MiB), 'json/syntax'],
    ['minus signs without end', '-'.repeat(3 * MiB), 'json/number'],
  ]
  test.each(attacks)('%s', (_, document, rule) => {
    const bytes = Buffer.from(document)
    const ms = cpuMs(() => expect(ruleOf(parseJson(bytes))).toBe(rule))
    // Between 1 and 40 ms; what grows with the square of the document takes seconds.
    expect(ms / slowness()).toBeLessThan(200)
  })

  test.each([
    ['60,000 keys', keys(60_000)],
    [
      '60,000 index-like keys, far apart',
      keys(60_000).replace(/"k(\d+)"/g, (_, n: string) => `"${Number(n) * 65_537}"`),
    ],
    ['400,000 numbers', items(400_000)],
    ['100,000 numbers to keep exactly', items(100_000, '1.0')],
    ['4 MiB of text', JSON.stringify({ text: 'a "quoted"\n line '.repeat(200_000) })],
  ])('and %s within the budget are read in time that grows with their size', (_, document) => {
    const bytes = Buffer.from(document)
    const limits = { maxBytes: 8 * MiB }
    const ms = cpuMs(() => expect(ruleOf(parseJson(bytes, limits))).toBe('accepted'))
    expect(ms / slowness()).toBeLessThan(500)
  })

  test('the defaults are what this table was made for', () => {
    expect(DEFAULT_BUDGET).toMatchObject({
      maxBytes: 4 * MiB,
      maxDepth: 64,
      maxKeys: 90_000,
      maxValues: 500_000,
    })
  })
})
