/** Several workers and tokens: whichever of them a request comes to, it is the same caller with the same rights. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bearer, echo, type IdentityWorld, legacy, openIdentityWorld, openSession } from './identityWorld.ts'
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
