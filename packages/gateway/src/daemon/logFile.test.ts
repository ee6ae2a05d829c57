import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { LogFile } from './logFile.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

it('never holds more than its limit, keeps the one before, and is readable by this user only', () => {
  const path = join(dir, 'deep/daemon.log')
  const log = new LogFile(path, 1_000)
  for (let at = 0; at < 100; at++) log.write(`${String(at).padStart(99, '.')}\n`)
  expect(statSync(path).size).toBeLessThanOrEqual(1_000)
  expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(1_000)
  expect(readFileSync(path, 'utf8').trimEnd().endsWith('99')).toBe(true)
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

it('goes on where the last daemon ended', () => {
  const path = join(dir, 'daemon.log')
  new LogFile(path).write('one\n')
  new LogFile(path).write('two\n')
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
})

it('is not written through a link', () => {
  writeFileSync(join(dir, 'precious'), 'mine')
  symlinkSync(join(dir, 'precious'), join(dir, 'daemon.log'))
  expect(() => new LogFile(join(dir, 'daemon.log'))).toThrow()
  expect(readFileSync(join(dir, 'precious'), 'utf8')).toBe('mine')
  expect(existsSync(join(dir, 'daemon.log.1'))).toBe(false)
})
