/** What a legacy server tells on its own account reaches a legacy client: each kind of notification that the protocol has for it. */
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, eventually, type Home, makeHome, PipeClient } from './harness.ts'

const NEWS = fileURLToPath(new URL('./newsServer.ts', import.meta.url))

let home: Home
let client: PipeClient
beforeEach(async () => {
  home = makeHome()
  const command = [process.execPath, NEWS, '--log', home.path('news.log')]
  const config = home.configure({ servers: { news: { command, era: 'legacy' } } })
  client = new PipeClient(home, ['stdio', '--standalone', '--config', config])
  await client.initialize({ elicitation: { form: {}, url: {} } })
})
afterEach(async () => {
  await client.close()
  home.remove()
})

/** Notifications and questions the client got, in order. */
const heard = () =>
  client.lines.map((line) => JSON.parse(line) as Answer).filter((one) => one.method !== undefined)
const methods = () => heard().map(({ method }) => method)

/** Calls the tool, and waits until the client was told. */
async function toldOf(method: string, tool: string): Promise<Answer> {
  const told = client.next((answer) => answer.method === method)
  const answer = await client.call(tool, `news__${tool}`)
  expect(answer.result?.content?.[0]?.text).toBe('done')
  return (await told).answer
}

describe('a legacy client of a legacy server', () => {
  it.each([
    ['prompts', 'prompt', 'prompts/list', ['first', 'second']],
    ['resources', 'resource', 'resources/list', ['first', 'second']],
  ])(
    'is told that its %s are other ones, and sees them when it asks again',
    async (kind, tool, list, names) => {
      const listed = async (id: string) => {
        const { result } = await client.request(id, list)
        return ((result?.[kind] ?? []) as { name: string }[]).map(({ name }) => name.replace('news__', ''))
      }
      expect(await listed('before')).toEqual(names.slice(0, 1))
      expect(methods()).toEqual([])
      await toldOf(`notifications/${kind}/list_changed`, tool)
      expect(await listed('after')).toEqual(names)
      expect(methods()).toEqual([`notifications/${kind}/list_changed`])
    },
  )

  it('is told when a resource that it subscribed to is another one', async () => {
    expect((await client.request('list', 'resources/list')).error).toBeUndefined()
    expect((await client.request('sub', 'resources/subscribe', { uri: 'news://first' })).result).toEqual({})
    expect(home.witness('news.log')).toContainEqual({ method: 'resources/subscribe', name: 'news://first' })
    const told = await toldOf('notifications/resources/updated', 'update')
    expect(told.params).toEqual({ uri: 'news://first' })
  })

  it('is asked to open a page, and told when what was to be done there is done', async () => {
    const asked = client.next(({ method }) => method === 'elicitation/create')
    const told = client.next(({ method }) => method === 'notifications/elicitation/complete')
    const answer = client.call('page', 'news__page')
    const { answer: question } = await asked
    expect(question.params).toMatchObject({
      mode: 'url',
      elicitationId: 'sign-1',
      url: 'https://example.com/sign?at=1',
    })
    client.send(JSON.stringify({ jsonrpc: '2.0', id: question.id, result: { action: 'accept' } }))
    expect((await told).answer.params).toEqual({ elicitationId: 'sign-1' })
    expect((await answer).result?.content?.[0]?.text).toContain('"action":"accept"')
  })

  it('is not told what the protocol does not know', async () => {
    expect((await client.call('vendor', 'news__vendor')).result?.content?.[0]?.text).toBe('done')
    await eventually('the record', () => client.stderr.includes('method/unknown'))
    expect(client.lines.join('\n')).not.toContain('unheard of')
  })
})
