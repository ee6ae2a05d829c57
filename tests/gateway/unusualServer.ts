/**
 * A server on a pipe, of either era, with icons wherever the protocol has a place for them, and a tool that answers with a kind
 * of content that no revision knows.
 *
 *   node unusualServer.ts --era legacy|modern
 */
import { parseArgs } from 'node:util'

interface Message {
  readonly id?: unknown
  readonly method?: string
}

const { values } = parseArgs({ options: { era: { type: 'string', default: 'legacy' } } })
const isModern = values.era === 'modern'

/** Two of them, with all that an icon can have, and one member that it has not. */
const icons = (of: string) => [
  {
    src: `https://example.com/${of}.png?size=48&v=1`,
    mimeType: 'image/png',
    sizes: ['48x48', '96x96'],
    theme: 'dark',
  },
  { src: 'data:image/svg+xml;base64,PHN2Zy8+', mimeType: 'image/svg+xml', sizes: ['any'], vendor: of },
]
const serverInfo = {
  name: 'unusual',
  version: '1',
  title: 'Unusual',
  description: 'has icons',
  websiteUrl: 'https://example.com/',
  icons: icons('server'),
}
/** As text: parsed and written again its numbers would be other ones. */
const UNKNOWN =
  '{"type":"hologram","frames":[1.0,12345678901234567890,1e400],"depth":{"near":-0,"far":[null,true,{}]},"annotations":{"audience":["user"]}}'
const capabilities = { tools: {}, prompts: {}, resources: {} }

const RESULTS: Readonly<Record<string, object>> = {
  ...(isModern
    ? { 'server/discover': { supportedVersions: ['2026-07-28'], capabilities } }
    : { initialize: { protocolVersion: '2025-11-25', capabilities, serverInfo } }),
  'tools/list': { tools: [{ name: 'show', inputSchema: { type: 'object' }, icons: icons('tool') }] },
  'prompts/list': { prompts: [{ name: 'show', icons: icons('prompt') }] },
  'resources/list': { resources: [{ uri: 'x://show', name: 'show', icons: icons('resource') }] },
  'resources/templates/list': {
    resourceTemplates: [{ uriTemplate: 'x://{a}', name: 'show', icons: icons('template') }],
  },
}
const complete = isModern
  ? {
      resultType: 'complete',
      ttlMs: 0,
      cacheScope: 'private',
      _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo },
    }
  : {}

function receive({ id, method }: Message): void {
  if (id === undefined) return
  const key = JSON.stringify(id)
  const answer = (body: string) => process.stdout.write(`{"jsonrpc":"2.0","id":${key},${body}}\n`)
  if (method === 'tools/call') {
    const text = '{"type":"text","text":"beside"}'
    const more = JSON.stringify(complete).slice(1, -1)
    answer(`"result":{${more === '' ? '' : `${more},`}"content":[${UNKNOWN},${text}]}`)
    return
  }
  const result = RESULTS[method ?? '']
  if (result === undefined) answer('"error":{"code":-32601,"message":"no such method"}')
  else answer(`"result":${JSON.stringify({ ...complete, ...result })}`)
}

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) if (line !== '') receive(JSON.parse(line) as Message)
})
process.stdin.on('end', () => process.exit(0))
