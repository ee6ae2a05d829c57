/** A subscription that its server refuses before it is acknowledged leaves nothing behind. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ENVELOPE, eventually, faultOnPipe, type Home, makeHome, PipeClient } from './harness.ts'

let home: Home
let gate: PipeClient
beforeEach(() => {
  home = makeHome()
  const open = { idle: '1s', rate: 'unlimited', schemas: { arguments: 'off', results: 'off' } }
  const file = home.configure({ servers: { new: { ...faultOnPipe(home, 'new', 'modern'), ...open } } })
  gate = new PipeClient(home, ['stdio', '--standalone', '--config', file])
})
afterEach(async () => {
  await gate.close()
  home.remove()
})

it('a server that refuses a subscription is stopped when nobody uses it, as if it had never been asked', async () => {
  const wanted = { toolsListChanged: true, resourceSubscriptions: ['note://one'] }
  const { error } = await gate.request('sub', 'subscriptions/listen', {
    notifications: wanted,
    _meta: ENVELOPE,
  })
  expect(error?.code).toBe(-32601)
  const asked = home.witness('new.log').filter(({ method }) => method === 'subscriptions/listen')
  expect(asked).toMatchObject([{ text: expect.stringContaining('note://one') }])
  await eventually('the idle server is stopped', () => gate.stderr.includes('server.idle'))
}, 60_000)
