// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/**
 * Secrets of the gateway's own and servers over HTTP, in both eras: no header, address, body, notification or answer to a
 * question that a server gets has one in it but its own credential; and that one reaches no client in whatever a server says.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Answer,
  eventually,
  type Home,
  type HttpGateway,
  makeHome,
  startHttpGateway,
} from './harness.ts'
import { modern, open, Session, type Stream, send } from './workerClient.ts'

/** In pieces, so that no scanner takes this file for a leak. */
const CANARY = ['canary', 'Zq8-vN3-kP5', 'tR9'].join('-')
/** What the server itself is sent, in its header and nowhere else. */
const CREDENTIAL = ['cred', 'Hw2-pD7-xS4', 'uB6'].join('-')
/** Looks like one, and is nobody's. */
const TWIN = ['canary', 'Lw4-bX7-mC2', 'yH6'].join('-')

const base64 = (text: string) => Buffer.from(text).toString('base64')
const hex = (text: string) => Buffer.from(text).toString('hex')
const DISGUISES: Readonly<Record<string, (word: string) => string>> = {
  'as it is': (word) => word,
  'in Base64': (word) => base64(`x ${word}`),
  'in Base64 of Base64': (word) => base64(base64(word)),
  'in hex of Base64': (word) => hex(base64(word)),
  'in Base64 of an address with Base64': (word) =>
    base64(`https://x.example/?q=${encodeURIComponent(base64(word))}`),
}

/** Everything that came over the wire, and what the server says when it is asked to. */
class Witness {
  readonly lines: string[] = []
  readonly streams = new Set<ServerResponse>()
  readonly #era: 'legacy' | 'modern'
  readonly server: Server

  constructor(era: 'legacy' | 'modern') {
    this.#era = era
    this.server = createServer((request, response) => this.#take(request, response))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/mcp`
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      const { authorization, ...headers } = request.headers
      expect(authorization).toBe(`Bearer ${CREDENTIAL}`)
      this.lines.push(`${request.method} ${request.url} ${JSON.stringify(headers)} ${body}`)
      if (request.method === 'GET' && this.#era === 'legacy') {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(': open\n\n')
        this.streams.add(response)
        return
      }
      if (request.method !== 'POST') return void response.writeHead(405).end()
      this.#answer(JSON.parse(body), response)
    })
  }

  #answer(message: Answer & { readonly id?: unknown }, response: ServerResponse): void {
    const { id, method, params = {} } = message
    if (id === undefined || method === undefined) return void response.writeHead(202).end()
    const echo = (kind: string) => `${kind} of Bearer ${CREDENTIAL} and ${base64(base64(CREDENTIAL))}: done`
    const capabilities = {
      tools: {},
      prompts: {},
      resources: { subscribe: true },
      completions: {},
      logging: {},
    }
    const results: Readonly<Record<string, object>> = {
      initialize: {
        protocolVersion: '2025-06-18',
        capabilities,
        serverInfo: { name: 'w', version: '1' },
      },
      'server/discover': { supportedVersions: ['2026-07-28'], capabilities },
      'tools/list': {
        tools: ['echo', 'hang'].map((name) => ({
          name,
          description: 'Says it again.',
          inputSchema: {
            type: 'object',
            properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
          },
        })),
      },
      'prompts/list': { prompts: [{ name: 'hello', arguments: [{ name: 'a' }] }] },
      'resources/list': { resources: [{ uri: 'x://one', name: 'one' }] },
      'resources/templates/list': { resourceTemplates: [] },
      'tools/call': {
        content: [{ type: 'text', text: echo('result') }],
        structuredContent: { said: echo('member') },
      },
      'prompts/get': { messages: [{ role: 'user', content: { type: 'text', text: echo('prompt') } }] },
      'resources/read': { contents: [{ uri: 'x://one', text: echo('resource') }] },
      'completion/complete': { completion: { values: [echo('completion')] } },
      'logging/setLevel': {},
      'resources/subscribe': {},
      ping: {},
    }
    if (params.name === 'hang') return
    if (method === 'subscriptions/listen') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const { notifications } = params
      const acknowledged = {
        jsonrpc: '2.0',
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications },
      }
      response.write(`data: ${JSON.stringify(acknowledged)}\n\n`)
      this.streams.add(response)
      return
    }
    const complete = this.#era === 'modern' ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private' } : {}
    const result = results[method]
    const error = { code: -32601, message: echo('error') }
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(method === 'initialize' ? { 'mcp-session-id': 'w1' } : {}),
    })
    const said = result === undefined ? { error } : { result: { ...complete, ...result } }
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...said }))
  }

  /** On every stream that stays open. */
  say(message: object): void {
    for (const stream of this.streams)
      stream.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`)
  }
}

/** What a client may have a server told, with a word in each place. */
const REQUESTS: readonly (readonly [method: string, params: (word: string) => object])[] = [
  ['tools/call', (word) => ({ name: 'echo', arguments: { text: word } })],
  ['tools/call', (word) => ({ name: 'echo', arguments: { [word]: [1] } })],
  ['tools/call', (word) => ({ name: 'echo', arguments: { region: word } })],
  ['tools/call', (word) => ({ name: 'echo', arguments: { a: word.slice(0, 9), b: word.slice(9) } })],
  ['tools/call', (word) => ({ name: 'echo', arguments: {}, _meta: { note: word } })],
  ['tools/call', (word) => ({ name: word, arguments: {} })],
  ['prompts/get', (word) => ({ name: 'hello', arguments: { a: word } })],
  ['resources/read', (word) => ({ uri: `x://one?q=${encodeURIComponent(word)}` })],
  [
    'completion/complete',
    (word) => ({ ref: { type: 'ref/prompt', name: 'hello' }, argument: { name: 'a', value: word } }),
  ],
  [
    'completion/complete',
    (word) => ({
      ref: { type: 'ref/prompt', name: 'hello' },
      argument: { name: 'a', value: 'x' },
      context: { arguments: { b: word } },
    }),
  ],
  ['tools/list', (word) => ({ cursor: word })],
]

