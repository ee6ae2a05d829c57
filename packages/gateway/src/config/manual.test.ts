import { describe, expect, test } from 'vitest'
import { manual } from './manual.ts'
import { configFile } from './schema.ts'
import type { Field, Shape } from './shape.ts'
import { list, preset, record } from './shape.ts'
import { line } from './texts.ts'

/** Every key with the value it has where the file says nothing. */
function* presets(shape: Shape, path: string): Generator<readonly [string, Field]> {
  if (shape.kind === 'map') yield* presets(shape.values, `${path}.${shape.key.toUpperCase()}`)
  if (shape.kind === 'list') yield* presets(shape.items, `${path}[]`)
  if (shape.kind !== 'record') return
  for (const [name, field] of Object.entries(shape.fields)) {
    const key = path === '' ? name : `${path}.${name}`
    if (field.presence === 'default' && field.shape.kind !== 'record') yield [key, field]
    yield* presets(field.shape, key)
  }
}

const page = manual(configFile)
const rowOf = (key: string) => page.split('\n').find((line) => line.startsWith(`| \`${key}\``)) ?? ''

describe('the page of keys', () => {
  test('shows what holds without a key, also where that is a list', () => {
    const wrong: string[] = []
    let lists = 0
    for (const [key, field] of presets(configFile, '')) {
      if (field.otherwise !== undefined || typeof field.default !== 'object') continue
      const items = Array.isArray(field.default) ? field.default : Object.keys(field.default)
      const initial = rowOf(key).split(' | ')[2] ?? ''
      const shown = items.length === 0 ? initial === 'none' : items.every((item) => initial.includes(item))
      if (!shown) wrong.push(`${key}: ${initial}`)
      if (items.length > 0) lists += 1
    }
    expect(wrong).toEqual([])
    expect(lists).toBeGreaterThan(3)
  })

  test('says none of an empty list alone', () => {
    const shape = record({ a: preset(list(line), [], 'A.'), b: preset(list(line), ['x', 'y'], 'B.') })
    expect(manual(shape)).toContain('| `a` | list of text | none | A. |')
    expect(manual(shape)).toContain('| `b` | list of text | `x`, `y` | B. |')
  })

  test('links the pages it names', () => {
    expect(page).not.toMatch(/\bdocs\//)
    expect(page).toContain('[identity.md](identity.md)')
  })
})
