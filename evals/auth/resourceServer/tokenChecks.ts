/** Tokens of every kind of wrong, the keys they are verified with, and introspection. */
import { makeKey, type TestIssuer } from '../../../packages/gateway/src/identity/testing/testIssuer.ts'
import { tokenCases } from '../../../packages/gateway/src/identity/testing/tokenCases.ts'
import { VerifiedTokens } from '../../../packages/gateway/src/identity/tokens/verifiedTokens.ts'
import { AUDIENCE, bearer } from '../../../tests/gateway/identityWorld.ts'
import type { AuthCheck } from '../check.ts'
import { expectEqual, expectOneOf } from '../expect.ts'
import {
  call,
  check,
  elsewhere,
  expectAccepted,
  expectRefused,
  fetched,
  nowSeconds,
  rotating,
  tokens,
  world,
} from './stage.ts'

/** Ids and titles only: the tokens are made by the issuer of the world, when it is there. */
const table = (() => {
  const key = makeKey('ES256', 'k')
  const stub = { url: 'http://127.0.0.1', key, token: () => 'a.b.c' } as unknown as TestIssuer
  const more = { rsa: key, rsaSmall: key, rsaForEncryption: key, ed25519: key, secret: {} }
  return tokenCases(stub, more, AUDIENCE)
})()

const ofTokens: readonly AuthCheck[] = table.map(({ id, title, expect }) => ({
  id,
  title: `${title}: ${expect}`,
  async run() {
    const credential = bearer(tokens.get(id)?.token ?? '')
    if (expect === 'accepted') await expectAccepted('the token', credential)
    else await expectRefused('the token', credential)
  },
}))

const ofKeys: readonly AuthCheck[] = [
  check('RS-JWKS-001', 'unknown keys cause one fetch, not one each', async () => {
    await call(bearer(world.issuer.token()))
    const before = fetched(world.issuer, '/jwks')
    for (let at = 0; at < 5; at++)
      await expectRefused('it', bearer(world.issuer.token({}, {}, makeKey('ES256', `stranger-${at}`))))
    expectOneOf('fetches', fetched(world.issuer, '/jwks') - before, [0, 1])
  }),
  check('RS-JWKS-003', 'a key that was taken back verifies nothing', async () => {
    const old = rotating.key
    await expectAccepted('a token of the old key', bearer(rotating.token()))
    const known = bearer(rotating.token())
    await expectAccepted('a token that is known', known)
    rotating.keys = [makeKey('ES256', 'key-2').jwk]
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    await expectRefused('a new token of the old key', bearer(rotating.token({}, {}, old)))
    // What was verified before goes with the key.
    await expectRefused('the token that was known', known)
  }),
  check('RS-JWKS-007', 'an RSA key under 2048 bits is no key', async () => {
    await expectRefused('it', bearer(world.issuer.token({}, {}, world.more.rsaSmall)))
  }),
  check('RS-JWKS-009', 'an address in the header is never fetched', async () => {
    const before = rotating.asked.length
    await expectRefused('it', bearer(world.issuer.token({}, { jku: `${rotating.url}/jwks` })))
    await expectRefused('it', bearer(world.issuer.token({}, { x5u: `${rotating.url}/jwks` })))
    expectEqual('requests', rotating.asked.length - before, 0)
  }),
  check('RS-JWKS-010', 'keys at another origin than their issuer are not fetched', async () => {
    const before = rotating.asked.length
    const { reply, reached } = await call(bearer(elsewhere.token()))
    expectEqual('status', reply.status, 503)
    expectEqual('calls', reached, 0)
    expectEqual('requests', rotating.asked.length - before, 0)
  }),
  check('RS-JWKS-011', 'a known token is known for a minute at most, and not beyond its end', async () => {
    let now = 0
    const cache = new VerifiedTokens<string>({ maxEntries: 10, now: () => now })
    const owner = {}
    cache.add('long', 'x', owner, undefined)
    cache.add('short', 'x', owner, 1_000)
    now = 1_000
    expectEqual('at its end', cache.get('short'), undefined)
    now = 60_000
    expectEqual('after a minute', cache.get('long'), undefined)
    const exp = nowSeconds() + 2
    const token = bearer(world.issuer.token({ exp }))
    await expectAccepted('before its end', token)
    await new Promise((resolve) => setTimeout(resolve, 2_000 + 5_500))
    await expectRefused('after its end', token)
  }),
  check(
    'RS-JWKS-012',
    'an opaque token is what its issuer says, and a no is remembered briefly',
    async () => {
      world.issuer.opaque.set('opaque-good', { active: true, sub: 'olga', aud: AUDIENCE, scope: 'mcp' })
      world.issuer.opaque.set('opaque-other', { active: true, sub: 'olga', aud: 'https://other.example' })
      await expectAccepted('an active one', bearer('opaque-good'))
      await expectRefused('one for somebody else', bearer('opaque-other'))
      const before = fetched(world.issuer, '/introspect')
      await expectRefused('an inactive one', bearer('opaque-bad'))
      await expectRefused('the same again', bearer('opaque-bad'))
      expectEqual('questions', fetched(world.issuer, '/introspect') - before, 1)
    },
  ),
  check('RS-JWKS-014', 'the memory of tokens is bounded', async () => {
    const cache = new VerifiedTokens<number>({ maxEntries: 100, now: () => 0 })
    for (let at = 0; at < 1_000; at++) cache.add(`digest ${at}`, at, {}, undefined)
    expectEqual('entries', cache.size, 100)
  }),
]

export const tokenChecks: readonly AuthCheck[] = [...ofTokens, ...ofKeys]
