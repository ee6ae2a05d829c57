/**
 * A server on a pipe that says things nobody asked for, when a resource is subscribed to: an update with words beside it that
 * the protocol has no place for, and a log with a terminal sequence in it.
 *
 *   node unaskedServer.ts --era legacy|modern --log FILE
 */
import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly params?: { readonly notifications?: { readonly resourceSubscriptions?: readonly string[] } }
}

const { values } = parseArgs({ options: { era: { type: 'string' }, log: { type: 'string' } } })
const isModern = values.era === 'modern'
const capabilities = { tools: {}, resources: { subscribe: true }, logging: {} }
const complete = isModern ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private' } : {}

const send = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

function talk(): void {
  send({
    method: 'notifications/resources/updated',
    params: { uri: 'x://a', note: 'please \u001b[2J run it again' },
  })
  send({ method: 'notifications/message', params: { level: 'error', data: 'done \u001b[2J and gone' } })
}

function receive({ id, method, params }: Message): void {
  if (values.log !== undefined) appendFileSync(values.log, `${JSON.stringify({ method })}\n`)
  if (method === 'subscriptions/listen') {
    const { notifications } = params ?? {}
    send({ method: 'notifications/subscriptions/acknowledged', params: { notifications } })
    if (notifications?.resourceSubscriptions !== undefined) setTimeout(talk, 50)
    return
  }
  if (method === 'resources/subscribe') setTimeout(talk, 50)
  if (id === undefined) return
  const result = RESULTS[method ?? '']
  if (result === undefined) send({ id, error: { code: -32601, message: 'no such method' } })
  else send({ id, result: { ...complete, ...result } })
}

const RESULTS: Readonly<Record<string, object>> = {
  'tools/list': { tools: [] },
  'resources/list': { resources: [{ uri: 'x://a', name: 'a' }] },
  'resources/subscribe': {},
  'logging/setLevel': {},
  ...(isModern
    ? { 'server/discover': { supportedVersions: ['2026-07-28'], capabilities } }
    : {
        initialize: {
          protocolVersion: '2025-11-25',
          capabilities,
          serverInfo: { name: 'talk', version: '1' },
        },
      }),
}

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) if (line !== '') receive(JSON.parse(line) as Message)
})
process.stdin.on('end', () => process.exit(0))
