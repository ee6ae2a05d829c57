import { importJWK } from 'jose'
import { expect, it } from 'vitest'
import { silentLog } from '../../log.ts'
import { makeKey } from '../testing/testIssuer.ts'
import type { FetchJson } from '../tokens/fetchJson.ts'
import { assertionKeys } from './assertionKeys.ts'

const ISSUER = { issuer: 'https://idp.example', jwks: 'https://idp.example/keys', groupsClaim: 'groups' }
const [one, next] = [makeKey('ES256', 'one'), makeKey('ES256', 'next')]

function open() {
  const world = { now: 1_000_000, down: false, keys: [one.jwk], asked: [] as string[] }
  const fetchJson = (async (address) => {
    world.asked.push(address)
    if (world.down) return { ok: false, why: 'it answered 503' }
    return { ok: true, document: { keys: world.keys } }
  }) as FetchJson
  const keysOf = assertionKeys([ISSUER], {
    importKey: importJWK,
    fetchJson,
    now: () => world.now,
    log: silentLog,
  })
  const find = async (kid: string, alg = 'ES256') =>
    await keysOf(ISSUER)({ alg, kid }, { payload: '', signature: '' })
  return { world, keysOf, find }
}

it('keys are fetched from where the configuration says, once for many', async () => {
  const { world, find } = open()
  await Promise.all([find('one'), find('one')])
  await find('one')
  expect(world.asked).toEqual([ISSUER.jwks])
})

it('a key that is not there is looked for again, but not for each who names one', async () => {
  const { world, find } = open()
  await find('one')
  for (let times = 0; times < 20; times++)
    await expect(find(`made-up-${times}`)).rejects.toThrow('no such key')
  expect(world.asked).toHaveLength(2)
  world.keys = [next.jwk]
  world.now += 30_000
  await find('next')
  expect(world.asked).toHaveLength(3)
})

it('a key is not used for another algorithm', async () => {
  const { find } = open()
  for (const algorithm of ['HS256', 'RS256', 'none'])
    await expect(find('one', algorithm)).rejects.toThrow('no such key')
})

it('while the issuer does not answer, old keys open nothing', async () => {
  const { world, find } = open()
  await find('one')
  world.down = true
  await find('one')
  world.now += 10 * 60_000 + 1
  await expect(find('one')).rejects.toThrow('cannot be had: it answered 503')
})

it('an issuer that is not configured has no keys', () => {
  const { keysOf } = open()
  expect(() => keysOf({ ...ISSUER, issuer: 'https://evil.example' })).toThrow('not one of')
})
