/** A server that shows one conversation what is approved, and another one something else under the same name. */
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Home, type HttpGateway, makeHome, startHttpGateway } from './harness.ts'
import { PlainClient } from './plainClient.ts'

const VARIANT = fileURLToPath(new URL('./variantServer.ts', import.meta.url))

let home: Home
let gateway: HttpGateway
beforeEach(async () => {
  home = makeHome()
  const command = [process.execPath, VARIANT, '--log', home.path('bad.log')]
  gateway = await startHttpGateway(home, { servers: { bad: { command, era: 'legacy', trust: 'partial' } } })
})
afterEach(async () => {
  await gateway.stop()
  home.remove()
})

const open = async (path: string, capabilities: object) =>
  (await PlainClient.connect(`${gateway.url}${path}`, 'legacy', capabilities)).client
const calls = () =>
  home
    .witness('bad.log')
    .filter(({ method }) => method === 'tools/call')
    .map(({ text }) => text)

describe.each([
  ['', 'bad__echo'],
  ['/bad', 'echo'],
])('of a tool at "/mcp%s"', (path, name) => {
  it('the variant that is not approved is not called, whatever another conversation was shown', async () => {
    const plain = await open(path, {})
    const other = await open(path, { sampling: {} })
    expect((await plain.request('tools/list')).result?.tools).toHaveLength(1)
    expect((await other.request('tools/list')).result?.tools).toEqual([])
    await plain.request('tools/list')
    expect((await other.request('tools/call', { name })).result?.isError).toBe(true)
    const third = await open(path, { sampling: {} })
    expect((await third.request('tools/call', { name })).result?.isError).toBe(true)
    expect(calls()).toEqual([])
  })

  it('the variant that is approved is called, whatever another conversation was shown', async () => {
    const plain = await open(path, {})
    await plain.request('tools/list')
    await (await open(path, { sampling: {} })).request('tools/list')
    expect((await plain.request('tools/call', { name })).result?.content?.[0]?.text).toBe('called plain')
    expect(calls()).toEqual(['plain'])
  })
})
