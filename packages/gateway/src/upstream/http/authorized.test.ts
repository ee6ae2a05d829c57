/** A request under a principal's credential: sent again when that was renewed, once, and by nobody who gave it up. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog } from '../../log.ts'
import type { RefusedRequest, UpstreamAuthorizer } from '../authorizer.ts'
import { openHttp } from '../http.ts'
import { TransportError, type TransportEvents, type TransportFault } from '../transport.ts'

let server: Server
let url: string
let seen: { readonly authorization: string | undefined; readonly body: string }[] = []
let good = 'Bearer two'
let refusal: { readonly status: number; readonly challenge: string } = { status: 401, challenge: 'Bearer' }

beforeEach(async () => {
  seen = []
  good = 'Bearer two'
  refusal = { status: 401, challenge: 'Bearer' }
  server = createServer(async (request: IncomingMessage, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    seen.push({ authorization: request.headers.authorization, body })
    if (request.headers.authorization !== good) {
      response.writeHead(refusal.status, {
        'www-authenticate': refusal.challenge,
        'content-type': 'text/plain',
      })
      response.end('no')
      return
    }
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end('{"jsonrpc":"2.0","id":1,"result":{}}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/** One call under this authorizer: what became of it. */
function call(authorizer: UpstreamAuthorizer, headers: Record<string, string> = {}) {
  const outcome = Promise.withResolvers<'answered' | TransportFault>()
  const events: TransportEvents = {
    message: () => outcome.resolve('answered'),
    failed: (_, fault) => outcome.resolve(fault),
    noise: () => undefined,
    closed: () => undefined,
  }
  const transport = openHttp(
    {
      serverId: 'one',
      url,
      era: 'modern',
      headers: () => headers,
      maxMessageBytes: 1 << 20,
      connectTimeoutMs: 2_000,
      log: silentLog,
      authorizer,
    },
    events,
  )
  transport.send({ kind: 'request', id: 1, method: 'tools/call', text: '{"id":1}' })
  return { outcome: outcome.promise, transport }
}

function renewing(refused: UpstreamAuthorizer['refused']): UpstreamAuthorizer {
  let value = 'Bearer one'
  return {
    authorization: () => value,
    refused: async (request) => {
      const then = await refused(request)
      if (then === 'again') value = 'Bearer two'
      return then
    },
  }
}

it('it is sent again as it was, under the new one', async () => {
  const asked: RefusedRequest[] = []
  const { outcome, transport } = call(
    renewing(async (request) => {
      asked.push(request)
      return 'again'
    }),
  )
  expect(await outcome).toBe('answered')
  expect(seen).toEqual([
    { authorization: 'Bearer one', body: '{"id":1}' },
    { authorization: 'Bearer two', body: '{"id":1}' },
  ])
  expect(asked).toEqual([{ status: 401, challenge: 'Bearer', sent: 'Bearer one', attempt: 0 }])
  await transport.close()
})

it('a configured Authorization is not sent beside it', async () => {
  good = 'Bearer one'
  const { outcome, transport } = call(
    renewing(async () => 'again'),
    { Authorization: 'Bearer configured' },
  )
  expect(await outcome).toBe('answered')
  expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer one'])
  await transport.close()
})

it('it is not sent for ever', async () => {
  good = 'nothing is good'
  const { outcome, transport } = call(renewing(async () => 'again'))
  expect(await outcome).toMatchObject({ code: 'unauthorized', status: 401 })
  expect(seen.length).toBeLessThanOrEqual(4)
  await transport.close()
})

it('one that was cancelled while the credential was renewed is not sent again', async () => {
  const waiting = Promise.withResolvers<void>()
  const renewed = Promise.withResolvers<'again'>()
  const { transport } = call(
    renewing(() => {
      waiting.resolve()
      return renewed.promise
    }),
  )
  await waiting.promise
  transport.cancel(1)
  renewed.resolve('again')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(seen).toHaveLength(1)
  await transport.close()
})

it('nor is one whose connection was closed meanwhile', async () => {
  const waiting = Promise.withResolvers<void>()
  const renewed = Promise.withResolvers<'again'>()
  const { transport } = call(
    renewing(() => {
      waiting.resolve()
      return renewed.promise
    }),
  )
  await waiting.promise
  await transport.close()
  renewed.resolve('again')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(seen).toHaveLength(1)
})

it.each([
  ['a 403 that names scopes is asked about', 403, 'Bearer error="insufficient_scope", scope="a"', 1],
  ['any other 403 is an answer', 403, 'Bearer error="other"', 0],
])('%s', async (_, status, challenge, times) => {
  refusal = { status, challenge }
  let asked = 0
  const { outcome, transport } = call(
    renewing(async () => {
      asked++
      return { code: 'sign-in', explain: 'sign in', remedy: 'there' }
    }),
  )
  expect(await outcome).toMatchObject({ code: times === 1 ? 'sign-in' : 'unauthorized' })
  expect(asked).toBe(times)
  await transport.close()
})

it('an authorizer that fails, whenever, fails the call and nothing else', async () => {
  const broken = call({
    authorization: () => 'Bearer one',
    refused: () => Promise.reject(new Error('the disk is full')),
  })
  expect(await broken.outcome).toMatchObject({ code: 'unauthorized' })
  const thrown = call({
    authorization: () => {
      throw new Error('the disk is full')
    },
    refused: async () => 'again',
  })
  expect(await thrown.outcome).toMatchObject({ code: 'connect-failed' })
  const told = call({
    authorization: () => Promise.reject(new TransportError({ code: 'unauthorized', explain: 'not now' })),
    refused: async () => 'again',
  })
  expect(await told.outcome).toMatchObject({ explain: 'not now' })
  await Promise.all([broken, thrown, told].map(({ transport }) => transport.close()))
})