describe.each(['legacy', 'modern'] as const)('a %s server over HTTP', (era) => {
  let home: Home
  let gateway: HttpGateway
  let witness: Witness
  let session: Session
  beforeAll(async () => {
    home = makeHome()
    Object.assign(home.env, { OWN_API_KEY: CANARY, ITS_TOKEN: CREDENTIAL })
    witness = new Witness(era)
    await new Promise<void>((resolve) => witness.server.listen(0, '127.0.0.1', resolve))
    gateway = await startHttpGateway(home, {
      servers: {
        far: {
          url: witness.url,
          era,
          rate: 'unlimited',
          schemas: { arguments: 'off', results: 'off' },
          headers: { Authorization: 'Bearer ${env:ITS_TOKEN}' },
        },
      },
    })
    session = await Session.open(`${gateway.url}/far`, { elicitation: {} })
    await session.send({ jsonrpc: '2.0', id: 'l', method: 'logging/setLevel', params: { level: 'debug' } })
    for (const method of ['tools/list', 'prompts/list', 'resources/list'])
      await session.send({ jsonrpc: '2.0', id: method, method, params: {} })
  })
  afterAll(async () => {
    await gateway?.stop()
    witness.server.closeAllConnections()
    witness.server.close()
    home.remove()
  })

  let id = 0
  const clients: Readonly<
    Record<string, (method: string, params: object) => Promise<{ readonly text: string }>>
  > = {
    legacy: (method, params) => session.send({ jsonrpc: '2.0', id: ++id, method, params }),
    modern: (method, params) => {
      const { _meta: meta, ...rest } = params as { readonly _meta?: object; readonly name?: string }
      const request = modern(method, rest, ++id)
      Object.assign(request.body.params._meta, meta, { 'io.modelcontextprotocol/logLevel': 'debug' })
      const { uri, arguments: args } = rest as {
        readonly uri?: string
        readonly arguments?: { region?: string }
      }
      const headers = {
        ...request.headers,
        ...(uri === undefined ? {} : { 'mcp-name': uri }),
        ...(args?.region === undefined ? {} : { 'mcp-param-region': args.region }),
      }
      return send(`${gateway.url}/far`, { ...request, headers })
    },
  }
  /** Whatever the server was sent since then; what is on its way has time to come. */
  const sentBy = async (work: () => Promise<unknown>): Promise<string> => {
    const before = witness.lines.length
    await work()
    return witness.lines.slice(before).join('\n')
  }

  describe.each(['legacy', 'modern'])('and a %s client', (client) => {
    const ask = (method: string, params: object) => clients[client]?.(method, params) ?? Promise.reject()

    it.each(Object.keys(DISGUISES))('is sent no secret %s in any place, and every twin', async (disguise) => {
      for (const [method, params] of REQUESTS) {
        const worded = (word: string) => params(DISGUISES[disguise]?.(word) ?? '')
        const what = `${method} ${JSON.stringify(worded('WORD'))}`
        const bad = await sentBy(() => ask(method, worded(CANARY)))
        // A list may be asked for on the way: with nothing of it.
        const carried = Object.values(DISGUISES).filter((hide) => bad.includes(hide(CANARY)))
        expect(carried, what).toEqual([])
        expect(bad.includes(`"method":"${method}"`) && method !== 'tools/list', what).toBe(false)
      }
      for (const [method, params] of REQUESTS.slice(0, 5)) {
        const good = await sentBy(() => ask(method, params(DISGUISES[disguise]?.(TWIN) ?? '')))
        expect(good).toContain(`"method":"${method}"`)
      }
    })

    it('says its credential to no client, in results, errors, prompts, resources and completions', async () => {
      for (const [method, params] of [...REQUESTS, ['vendor/none', () => ({})] as const]) {
        const { text } = await ask(method, params('nothing'))
        for (const hide of Object.values(DISGUISES)) expect(text, method).not.toContain(hide(CREDENTIAL))
      }
      const { text } = await ask('tools/call', { name: 'echo', arguments: {} })
      expect(text).toMatch(/of Bearer \[redacted:secret\/own\] and \[redacted:secret\/own\]=*: done/)
    })
  })

  it('gets no secret in a name, a header of a client, a notification, nor the reason of a cancellation', async () => {
    const sent = await sentBy(async () => {
      for (const hide of Object.values(DISGUISES)) {
        const word = hide(CANARY)
        const params = {
          protocolVersion: '2025-06-18',
          capabilities: {},
          clientInfo: { name: word, version: word },
        }
        await send(`${gateway.url}/far`, { body: { jsonrpc: '2.0', id: 0, method: 'initialize', params } })
        await session.send({
          jsonrpc: '2.0',
          method: 'notifications/roots/list_changed',
          params: { note: word },
        })
        await session.send({
          jsonrpc: '2.0',
          method: 'notifications/progress',
          params: { progressToken: word, progress: 1, message: word },
        })
        const call = {
          jsonrpc: '2.0',
          id: word,
          method: 'tools/call',
          params: { name: 'hang', arguments: {} },
        }
        const { lines } = witness
        const before = lines.length
        const stream = session.stream({ body: call }).catch(() => undefined)
        await eventually('it hangs', () => lines.slice(before).some((line) => line.includes('"hang"')))
        await session.send({
          jsonrpc: '2.0',
          method: 'notifications/cancelled',
          params: { requestId: word, reason: word },
        })
        const plain = modern('tools/call', { name: 'echo', arguments: {} }, 'h')
        const extra = { 'x-note': word, authorization: `Bearer ${word}`, cookie: `a=${word}` }
        await send(`${gateway.url}/far?q=${encodeURIComponent(word)}`, {
          ...plain,
          headers: { ...extra, ...plain.headers },
        }).catch(() => undefined)
        void stream
      }
      // What is still on its way comes before the answer to this.
      await clients.modern?.('tools/call', { name: 'echo', arguments: { text: 'last' } })
    })
    for (const hide of Object.values(DISGUISES)) expect(sent).not.toContain(hide(CANARY))
    expect(sent).toContain('last')
  })

  it('on its stream says no secret to a client; what a client answers there to a question has none in it', async () => {
    let stream: Stream
    if (era === 'modern') {
      const listen = modern(
        'subscriptions/listen',
        { notifications: { resourceSubscriptions: ['x://one'] } },
        's',
      )
      stream = await open(`${gateway.url}/far`, listen)
      await eventually('it listens', () => witness.streams.size > 0)
      witness.say({ method: 'notifications/resources/updated', params: { uri: 'x://one', note: CREDENTIAL } })
      await stream.next(({ method }) => method === 'notifications/resources/updated')
    } else {
      stream = await session.stream({ method: 'GET' })
      await eventually('it listens', () => witness.streams.size > 0)
      const data = `log of ${CREDENTIAL} and ${base64(base64(CREDENTIAL))}`
      witness.say({ method: 'notifications/message', params: { level: 'error', logger: 'w', data } })
      const log = await stream.next(({ params }) => params?.logger === 'w')
      expect(log.params?.data).toMatch(/^log of \[redacted:secret\/own\] and \[redacted:secret\/own\]=*$/)
      const requestedSchema = { type: 'object', properties: { a: { type: 'string' } } }
      for (const [at, hide] of Object.values(DISGUISES).entries()) {
        const question = {
          id: `e${at}`,
          method: 'elicitation/create',
          params: { message: 'a?', requestedSchema },
        }
        const sent = sentBy(async () => {
          witness.say(question)
          const asked = await stream.next(({ method, id: known }) => {
            return method === 'elicitation/create' && !answered.has(String(known))
          })
          answered.add(String(asked.id))
          const result = { action: 'accept', content: { a: hide(CANARY) } }
          await session.send({ jsonrpc: '2.0', id: asked.id, result })
          await eventually('it is answered', () =>
            witness.lines.some((line) => line.includes(`"id":"e${at}"`)),
          )
        })
        expect(await sent).not.toContain(hide(CANARY))
      }
    }
    stream.request.destroy()
  })
  const answered = new Set<string>()
})
