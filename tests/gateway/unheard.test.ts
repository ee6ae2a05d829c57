/** A server of which nothing was approved says nothing to a client, in no place where a server can say anything. */
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Home, type HttpGateway, makeHome, PipeClient, startHttpGateway } from './harness.ts'
import { PlainClient } from './plainClient.ts'
import { ERAS, type Era } from './poison.ts'

const TALKING = fileURLToPath(new URL('./talkingServer.ts', import.meta.url))
const COMBINATIONS = ERAS.flatMap((client) => ERAS.map((server) => [client, server] as const))
/** What a server may be asked before anybody looked at it: who it is, what it has, that it goes on. */
const HARMLESS =
  /\/list$|^response$|^initialize$|^ping$|^server\/discover$|^notifications\/|^logging\/|^subscriptions\//

const ARGUMENT = { name: 'a', value: 'b' }
const REQUESTS: readonly (readonly [method: string, params?: object])[] = [
  ['tools/list'],
  ['tools/list', { cursor: 'more' }],
  ['prompts/list'],
  ['resources/list'],
  ['resources/templates/list'],
  ['skills/list'],
  ['tools/call', { name: 'bad' }],
  ['tools/call', { name: 'unlisted' }],
  ['prompts/get', { name: 'unlisted' }],
  ['resources/read', { uri: 'x://bad' }],
  ['resources/read', { uri: 'x://other' }],
  ['resources/subscribe', { uri: 'x://other' }],
  ['resources/directory/read', { uri: 'x://other' }],
  ['skills/get', { uri: 'x://other' }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'unlisted' }, argument: ARGUMENT }],
  ['completion/complete', { ref: { type: 'ref/resource', uri: 'x://{a}' }, argument: ARGUMENT }],
  ['logging/setLevel', { level: 'debug' }],
  ['tasks/list'],
]

let home: Home
let gateway: HttpGateway | undefined
let pipe: PipeClient | undefined
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await gateway?.stop()
  gateway = undefined
  pipe?.child.kill('SIGKILL')
  await pipe?.exited.catch(() => undefined)
  pipe = undefined
  home.remove()
})

function talking(era: Era, more: object = {}) {
  const command = [process.execPath, TALKING, '--era', era, '--log', home.path('bad.log')]
  return { command, era, trust: 'untrusted', ...more }
}

const marks = (text: string) => text.match(/MARK:[^"\\]*/g) ?? []
const asked = () =>
  home
    .witness('bad.log')
    .map(({ method }) => method)
    .filter((method) => !HARMLESS.test(method))

describe.each(COMBINATIONS)('a %s client and an unreviewed %s server over HTTP', (client, server) => {
  it.each([
    ['under its own address', '/bad', ''],
    ['among others', '', 'bad__'],
  ])('hears none of its words %s, fresh or from memory', async (_where, path, prefix) => {
    gateway = await startHttpGateway(home, { servers: { bad: talking(server), other: talking(server) } })
    for (const _time of [1, 2]) {
      const { client: connection, greeting } = await PlainClient.connect(`${gateway.url}${path}`, client)
      expect(marks(JSON.stringify(greeting))).toEqual([])
      for (const [method, params = {}] of REQUESTS) {
        const own = 'name' in params ? { ...params, name: `${prefix}${params.name}` } : params
        const answer = JSON.stringify(await connection.request(method, own))
        expect(marks(answer), method).toEqual([])
      }
    }
    expect(asked()).toEqual([])
  })
})

describe.each(ERAS)('a client on a pipe and an unreviewed %s server', (era) => {
  it('is asked nothing, told nothing and shown nothing by it', async () => {
    const config = home.configure({ servers: { bad: talking(era) } })
    pipe = new PipeClient(home, ['stdio', '--standalone', '--config', config])
    await pipe.initialize({ elicitation: {}, sampling: {}, roots: {} })
    for (const [at, [method, params = {}]] of REQUESTS.entries()) {
      const own = 'name' in params ? { ...params, name: `bad__${params.name}` } : params
      await pipe.request(at, method, { ...own, _meta: { progressToken: at } })
    }
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(marks(pipe.lines.join('\n'))).toEqual([])
    expect(asked()).toEqual([])
  })

  it('is asked and told again as soon as its level of trust lets it speak', async () => {
    const config = home.configure({ servers: { bad: talking(era, { trust: 'trusted' }) } })
    pipe = new PipeClient(home, ['stdio', '--standalone', '--config', config])
    await pipe.initialize({ elicitation: {}, sampling: {}, roots: {} })
    const listed = await pipe.request(1, 'tools/list')
    expect(JSON.stringify(listed)).toContain('MARK:tool')
    expect((await pipe.call(2, 'bad__bad')).result?.content?.[0]?.text).toContain('MARK:called')
    if (era === 'legacy') expect(pipe.lines.join('\n')).toMatch(/sampling\/createMessage.*MARK:sampling/)
  })
})
