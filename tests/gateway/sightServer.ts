/**
 * A server on a pipe, of either era, that has one of everything, each named after it, and says that its lists changed when its
 * tool "change" is called.
 *
 *   node sightServer.ts --era legacy|modern --name NAME --log FILE
 */
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly params?: { readonly name?: string; readonly uri?: string; readonly notifications?: object }
}

const { values } = parseArgs({
  options: {
    era: { type: 'string', default: 'legacy' },
    name: { type: 'string', default: 'sight' },
    log: { type: 'string', default: '' },
  },
})
const { era, name, log } = values
const modern = era === 'modern'
const complete = modern ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private' } : {}
const capabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true },
}
const inputSchema = { type: 'object' }
const lists: Readonly<Record<string, object>> = {
  'tools/list': {
    tools: ['read', 'write', 'change'].map((tool) => ({
      name: tool,
      description: `of ${name}`,
      inputSchema,
    })),
  },
  'prompts/list': { prompts: [{ name: 'greet', description: `of ${name}` }] },
  'resources/list': { resources: [{ uri: `${name}://one`, name: `one of ${name}` }] },
  'resources/templates/list': {
    resourceTemplates: [{ uriTemplate: `${name}://{any}`, name: `any of ${name}` }],
  },
}
const CHANGES = ['tools', 'prompts', 'resources'].map((kind) => `notifications/${kind}/list_changed`)
/** Ids of open subscriptions. */
const listening: unknown[] = []

const send = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const metaOf = (id: unknown) => ({ 'io.modelcontextprotocol/subscriptionId': id })

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method = '', params } = JSON.parse(line) as Message
  appendFileSync(log, `${JSON.stringify({ method, name: params?.name })}\n`)
  if (id === undefined) return
  const answer = (result: object) => send({ id, result: { ...complete, ...result } })
  if (method === 'subscriptions/listen' && modern) {
    listening.push(id)
    const notifications = params?.notifications
    return send({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications, _meta: metaOf(id) },
    })
  }
  const list = lists[method]
  if (list !== undefined) return answer(list)
  const instructions = `words of ${name}`
  switch (modern ? method.replace('initialize', '') : method) {
    case 'initialize':
      return answer({
        protocolVersion: '2025-11-25',
        capabilities,
        serverInfo: { name, version: '1' },
        instructions,
      })
    case 'server/discover':
      return modern
        ? answer({ supportedVersions: ['2026-07-28'], capabilities, instructions })
        : send({ id, error: { code: -32601, message: 'no such method' } })
    case 'resources/read':
      return answer({ contents: [{ uri: params?.uri, text: `text of ${name}` }] })
    case 'tools/call':
      if (params?.name === 'change') {
        for (const change of CHANGES) {
          if (!modern) send({ method: change })
          for (const subscription of listening)
            send({ method: change, params: { _meta: metaOf(subscription) } })
        }
      }
      return answer({ content: [{ type: 'text', text: `${params?.name} of ${name}` }] })
    default:
      return send({ id, error: { code: -32601, message: 'no such method' } })
  }
})
