import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { putIfMissing } from './putIfMissing.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-put-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('of many who write at once the first wins, whole, privately, and nothing else is left', async () => {
  const path = join(folder, 'a.key')
  const texts = Array.from({ length: 20 }, (_, at) => `${at}`.repeat(1_000))
  await Promise.all(texts.map((text) => putIfMissing(path, text)))
  const found = readFileSync(path, 'utf8')
  expect(texts).toContain(found)
  await putIfMissing(path, 'late')
  expect(readFileSync(path, 'utf8')).toBe(found)
  expect(readdirSync(folder)).toEqual(['a.key'])
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
})
