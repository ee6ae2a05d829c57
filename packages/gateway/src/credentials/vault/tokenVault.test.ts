/** What is in the vault opens for its owner, where it is, with its key, and nowhere else. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRecord, sealRecord } from './sealedRecord.ts'
import { TokenVault } from './tokenVault.ts'
import {
  addVaultKey,
  keepOnly,
  parseVaultKeys,
  readVaultKeys,
  rereadVaultKeys,
  VaultLocked,
} from './vaultKey.ts'

let dir: string
let vault: TokenVault
let now = 1_000
const keys = parseVaultKeys(Buffer.alloc(32, 1).toString('base64'), 'a test')
const path = () => join(dir, 'vault.sqlite')
const ann = { kind: 'token', principal: 'ann', server: 'one' }
const bob = { ...ann, principal: 'bob' }
const ISSUER = 'https://issuer.example'

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-vault-'))
  now = 1_000
  vault = new TokenVault({ path: path(), keys, now: () => now })
})
afterEach(() => {
  vault.close()
  rmSync(dir, { recursive: true, force: true })
})

describe('a record', () => {
  it('is found by its owner alone, and not in the file in clear', () => {
    vault.put(ann, ISSUER, 'the secret of ann')
    expect(vault.newest(ann)?.text).toBe('the secret of ann')
    expect(vault.newest(bob)).toBeUndefined()
    expect(vault.newest({ ...ann, server: 'two' })).toBeUndefined()
    expect(vault.find(ann, 'https://other.example')).toBeUndefined()
    for (const file of ['vault.sqlite', 'vault.sqlite-wal'])
      expect(readFileSync(join(dir, file), 'latin1')).not.toContain('the secret of ann')
    expect(statSync(path()).mode & 0o077).toBe(0)
  })

  it.each([
    ['another principal', "UPDATE records SET principal = 'bob'", bob],
    ['another server', "UPDATE records SET server = 'two'", { ...ann, server: 'two' }],
    ['another issuer', "UPDATE records SET issuer = 'https://evil.example'", ann],
    ['another kind', "UPDATE records SET kind = 'client'", { ...ann, kind: 'client' }],
    ['another tenant', "UPDATE records SET tenant = 'other'", ann],
    ['another version', 'UPDATE records SET version = version + 1', ann],
    ['another nonce', 'UPDATE records SET nonce = zeroblob(12)', ann],
    ['nothing in it', 'UPDATE records SET sealed = zeroblob(40)', ann],
    ['too little in it', 'UPDATE records SET sealed = zeroblob(3)', ann],
  ])('moved to %s does not open', (_, change, owner) => {
    vault.put(ann, ISSUER, 'the secret of ann')
    const file = new DatabaseSync(path())
    file.exec(change)
    file.close()
    expect(vault.newest(owner)).toBeUndefined()
  })

  it('has a nonce of its own each time', () => {
    const [key] = keys
    const name = { ...ann, tenant: 't', issuer: ISSUER }
    const nonces = new Set(
      Array.from({ length: 500 }, () => Buffer.from(sealRecord(key, name, 1, 'x').nonce).toString('hex')),
    )
    expect(nonces.size).toBe(500)
    expect(openRecord(keys, name, sealRecord(key, name, 1, 'x'))).toBe('x')
  })

  it('is replaced only where it is still the one that was read', () => {
    vault.put(ann, ISSUER, 'one')
    const version = vault.versionOf(ann) ?? 0
    expect(vault.put(ann, ISSUER, 'two', { ifVersion: version })).toBe(true)
    expect(vault.put(ann, ISSUER, 'late', { ifVersion: version })).toBe(false)
    vault.delete(ann)
    expect(vault.put(ann, ISSUER, 'too late', { ifVersion: version })).toBe(false)
    expect(vault.newest(ann)).toBeUndefined()
  })

  it('is taken once', () => {
    vault.put(ann, ISSUER, 'one')
    expect(vault.take(ann, ISSUER)?.text).toBe('one')
    expect(vault.take(ann, ISSUER)).toBeUndefined()
  })

  it('is listed without what is in it', () => {
    vault.put(ann, ISSUER, 'the secret of ann')
    vault.put(bob, ISSUER, 'the secret of bob')
    expect(vault.list('token', 'ann')).toMatchObject([{ principal: 'ann', server: 'one', issuer: ISSUER }])
    expect(JSON.stringify(vault.list('token'))).not.toContain('secret')
  })

  it('that is over is swept away', () => {
    vault.put(ann, ISSUER, 'short', { expiresAt: 1_500 })
    now = 2_000
    vault.sweep()
    expect(vault.newest(ann)).toBeUndefined()
  })
})

it('a lease is one holder’s until it is given back or over', () => {
  expect(vault.lease('refresh', 'a', 1_000)).toBe(true)
  expect(vault.lease('refresh', 'b', 1_000)).toBe(false)
  vault.release('refresh', 'b')
  expect(vault.lease('refresh', 'b', 1_000)).toBe(false)
  vault.release('refresh', 'a')
  expect(vault.lease('refresh', 'b', 1_000)).toBe(true)
  now += 5_000
  expect(vault.lease('refresh', 'a', 1_000)).toBe(true)
})

describe('a key', () => {
  const file = () => join(dir, 'data', 'vault.key')

  it('is made once, private, by whoever comes first', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => readVaultKeys(file())))
    expect(new Set(made.map(([{ id }]) => id)).size).toBe(1)
    expect(statSync(file()).mode & 0o077).toBe(0)
  })

  it('that others may read is not used', async () => {
    await readVaultKeys(file())
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(file(), mode)
      await expect(readVaultKeys(file())).rejects.toThrow(VaultLocked)
    }
  })

  it('behind a link, or that is none, is not used', async () => {
    await readVaultKeys(file())
    const link = join(dir, 'link.key')
    symlinkSync(file(), link)
    await expect(readVaultKeys(link)).rejects.toThrow(VaultLocked)
    writeFileSync(join(dir, 'short.key'), 'abc\n', { mode: 0o600 })
    await expect(readVaultKeys(join(dir, 'short.key'))).rejects.toThrow(VaultLocked)
  })

  it('is changed without losing anything, and the old one opens nothing then', async () => {
    const old = await readVaultKeys(file())
    const own = new TokenVault({ path: join(dir, 'other.sqlite'), keys: old, now: () => now })
    own.put(ann, ISSUER, 'the secret of ann')
    own.put(bob, ISSUER, 'the secret of bob')
    const both = await addVaultKey(file(), old)
    expect(own.rotate(both)).toBe(2)
    const next = await keepOnly(file(), both)
    own.close()
    const reopened = new TokenVault({
      path: join(dir, 'other.sqlite'),
      keys: await readVaultKeys(file()),
      now: () => now,
    })
    expect(reopened.newest(ann)?.text).toBe('the secret of ann')
    reopened.close()
    const before = new TokenVault({ path: join(dir, 'other.sqlite'), keys: old, now: () => now })
    expect(before.newest(ann)).toBeUndefined()
    before.close()
    expect(next[0].id).not.toBe(old[0].id)
  })

  it('that another process changed is read again before anything is opened or sealed', async () => {
    const first = await readVaultKeys(file())
    const open = () =>
      new TokenVault({
        path: join(dir, 'other.sqlite'),
        keys: first,
        now: () => now,
        readKeys: () => rereadVaultKeys(file()),
      })
    const [one, other, fixed] = [
      open(),
      open(),
      new TokenVault({ path: join(dir, 'other.sqlite'), keys: first, now: () => now }),
    ]
    one.put(ann, ISSUER, 'the secret of ann')
    const both = await addVaultKey(file(), first)
    one.rotate(both)
    const [next] = await keepOnly(file(), both)
    expect(other.newest(ann)?.text).toBe('the secret of ann')
    other.put(bob, ISSUER, 'the secret of bob')
    const again = new TokenVault({ path: join(dir, 'other.sqlite'), keys: [next], now: () => now })
    expect(again.newest(bob)?.text).toBe('the secret of bob')
    expect(() => fixed.put(ann, ISSUER, 'sealed with the old key')).toThrow(VaultLocked)
    for (const vaults of [one, other, fixed, again]) vaults.close()
  })
})
