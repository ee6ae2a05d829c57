import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../packages/gateway/src/config/load.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The fenced YAML of a page, each block with the line it begins on. */
function blocksOf(page: string): { readonly at: string; readonly text: string }[] {
  const lines = readFileSync(`${root}${page}`, 'utf8').split('\n')
  const blocks: { at: string; text: string }[] = []
  for (let line = 0; line < lines.length; line++) {
    if (lines[line]?.trim() !== '```yaml') continue
    const end = lines.findIndex((text, at) => at > line && text.trim() === '```')
    if (end < 0) throw new Error(`${page}:${line + 1} begins a block that does not end`)
    blocks.push({ at: `${page}:${line + 2}`, text: dedented(lines.slice(line + 1, end)) })
    line = end
  }
  return blocks
}

/** A block within a list is indented as that is. */
function dedented(lines: readonly string[]): string {
  const margin = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return lines.map((line) => line.slice(margin)).join('\n')
}

const pages = [
  'README.md',
  ...readdirSync(`${root}docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
/** Parts of a file, as some pages show them, have no place of their own. */
const SCHEMA = JSON.parse(readFileSync(`${root}packages/gateway/sallyport.schema.json`, 'utf8'))
const KEYS = Object.keys(SCHEMA.properties)
const blocks = pages.flatMap(blocksOf).filter(({ text }) => {
  const [, first] = /^([a-z]\w*):/m.exec(text) ?? []
  return first !== undefined && KEYS.includes(first)
})

describe('what a page shows as configuration can be loaded', () => {
  it('there are such pages', () => {
    expect(blocks.length).toBeGreaterThan(10)
  })

  it.each(blocks)('$at', ({ at, text }) => {
    const whole = /^version:/m.test(text) ? text : `version: 1\n${text}`
    const read = parseConfig(Buffer.from(whole), '/home/ada/sallyport.yaml', {
      env: {},
      homeDir: '/home/ada',
    })
    expect(read.ok ? [] : [`${at}: ${read.error.message}`]).toEqual([])
  })
})
