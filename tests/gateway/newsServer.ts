/**
 * A legacy server on a pipe that has news: its prompts and resources change, a resource is another one, and what a person was
 * sent to a web page for is done. Its tools make it so.
 *
 *   node newsServer.ts --log FILE
 */
import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly params?: { readonly name?: string; readonly uri?: string }
  readonly result?: object
}

const { values } = parseArgs({ options: { log: { type: 'string' } } })
const prompts = [{ name: 'first' }]
const resources = [{ uri: 'news://first', name: 'first' }]
const capabilities = {
  tools: {},
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
}

const send = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const tell = (method: string, params?: object) => send(params === undefined ? { method } : { method, params })

/** What a tool does before it answers. */
const TOOLS: Readonly<Record<string, () => void>> = {
  prompt: () => {
    prompts.push({ name: 'second' })
    tell('notifications/prompts/list_changed')
  },
  resource: () => {
    resources.push({ uri: 'news://second', name: 'second' })
    tell('notifications/resources/list_changed')
  },
  update: () => tell('notifications/resources/updated', { uri: 'news://first' }),
  vendor: () => tell('notifications/vendor/news', { word: 'unheard of' }),
}

/** The call that waits for a person. */
let waiting: unknown

function receive({ id, method, params, result }: Message): void {
  if (values.log !== undefined)
    appendFileSync(values.log, `${JSON.stringify({ method, name: params?.uri })}\n`)
  const text = (value: string) => ({ content: [{ type: 'text', text: value }] })
  if (method === undefined) {
    tell('notifications/elicitation/complete', { elicitationId: 'sign-1' })
    return void send({ id: waiting, result: text(JSON.stringify(result)) })
  }
  if (id === undefined) return
  const name = params?.name ?? ''
  if (method === 'tools/call' && name === 'page') {
    waiting = id
    const page = { mode: 'url', elicitationId: 'sign-1', url: 'https://example.com/sign?at=1' }
    return void send({ id: 'q', method: 'elicitation/create', params: { ...page, message: 'Please sign.' } })
  }
  if (method === 'tools/call') TOOLS[name]?.()
  const answers: Readonly<Record<string, object>> = {
    initialize: { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: 'news', version: '1' } },
    'tools/list': {
      tools: [...Object.keys(TOOLS), 'page'].map((tool) => ({ name: tool, inputSchema: { type: 'object' } })),
    },
    'prompts/list': { prompts },
    'resources/list': { resources },
    'resources/templates/list': { resourceTemplates: [] },
    'resources/subscribe': {},
    'tools/call': text('done'),
  }
  const answer = answers[method]
  send(
    answer === undefined
      ? { id, error: { code: -32601, message: 'no such method' } }
      : { id, result: answer },
  )
}

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) if (line !== '') receive(JSON.parse(line) as Message)
})
process.stdin.on('end', () => process.exit(0))
