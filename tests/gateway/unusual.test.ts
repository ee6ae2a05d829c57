/** What the gateway has no use for and does not know goes through as it was: icons, and content of a kind that is not MCP's. */
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { META } from '../../packages/gateway/src/protocol/era.ts'
import {
  type Answer,
  ENVELOPE,
  type Home,
  type HttpGateway,
  makeHome,
  PipeClient,
  startHttpGateway,
} from './harness.ts'
import { PlainClient } from './plainClient.ts'
import { ERAS, type Era } from './poison.ts'

const UNUSUAL = fileURLToPath(new URL('./unusualServer.ts', import.meta.url))
const COMBINATIONS = ERAS.flatMap((client) => ERAS.map((server) => [client, server] as const))
/** As `unusualServer.ts` says them. */
const icons = (of: string) => [
  {
    src: `https://example.com/${of}.png?size=48&v=1`,
    mimeType: 'image/png',
    sizes: ['48x48', '96x96'],
    theme: 'dark',
  },
  { src: 'data:image/svg+xml;base64,PHN2Zy8+', mimeType: 'image/svg+xml', sizes: ['any'], vendor: of },
]
const UNKNOWN =
  '{"type":"hologram","frames":[1.0,12345678901234567890,1e400],"depth":{"near":-0,"far":[null,true,{}]},"annotations":{"audience":["user"]}}'

let home: Home
beforeEach(() => {
  home = makeHome()
})
afterEach(() => home.remove())

const unusual = (era: Era) => ({ command: [process.execPath, UNUSUAL, '--era', era], era })

const infoOf = ({ result }: Answer) =>
  result?.serverInfo ?? (result?._meta as Record<string, unknown> | undefined)?.[META.serverInfo]

describe.each(COMBINATIONS)('a %s client of a %s server', (client, server) => {
  it('sees the icons of what it lists, and of the server where that speaks for itself', async () => {
    const gateway: HttpGateway = await startHttpGateway(home, { servers: { a: unusual(server) } })
    try {
      for (const [path, alone] of [
        ['', false],
        ['/a', true],
      ] as const) {
        const { client: one, greeting } = await PlainClient.connect(`${gateway.url}${path}`, client)
        const listed = async (method: string, kind: string) => {
          const { result } = await one.request(method)
          return (result?.[kind] as { icons: unknown }[] | undefined)?.map((item) => item.icons)
        }
        expect(await listed('tools/list', 'tools')).toEqual([icons('tool')])
        expect(await listed('prompts/list', 'prompts')).toEqual([icons('prompt')])
        expect(await listed('resources/list', 'resources')).toEqual([icons('resource')])
        expect(await listed('resources/templates/list', 'resourceTemplates')).toEqual([icons('template')])
        const said = { name: 'unusual', websiteUrl: 'https://example.com/', icons: icons('server') }
        expect(infoOf(greeting)).toMatchObject(alone ? said : { name: 'sallyport' })
        await one.close()
      }
    } finally {
      await gateway.stop()
    }
  })

  it('gets content of a kind that nobody knows as it was, to the digit', async () => {
    const config = home.configure({ servers: { a: unusual(server) } })
    const one = new PipeClient(home, ['stdio', '--standalone', '--config', config])
    try {
      if (client === 'legacy') await one.initialize()
      const found = one.next(({ id, method }) => id === 1 && method === undefined)
      const meta = client === 'modern' ? { _meta: ENVELOPE } : {}
      const params = { name: 'a__show', arguments: {}, ...meta }
      one.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }))
      expect((await found).line).toContain(`"content":[${UNKNOWN},{"type":"text","text":"beside"}]`)
    } finally {
      await one.close()
    }
  })
})
