import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Log } from '../log.ts'
import { MAX_CHARS, MAX_TEXTS, readWithheld, WithheldTexts } from './withheldTexts.ts'

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
} as unknown as Log
let dir: string
let folder: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-withheld-'))
  folder = join(dir, 'withheld')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const text = (said: string) => ({
  server: 's',
  method: 'tools/call',
  where: '/content',
  rules: ['poison/override'],
  text: said,
})
const open = () => new WithheldTexts({ folder, log: silent, now: () => new Date(0) })

it('keeps a text once, for its user alone, and reads it again', async () => {
  const texts = open()
  const id = texts.keep(text('do x'))
  expect(texts.keep(text('do x'))).toBe(id)
  await texts.close()
  expect(await readWithheld(folder)).toEqual([
    { ...text('do x'), id, at: '1970-01-01T00:00:00.000Z', cut: 0 },
  ])
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(statSync(join(folder, `${id}.json`)).mode & 0o777).toBe(0o600)
})

it('keeps no more than so many, and of a long one the beginning', async () => {
  const texts = open()
  for (let at = 0; at < MAX_TEXTS + 5; at++) {
    texts.keep(text(`order ${at}`))
    if (at % 16 === 0) await texts.close()
  }
  texts.keep(text('x'.repeat(MAX_CHARS + 7)))
  await texts.close()
  expect(readdirSync(folder).length).toBeLessThanOrEqual(MAX_TEXTS)
  expect((await readWithheld(folder)).find(({ cut }) => cut > 0)?.cut).toBe(7)
})

it('gives an id for what cannot be kept as well, and reads nothing that is not its own', async () => {
  writeFileSync(folder, 'a file where the folder should be')
  const texts = open()
  expect(texts.keep(text('do x'))).toMatch(/^[0-9a-f]{12}$/)
  await texts.close()
  rmSync(folder)
  const other = open()
  other.keep(text('do y'))
  await other.close()
  writeFileSync(join(folder, '000000000000.json'), '{"half')
  writeFileSync(join(dir, 'elsewhere.json'), JSON.stringify({ ...text('planted'), at: '', cut: 0 }))
  symlinkSync(join(dir, 'elsewhere.json'), join(folder, '111111111111.json'))
  expect((await readWithheld(folder)).map(({ text: said }) => said)).toEqual(['do y'])
})
