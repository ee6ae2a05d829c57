import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { NotPrivate, requirePrivateFolder } from './privateFolder.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

it('a folder that is not there is made, private to this user', () => {
  requirePrivateFolder(join(dir, 'a/b'))
  expect(statSync(join(dir, 'a/b')).mode & 0o777).toBe(0o700)
  requirePrivateFolder(join(dir, 'a/b'))
})

it.each([
  [0o701, 'x for all'],
  [0o710, 'x for the group'],
  [0o704, 'r for all'],
  [0o777, 'everything for all'],
])('one with mode %o is refused and left as it is', (mode) => {
  const path = join(dir, 'open')
  mkdirSync(path)
  chmodSync(path, mode)
  expect(() => requirePrivateFolder(path)).toThrow(NotPrivate)
  expect(() => requirePrivateFolder(path)).toThrow(`chmod 700 ${path}`)
  expect(statSync(path).mode & 0o777).toBe(mode)
})

it('a link to a folder, even a private one, is refused', () => {
  mkdirSync(join(dir, 'real'), { mode: 0o700 })
  symlinkSync(join(dir, 'real'), join(dir, 'link'))
  expect(() => requirePrivateFolder(join(dir, 'link'))).toThrow('symbolic link')
})

it('a file is refused', () => {
  writeFileSync(join(dir, 'file'), '')
  expect(() => requirePrivateFolder(join(dir, 'file'))).toThrow()
})

it.runIf(process.getuid?.() === 0)('another user’s folder is refused', () => {
  const path = join(dir, 'theirs')
  mkdirSync(path, { mode: 0o700 })
  chownSync(path, 12_345, 12_345)
  expect(() => requirePrivateFolder(path)).toThrow('belongs to user 12345')
})
