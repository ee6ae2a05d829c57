import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openOwner } from './owner.ts'
import { PassphraseDoor } from './passphraseDoor.ts'
import { Attempts } from './store/attempts.ts'
import { openIdentityDatabase } from './store/identityDatabase.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-owner-'))
  path = join(folder, 'owner.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('is shown once, kept as a hash, and right however it is typed', async () => {
  const first = await openOwner(path)
  const passphrase = first.fresh ?? ''
  expect(passphrase).toMatch(/^(?:[0-9a-z]{4}-){6}[0-9a-z]{4}$/)
  expect(readFileSync(path, 'utf8')).not.toContain(passphrase.slice(0, 9))
  expect(statSync(path).mode & 0o777).toBe(0o600)

  const later = await openOwner(path)
  expect(later.fresh).toBeUndefined()
  expect(await later.matches(passphrase)).toBe(true)
  expect(await later.matches(` ${passphrase.toUpperCase().replaceAll('-', ' ')} `)).toBe(true)
  expect(await later.matches(`${passphrase}0`)).toBe(false)
  expect(await later.matches('')).toBe(false)
})

it('is one for all who start at once', async () => {
  const all = await Promise.all([openOwner(path), openOwner(path), openOwner(path)])
  const shown = all.flatMap(({ fresh }) => fresh ?? [])
  expect(shown).toHaveLength(1)
  for (const owner of all) expect(await owner.matches(shown[0] ?? '')).toBe(true)
})

it('is not taken from a file that others can write, or that is damaged', async () => {
  await openOwner(path)
  chmodSync(path, 0o622)
  await expect(openOwner(path)).rejects.toThrow('others may write it')
  chmodSync(path, 0o600)
  writeFileSync(path, '{"version":1}')
  await expect(openOwner(path)).rejects.toThrow('move it away')
})

it('is guessed five times from a network, not more; others and those who know it come in', async () => {
  let now = 1_800_000_000_000
  const database = openIdentityDatabase(join(folder, 'identity.sqlite'))
  const looked: string[] = []
  const owner = {
    since: 0,
    matches: async (given: string) => {
      looked.push(given)
      return given === 'right'
    },
  }
  const door = new PassphraseDoor(owner, new Attempts(database, () => now))
  expect(await Promise.all(Array.from({ length: 8 }, () => door.look('right', 'here')))).toEqual(
    Array(8).fill('right'),
  )
  const guesses = await Promise.all(Array.from({ length: 7 }, (_, at) => door.look(`guess-${at}`, 'there')))
  expect(guesses).toEqual([...Array(5).fill('wrong'), 'too-many', 'too-many'])
  expect(looked).not.toContain('guess-5')
  expect(await door.look('right', 'there')).toBe('too-many')
  expect(await door.look('right', 'here')).toBe('right')
  now += 5 * 60_000 + 1
  expect(await door.look('right', 'there')).toBe('right')
  const crowd = await Promise.all(Array.from({ length: 30 }, () => door.look('right', 'here')))
  expect(crowd.filter((found) => found === 'too-many')).toHaveLength(14)
  database.close()
})
