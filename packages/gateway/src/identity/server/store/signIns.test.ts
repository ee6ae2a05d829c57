import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { artifactAdapter } from './artifacts.ts'
import { ClientRecords } from './clientRecords.ts'
import { openIdentityDatabase } from './identityDatabase.ts'
import { People } from './people.ts'
import { grantName, Revocations } from './revocations.ts'
import { SignIns } from './signIns.ts'

const HOUR_MS = 3_600_000
let database: DatabaseSync
let now: number
let revocations: Revocations
let people: People
let signIns: SignIns

beforeEach(() => {
  database = openIdentityDatabase(':memory:')
  now = 1_000_000 * 1000
  revocations = new Revocations(database, { now: () => now, keepMs: HOUR_MS })
  people = new People(database, () => now)
  signIns = new SignIns(database, () => now)
})
afterEach(() => database.close())

/** What the engine keeps of a person's consent, with a refresh token or without. */
async function allow(grant: string, account: string, client: string, refresh?: string): Promise<void> {
  const clients = new ClientRecords(database, {
    now: () => now,
    address: () => '',
    others: async () => undefined,
  })
  const sources = {
    database,
    now: () => now,
    revocations,
    clients,
    presentedToken: () => undefined,
    usedTwice: () => new Error('twice'),
  }
  now += 1_000
  const iat = now / 1000
  people.signedIn({ sub: account, name: account.toUpperCase(), groups: [] })
  const key = { account, client, redirect: 'https://app.example/cb', resource: 'https://gate.example/mcp' }
  people.allow(key, ['mcp'])
  const resources = { [key.resource]: 'mcp' }
  await artifactAdapter('Grant', sources).upsert(
    grant,
    { jti: grant, accountId: account, clientId: client, resources, iat },
    86_400,
  )
  if (refresh === undefined) return
  const token = { jti: refresh, grantId: grant, accountId: account, clientId: client, iat }
  await artifactAdapter('RefreshToken', sources).upsert(refresh, token, 86_400)
}

const programs = () => signIns.all().map(({ program }) => program)

it('one that nothing can be done with any more is not listed', async () => {
  await allow('g1', 'ada', 'kept', 'r1')
  await allow('g2', 'ada', 'gone')
  expect(programs()).toEqual(['kept', 'gone'])
  now += HOUR_MS + 1_000
  expect(programs()).toEqual(['kept'])
  expect(signIns.all()[0]).toMatchObject({ person: 'ADA', allows: { 'https://gate.example/mcp': 'mcp' } })
})

it('what is listed opens nothing', async () => {
  await allow('the-grant-itself', 'ada', 'app', 'the-refresh-token')
  const text = JSON.stringify([signIns.all(), signIns.programs(), signIns.people()])
  for (const secret of ['the-grant-itself', 'the-refresh-token', grantName('the-grant-itself')])
    expect(text).not.toContain(secret)
})

it('an end takes tokens, refresh tokens and the remembered consent of that one alone', async () => {
  await allow('g1', 'ada', 'one', 'r1')
  await allow('g2', 'ada', 'two', 'r2')
  const [first] = signIns.all()
  signIns.end([first?.id ?? ''], revocations)
  expect(programs()).toEqual(['two'])
  expect([revocations.has('t', grantName('g1')), revocations.has('t', grantName('g2'))]).toEqual([
    true,
    false,
  ])
  expect([people.hasAllowed('ada', 'one'), people.hasAllowed('ada', 'two')]).toEqual([false, true])
  expect(database.prepare("SELECT count(*) AS n FROM artifacts WHERE kind = 'RefreshToken'").get()?.n).toBe(1)
})

it('one that an older version kept without the name that tokens call it by ends with its tokens, too', async () => {
  await allow('g1', 'ada', 'one', 'r1')
  database.exec("UPDATE artifacts SET payload = json_remove(payload, '$.name') WHERE kind = 'Grant'")
  signIns.endPerson('ada', revocations)
  expect(revocations.has('t', grantName('g1'))).toBe(true)
})

it('a person or a program ends with all that is theirs, and nobody else’s', async () => {
  await allow('g1', 'ada', 'shared', 'r1')
  await allow('g2', 'bob', 'shared', 'r2')
  await allow('g3', 'bob', 'other', 'r3')
  signIns.endPerson('ada', revocations)
  expect(signIns.all().map(({ account, program }) => [account, program])).toEqual([
    ['bob', 'shared'],
    ['bob', 'other'],
  ])
  signIns.endProgram('shared', revocations)
  expect(programs()).toEqual(['other'])
})
