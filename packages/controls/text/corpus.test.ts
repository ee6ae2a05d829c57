import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { findHidden, type HiddenText, isDecisive, marked, readings, removeHidden } from './index.ts'

const data = new URL('../../../../shared/reference/data/', import.meta.url)
const here = existsSync(data)
const why = here ? '' : ' (skipped: ../shared/reference/data is not beside the repository)'

interface Row {
  readonly id?: string
  readonly tool?: unknown
  readonly text?: unknown
  readonly meta?: { readonly inj?: string; readonly loc?: string }
}

function rowsOf(name: string): Row[] {
  if (!here) return []
  const lines = readFileSync(new URL(`${name}.jsonl`, data), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row)
}

interface Place {
  readonly key: string
  readonly text: string
}

function* textsOf(value: unknown, key = ''): Generator<Place> {
  if (typeof value === 'string') yield { key, text: value }
  else if (Array.isArray(value)) for (const each of value) yield* textsOf(each, key)
  else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      yield { key: 'name', text: name }
      yield* textsOf(member, name)
    }
  }
}

const hiddenIn = ({ key, text }: Place) => findHidden(text, key === 'name' ? 'name' : 'prose')
const says = ({ rule, severity, explain, decoded }: HiddenText) =>
  `${severity} ${rule}: ${explain} ${decoded ?? ''}`

// By code point alone, and so not by what is tested: whatever hides in the corpora.
const CARRIERS = /[\u{e0000}-\u{e01ef}\u202a-\u202e\u2066-\u2069]|[\u200b-\u200f\u2060-\u2064\ufeff]{3}/u
const STRAYS = /\u200b|(?![\t\n\v\f\r\u0085])\p{Cc}/u
const isSmuggled = (text: string) => CARRIERS.test(text) || text.includes('\u001b')

describe.skipIf(!here)(`real servers and results${why}`, () => {
  test('no tool of a real server has anything that decides, and each stays byte for byte', () => {
    const rows = rowsOf('detection/tools_benign')
    expect(rows).toHaveLength(3730)
    const places = rows.flatMap(({ tool }) => [...textsOf(tool)])
    expect(places.length).toBeGreaterThan(100_000)
    expect(places.flatMap(hiddenIn).filter(isDecisive).map(says)).toEqual([])
    expect(places.filter(({ text }) => removeHidden(text) !== text)).toEqual([])
  })

  test('no result either, and of documents only the comments are hidden', () => {
    const places = rowsOf('detection/results_benign').flatMap(({ text }) => [...textsOf(text)])
    expect(places.flatMap(hiddenIn).filter(isDecisive).map(says)).toEqual([])
    expect(places.filter(({ text }) => removeHidden(text, { comments: 'keep' }) !== text)).toEqual([])
  })
})

describe.skipIf(!here)(`smuggled text in public test sets${why}`, () => {
  const smuggled = rowsOf('detection/tools_malicious').flatMap(({ tool, meta }) =>
    [...textsOf(tool)].filter(({ text }) => isSmuggled(text)).map((place) => ({ ...place, meta })),
  )

  test('every one of them decides, is gone when it is taken out, and is shown to people', () => {
    expect(smuggled.length).toBeGreaterThan(200)
    for (const place of smuggled) {
      expect(hiddenIn(place).some(isDecisive), JSON.stringify(place.text)).toBe(true)
      const clean = removeHidden(place.text)
      expect(isSmuggled(clean)).toBe(false)
      expect(findHidden(clean, 'prose').filter(isDecisive)).toEqual([])
      expect(marked(place.text)).toMatch(/⟦[a-z-]+: /)
    }
  })

  test('and what each says can be read', () => {
    const words = (text: string) => text.replace(/\s+/g, ' ').trim()
    for (const { text, meta } of smuggled) {
      if (meta?.inj === undefined) continue
      const order = words(meta.inj)
      const inner = readings(text).slice(1)
      const decoded = findHidden(text, 'prose').flatMap((each) => each.decoded ?? [])
      const read = [...inner.map((reading) => reading.text), ...decoded].map(words)
      expect(
        read.some((said) => said.length > 20 && order.includes(said)),
        JSON.stringify(text),
      ).toBe(true)
    }
  })

  test('stray invisible and control characters are noticed', () => {
    const names = [
      'agt_vectors',
      'mcp_json_differentials',
      'safe_mcp_test_logs',
      'payload_misc_injection',
      'payload_sqli',
    ]
    const rows = [
      ...names.map((name) => `vectors/${name}`),
      'detection/tools_malicious',
      'detection/prompts_malicious',
    ]
    const places = rows.flatMap(rowsOf).flatMap((row) => [...textsOf(row)])
    const strange = places.filter(({ text }) => STRAYS.test(text) || isSmuggled(text))
    expect(strange.length).toBeGreaterThan(250)
    for (const place of strange) expect(hiddenIn(place), JSON.stringify(place.text)).not.toEqual([])
  })
})
