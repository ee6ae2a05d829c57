/** Several workers and tokens: whichever of them a request comes to, it is the same caller with the same rights. */
import { randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  accessTokenHash,
  makeKey,
  makeProof,
  thumbprintOf,
} from '../../packages/gateway/src/identity/testing/testIssuer.ts'
import {
  AUDIENCE,
  bearer,
  echo,
  type IdentityWorld,
  legacy,
  openIdentityWorld,
  openSession,
  PUBLIC_URL,
} from './identityWorld.ts'
import { statusOf, until } from './workerClient.ts'

let world: IdentityWorld
beforeAll(async () => {
  world = await openIdentityWorld({
    config: {
      listen: { http: '127.0.0.1:0', workers: 2 },
      access: [{ groups: ['last'], tools: { deny: ['numbers'] } }],
    },
  })
  await until('both workers are up', async () => (await statusOf(world.home))?.workers.length === 2)
})
afterAll(() => world?.close())

it('hand over a caller whole: a session, its scopes, and as many groups as fit in a token', async () => {
  const { origin, issuer } = world
  // Every connection is a new one, so that both workers take some of them.
  const groups = [...Array.from({ length: 105 }, () => randomUUID()), 'last']
  const full = bearer(issuer.token({ groups }))
  const session = await openSession(origin, full)
  const call = (id: number, credential: readonly string[], name: string) =>
    legacy(origin, credential, { id, method: 'tools/call', params: { name, arguments: {} } }, session)
  for (let id = 1; id <= 6; id++) {
    expect((await call(id, full, 'old__echo')).status).toBe(200)
    expect((await call(10 + id, full, 'old__numbers')).json.result).toMatchObject({ isError: true })
    expect((await echo(origin, full)).status).toBe(200)
    expect((await call(20 + id, bearer(issuer.token({ scope: 'mcp:read' })), 'old__echo')).status).toBe(403)
    expect((await call(30 + id, bearer(issuer.token({ sub: 'eve' })), 'old__echo')).status).toBe(404)
  }
  expect(world.calls()).toBe(12)
})

it('take a proof of possession once, whichever of them it comes to', async () => {
  const { origin, issuer } = world
  const holder = makeKey('ES256', 'holder')
  const token = issuer.token({ cnf: { jkt: thumbprintOf(holder) } })
  const prove = () => makeProof(holder, { htm: 'POST', htu: AUDIENCE, ath: accessTokenHash(token) })
  const send = (proof: string) => echo(origin, ['Authorization', `DPoP ${token}`, 'DPoP', proof])
  const before = world.calls()
  // One that everybody sends at once, and each a proof of its own.
  const proof = prove()
  const replayed = await Promise.all(Array.from({ length: 8 }, () => send(proof)))
  expect(replayed.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(401)])
  const own = await Promise.all(Array.from({ length: 8 }, () => send(prove())))
  expect(own.map(({ status }) => status)).toEqual(Array(8).fill(200))
  expect(world.calls()).toBe(before + 9)
})

it('count bad credentials of one address together, and let good ones in all the same', async () => {
  const limited = await openIdentityWorld({
    auth: (issuer) => ({ publicUrl: PUBLIC_URL, failures: '6/min', issuers: [{ issuer }] }),
    config: { listen: { http: '127.0.0.1:0', workers: 2 } },
  })
  try {
    await until('both workers are up', async () => (await statusOf(limited.home))?.workers.length === 2)
    const guesses: number[] = []
    for (let at = 0; at < 16; at++)
      guesses.push(
        (await echo(limited.origin, bearer(limited.issuer.token({ aud: `https://else.example/${at}` }))))
          .status,
      )
    expect(guesses).toEqual([...Array(6).fill(401), ...Array(10).fill(429)])
    expect((await echo(limited.origin, bearer(limited.issuer.token()))).status).toBe(200)
  } finally {
    await limited.close()
  }
})

it('count bad credentials by themselves while the primary hangs, and let good ones in all the same', async () => {
  const limited = await openIdentityWorld({
    auth: (issuer) => ({ publicUrl: PUBLIC_URL, failures: '2/min', issuers: [{ issuer }] }),
    config: { listen: { http: '127.0.0.1:0', workers: 2 } },
  })
  // Who hangs deals no connections: the one to a worker is there before.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { child } = limited.gateway
  try {
    await until('both workers are up', async () => (await statusOf(limited.home))?.workers.length === 2)
    const show = async (token: string) => (await echo(limited.origin, bearer(token), '/mcp', agent)).status
    const bad = (at: number) => limited.issuer.token({ aud: `https://else.example/${at}` })
    const good = limited.issuer.token()
    expect([await show(good), await show(bad(0))]).toEqual([200, 401])
    child.kill('SIGSTOP')
    // The good one passes the door; what becomes of its call is for the limits, which wait for the primary as well.
    expect([await show(bad(1)), await show(bad(2)), await show(good)]).toEqual([401, 429, 200])
    child.kill('SIGCONT')
    expect([await show(bad(3)), await show(good)]).toEqual([429, 200])
    expect(limited.gateway.stderr().split('tally.unanswered').length - 1).toBe(1)
  } finally {
    child.kill('SIGCONT')
    agent.destroy()
    await limited.close()
  }
})
