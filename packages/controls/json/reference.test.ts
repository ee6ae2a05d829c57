import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { isExactNumber, type JsonValue, parseJson, writeJson } from './index.ts'

const vectors = new URL('../../../../shared/reference/data/vectors/', import.meta.url)
const here = existsSync(vectors)
const why = here ? '' : ' (skipped: ../shared/reference/data/vectors is not beside the repository)'

function rowsOf<Row>(name: string): Row[] {
  if (!here) return []
  const lines = readFileSync(new URL(name, vectors), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Row)
}

interface SuiteRow {
  readonly file: string
  readonly expect: 'accept' | 'reject' | 'either' | 'transform'
  /** Null where the row leaves out a large body. */
  readonly bytes_b64: string | null
  readonly valid_utf8: boolean
  readonly len: number
}

describe.skipIf(!here)(`JSONTestSuite${why}`, () => {
  const rows = rowsOf<SuiteRow>('json_test_suite.jsonl')
  const bodyOf = (row: SuiteRow) =>
    // The one row without a body: 50,000 times `[{"":`.
    row.bytes_b64 === null ? Buffer.from('[{"":'.repeat(50_000)) : Buffer.from(row.bytes_b64, 'base64')

  test('the file has its rows', () => {
    expect(rows).toHaveLength(340)
  })

  // Where RFC 8259 leaves it open, or decoders are known to differ, one reading means refusing.
  const stricter: Readonly<Record<string, string>> = {
    'test_parsing/y_object_duplicated_key.json': 'json/duplicate-key',
    'test_parsing/y_object_duplicated_key_and_value.json': 'json/duplicate-key',
    'test_parsing/y_object_escaped_null_in_key.json': 'json/nul-in-key',
  }

  test.each(rows.map((row) => [row.file, row] as const))('%s', (file, row) => {
    const bytes = bodyOf(row)
    const parse = parseJson(bytes)
    const rule = parse.ok ? 'accepted' : parse.fault.rule
    expect(rule).not.toBe('json/disagreement')
    if (file in stricter) expect(rule).toBe(stricter[file])
    else if (row.expect === 'accept') expect(rule).toBe('accepted')
    else if (row.expect === 'reject') expect(rule).not.toBe('accepted')
    else if (!row.valid_utf8) expect(rule).toBe('json/encoding')
    else if (/surrogate|codepoint/i.test(file)) expect(rule).toBe('json/lone-surrogate')
    else if (/same_key/.test(file)) expect(rule).toBe('json/duplicate-key')
    else if (/number|nfc|nfd|NULL/.test(file)) expect(rule).toBe('accepted')
    if (!parse.ok) {
      expect(parse.fault.offset).toBeLessThanOrEqual(bytes.length)
      return
    }
    // Carried unchanged: but for white space and escapes, what goes out is what came in.
    expect(numbersOf(parse.value)).toEqual(
      bytes
        .toString()
        .replace(/"(?:[^"\\]|\\.)*"/g, '')
        .match(NUMBER) ?? [],
    )
    expect(parseJson(Buffer.from(writeJson(parse.value)))).toEqual({ ...parse, canonical: true })
  })
})

interface DifferentialRow {
  readonly id: string
  readonly class: string
  readonly note: string
  readonly raw_b64?: string
  readonly raw_gz_b64?: string
}

describe.skipIf(!here)(`messages that decoders read differently${why}`, () => {
  const rows = rowsOf<DifferentialRow>('mcp_json_differentials.jsonl')
  const bodyOf = (row: DifferentialRow) =>
    row.raw_b64 === undefined
      ? gunzipSync(Buffer.from(row.raw_gz_b64 ?? '', 'base64'))
      : Buffer.from(row.raw_b64, 'base64')

  test('the file has its rows', () => {
    expect(rows).toHaveLength(87)
  })

  // Good JSON, but no message: readInbound refuses them (see packages/gateway/src/protocol/message.test.ts).
  const forMessages = /^syn-(batch1?|null|str|num|emptyobj|emptyarr)$/

  test.each(rows.map((row) => [`${row.id} (${row.class})`, row] as const))('%s', (_, row) => {
    const bytes = bodyOf(row)
    const before = process.cpuUsage()
    const parse = parseJson(bytes)
    const { user, system } = process.cpuUsage(before)
    // Refuse fast: what hangs is seen here; budget.test.ts measures it closely.
    expect((user + system) / 1000).toBeLessThan(2_000)
    const rule = parse.ok ? 'accepted' : parse.fault.rule
    if (row.class === 'duplicate-key') expect(rule).toBe('json/duplicate-key')
    else if (row.class === 'dos-depth') expect(rule).toBe('json/too-deep')
    else if (row.class === 'dos-width') expect(rule).toBe('json/too-many-keys')
    else if (row.class === 'dos-size') expect(rule).toBe('json/too-large')
    else if (row.class === 'permissive-syntax' && !forMessages.test(row.id)) expect(rule).not.toBe('accepted')
    else expect(rule).toBe('accepted')
  })
})

const NUMBER = /-?\d[\d.eE+-]*/g

/** Texts of all numbers, in document order. */
function numbersOf(value: JsonValue | undefined): string[] {
  if (typeof value === 'number' || isExactNumber(value)) return [writeJson(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : []
}
