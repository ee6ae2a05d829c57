import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
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

it('that cannot be turned over begins anew in place, and never touches a file that is not its own', () => {
  const path = join(dir, 'daemon.log')
  const precious = join(dir, 'precious')
  const log = new LogFile(path, 1_000)
  mkdirSync(`${path}.1`)
  for (let at = 0; at < 11; at++) log.write(`${String(at).padStart(99, '.')}\n`)
  // The first free descriptor: the log's own, had it been closed.
  const other = openSync(precious, 'w')
  for (let at = 11; at < 50; at++) log.write(`${String(at).padStart(99, '.')}\n`)
  closeSync(other)
  expect(readFileSync(precious, 'utf8')).toBe('')
  expect(statSync(path).size).toBeLessThanOrEqual(2_000)
  expect(readFileSync(path, 'utf8')).toMatch(/could not be turned over.*EISDIR[\s\S]*49\n$/)
})

it('is written on when its folder was removed, in a new one from the next turn on', () => {
  const path = join(dir, 'state/daemon.log')
  const log = new LogFile(path, 1_000)
  rmSync(join(dir, 'state'), { recursive: true })
  for (let at = 0; at < 25; at++) log.write(`${String(at).padStart(99, '.')}\n`)
  expect(existsSync(path)).toBe(true)
  expect(readFileSync(path, 'utf8')).toContain('24\n')
})
