import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readPrivate, writePrivate } from './privateFile.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-private-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const path = (name: string) => join(dir, 'cache', name)
const isRoot = process.getuid?.() === 0

describe('a private file', () => {
  it('is read as it was written, is ours alone, and leaves no draft behind', async () => {
    await writePrivate(path('a'), Buffer.from('one'))
    await writePrivate(path('a'), Buffer.from('two'))
    expect(await readPrivate(path('a'), 100)).toEqual({ kind: 'read', bytes: Buffer.from('two') })
    expect(statSync(path('a')).mode & 0o777).toBe(0o600)
    expect(statSync(join(dir, 'cache')).mode & 0o777).toBe(0o700)
    expect(readdirSync(join(dir, 'cache'))).toEqual(['a'])
  })

  it('that is not there is missing', async () => {
    expect(await readPrivate(path('a'), 100)).toEqual({ kind: 'missing' })
  })

  it.each([
    ['a link', () => symlinkSync(join(dir, 'elsewhere'), path('a')), /link/],
    ['a folder', () => mkdirSync(path('a')), /no plain file/],
    ['a pipe', () => execFileSync('mkfifo', [path('a')]), /no plain file/],
    ['too large', () => writeFileSync(path('a'), 'x'.repeat(101)), /larger than 100/],
    [
      'writable for others',
      () => {
        writeFileSync(path('a'), 'x')
        chmodSync(path('a'), 0o622)
      },
      /others may write/,
    ],
  ])('that is %s is ignored', async (_what, plant, why) => {
    mkdirSync(join(dir, 'cache'), { mode: 0o700 })
    writeFileSync(join(dir, 'elsewhere'), 'planted')
    plant()
    expect(await readPrivate(path('a'), 100)).toMatchObject({
      kind: 'ignored',
      why: expect.stringMatching(why),
    })
  })

  it.runIf(isRoot)('that belongs to another user is ignored', async () => {
    await writePrivate(path('a'), Buffer.from('x'))
    chownSync(path('a'), 12345, 12345)
    expect(await readPrivate(path('a'), 100)).toEqual({ kind: 'ignored', why: 'it belongs to another user' })
  })

  it('is not written into a folder that others may write', async () => {
    mkdirSync(join(dir, 'cache'))
    chmodSync(join(dir, 'cache'), 0o777)
    await expect(writePrivate(path('a'), Buffer.from('x'))).rejects.toThrow(/others may write/)
    expect(readdirSync(join(dir, 'cache'))).toEqual([])
  })
})
