import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { artifactAdapter } from './artifacts.ts'
import { ClientRecords, isSecret } from './clientRecords.ts'
import { firstTime, keptSecret, openIdentityDatabase, sweep } from './identityDatabase.ts'
import { grantName, Revocations } from './revocations.ts'
import { SigningKeys } from './signingKeys.ts'

let folder: string
let one: DatabaseSync
/** Another worker with the same file. */
let other: DatabaseSync
let now: number
const clock = () => now

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-identity-'))
  one = openIdentityDatabase(join(folder, 'identity.sqlite'))
  other = openIdentityDatabase(join(folder, 'identity.sqlite'))
  now = 1_800_000_000_000
})
afterEach(() => {
  one.close()
  other.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('what was revoked', () => {
  it('is known here at once and in another worker within a second', () => {
    const options = { now: clock, keepMs: 600_000 }
    const [here, there] = [new Revocations(one, options), new Revocations(other, options)]
    expect(there.has('jti-1', 'grant-1')).toBe(false)
    here.revokeToken('jti-1')
    here.revokeGrant('grant-2')
    expect(here.has('jti-1', undefined)).toBe(true)
    now += 300
    expect(there.has('jti-1', undefined)).toBe(true)
    expect(there.has('jti-9', 'grant-2')).toBe(true)
    expect(there.has('jti-9', 'grant-9')).toBe(false)
    // Begun later, it knows as well.
    expect(new Revocations(other, options).has('jti-1', undefined)).toBe(true)
  })
})

describe('codes, tokens and sessions', () => {
  const sources = (database: DatabaseSync) => ({
    database,
    now: clock,
    revocations: new Revocations(database, { now: clock, keepMs: 600_000 }),
    clients: new ClientRecords(database, { now: clock, others: async () => undefined, address: () => '' }),
    presentedToken: () => undefined,
    usedTwice: () => new Error('used twice'),
  })

  it('are in the file without what opens them', async () => {
    const tokens = artifactAdapter('RefreshToken', sources(one))
    await tokens.upsert(
      'opens-everything',
      { jti: 'opens-everything', grantId: 'the-grant', kind: 'RefreshToken' },
      60,
    )
    const sessions = artifactAdapter('Interaction', sources(one))
    await sessions.upsert(
      'of-a-browser',
      {
        jti: 'of-a-browser',
        returnTo: 'https://g/oauth/authorize/of-a-browser',
        session: { uid: 'u', cookie: 'cookie-value' },
      },
      60,
    )
    one.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    const file = readFileSync(join(folder, 'identity.sqlite'), 'latin1')
    for (const secret of ['opens-everything', 'of-a-browser', 'cookie-value'])
      expect(file).not.toContain(secret)
    expect(await tokens.find('opens-everything')).toMatchObject({
      jti: 'opens-everything',
      grantId: 'the-grant',
    })
    expect(await sessions.find('of-a-browser')).toMatchObject({
      returnTo: 'https://g/oauth/authorize/of-a-browser',
      session: { uid: 'u' },
    })
  })

  it('are used once, whoever comes first', async () => {
    const [here, there] = [one, other].map((database) =>
      artifactAdapter('AuthorizationCode', sources(database)),
    )
    await here?.upsert('code', { jti: 'code' }, 60)
    const results = await Promise.allSettled([here?.consume('code'), there?.consume('code')])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await there?.find('code')).toHaveProperty('consumed')
  })

  it('end with their time, and with the grant that they were given with', async () => {
    const made = sources(one)
    const tokens = artifactAdapter('RefreshToken', made)
    await tokens.upsert('short', { jti: 'short' }, 60)
    await tokens.upsert('long', { jti: 'long', grantId: 'g' }, 6000)
    now += 61_000
    expect(await tokens.find('short')).toBeUndefined()
    expect(await tokens.find('long')).toBeDefined()
    await tokens.revokeByGrantId('g')
    expect(await tokens.find('long')).toBeUndefined()
    expect(made.revocations.has('any', grantName('g'))).toBe(true)
    sweep(one, now)
    expect(one.prepare('SELECT count(*) AS n FROM artifacts').get()?.n).toBe(0)
  })
})

describe('programs that register', () => {
  const records = (database: DatabaseSync, address: string) =>
    new ClientRecords(database, { now: clock, others: async () => undefined, address: () => address })

  it('are so many a minute, over all workers, and each network has its own count', () => {
    const [here, there] = [records(one, 'a'), records(other, 'a')]
    for (let at = 0; at < 60; at++) {
      expect(here.admits()).toBe('admitted')
      here.add(`client-${at}`, {})
    }
    expect(there.admits()).toBe('too-fast')
    expect(records(other, 'b').admits()).toBe('admitted')
    now += 61_000
    expect(there.admits()).toBe('admitted')
  })

  it('make room for others when there are too many that nobody allowed anything', async () => {
    const flood = records(one, 'flood')
    for (let at = 0; at < 1000; at++) flood.add(`client-${at}`, {})
    const later = records(other, 'person')
    expect(later.admits()).toBe('full')
    now += 16 * 60_000
    expect(later.admits()).toBe('admitted')
  })

  it('are forgotten after a day unless a person allowed something, then half a year after the last use', async () => {
    const here = records(one, 'a')
    here.add('unused', {})
    here.add('used', {})
    here.used('used')
    now += 86_400_001
    here.admits()
    expect(await here.find('unused')).toBeUndefined()
    expect(await here.find('used')).toBeDefined()
    now += 120 * 86_400_000
    here.used('used')
    now += 120 * 86_400_000
    here.admits()
    expect(await here.find('used')).toBeDefined()
    now += 200 * 86_400_000
    here.admits()
    expect(await here.find('used')).toBeUndefined()
  })

  it('have their secrets kept as hashes', async () => {
    const here = records(one, 'a')
    here.add('c', { client_secret: 'the-secret' })
    const kept = String((await here.find('c'))?.client_secret)
    expect(kept).not.toContain('the-secret')
    expect(isSecret(kept, 'the-secret')).toBe(true)
    expect(isSecret(kept, 'another')).toBe(false)
    expect(isSecret(kept, kept)).toBe(false)
    expect(isSecret('plain', 'plain')).toBe(true)
    expect(isSecret(undefined, '')).toBe(false)
  })
})

it('keys are the same for all workers, renewed after a month, and kept while tokens can need them', () => {
  const [here, there] = [new SigningKeys(one, clock), new SigningKeys(other, clock)]
  const first = here.all[0]?.kid ?? ''
  expect(there.all.map(({ kid }) => kid)).toEqual([first])
  now += 31 * 86_400_000
  expect(here.refresh()).toBe(true)
  const second = here.all[0]?.kid ?? ''
  expect(second).not.toBe(first)
  expect(here.all.map(({ kid }) => kid)).toEqual([second, first])
  expect(there.find(second)).toBeDefined()
  now += 31 * 86_400_000
  expect(there.refresh()).toBe(true)
  expect(there.all.map(({ kid }) => kid).slice(1)).toEqual([second])
  expect(Object.keys(here.all[0]?.publicJwk ?? {})).not.toContain('d')
})

it('secrets and single uses are the same for all workers', () => {
  expect(keptSecret(one, 'x').equals(keptSecret(other, 'x'))).toBe(true)
  expect(keptSecret(one, 'y').equals(keptSecret(other, 'x'))).toBe(false)
  expect([firstTime(one, 'jti', now + 1), firstTime(other, 'jti', now + 1)]).toEqual([true, false])
})
