import { describe, expect, it } from 'vitest'
import { silentLog } from '../log.ts'
import { type EraProbe, probeModern } from './probe.ts'
import {
  type Behaviour,
  beginEvents,
  eventOf,
  resultOf,
  sendJson,
  startServer,
} from './testing/httpServer.ts'

import { closeAfterEach } from './testing/remoteClient.ts'

const onEnd = closeAfterEach()

async function probe(behaviour: Behaviour, timeoutMs = 2_000) {
  const server = await startServer(behaviour)
  onEnd(() => server.close())
  const options = {
    serverId: 's',
    url: server.url,
    headers: () => ({}),
    maxMessageBytes: 10_000,
    connectTimeoutMs: 2_000,
    log: silentLog,
  }
  return { server, era: await probeModern({ ...options, timeoutMs }) }
}

const discovery = {
  resultType: 'complete',
  supportedVersions: ['2026-07-28'],
  capabilities: {},
  ttlMs: 0,
  cacheScope: 'private',
}
const error = (code: number, id: number | null = 1, data?: unknown) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message: 'm', data },
})
const json =
  (value: unknown, status = 200): Behaviour =>
  (_, response) =>
    sendJson(response, value, status)
const status =
  (code: number): Behaviour =>
  (_, response) =>
    response.writeHead(code, { location: '/x' }).end('<p>no')

describe('what a server says of its era', () => {
  it('the question is a complete modern request', async () => {
    const { server, era } = await probe((request, response) =>
      sendJson(response, resultOf(request, discovery)),
    )
    expect(era).toMatchObject({ era: 'modern', answer: expect.any(Buffer) })
    const [request] = server.received
    expect(request?.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'server/discover',
    })
    expect(request?.message).toMatchObject({
      method: 'server/discover',
      params: {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    })
    await expect.poll(() => server.openSockets()).toBe(0)
  })

  it.each<[string, Behaviour]>([
    [
      'a result on a stream',
      (request, r) => {
        beginEvents(r)
        r.end(
          eventOf({ jsonrpc: '2.0', method: 'notifications/message', params: {} }) +
            eventOf(resultOf(request, discovery)),
        )
      },
    ],
    [
      'a result that offers a revision to come',
      (request, r) => sendJson(r, resultOf(request, { ...discovery, supportedVersions: ['2027-03-01'] })),
    ],
    ['-32022 with modern revisions', json(error(-32022, 1, { supported: ['2027-03-01'] }), 400)],
    ['-32022 for nobody', json(error(-32022, null), 400)],
    ['-32020', json(error(-32020), 400)],
    ['-32021', json(error(-32021), 400)],
  ])('%s means modern', async (_, behaviour) => {
    expect((await probe(behaviour)).era.era).toBe('modern')
  })

  it.each<[string, Behaviour]>([
    ['400 -32000 for nobody', json(error(-32000, null), 400)],
    ['400 without an id', json({ jsonrpc: '2.0', error: { code: -32000, message: 'm' } }, 400)],
    ['200 -32601', json(error(-32601))],
    ['404 -32601', json(error(-32601), 404)],
    ['200 -32602', json(error(-32602))],
    ['-32022 with legacy revisions only', json(error(-32022, 1, { supported: ['2025-11-25'] }), 400)],
    ['a result of another kind', json({ jsonrpc: '2.0', id: 1, result: {} })],
    [
      'a result that offers legacy revisions only',
      json({ jsonrpc: '2.0', id: 1, result: { supportedVersions: ['2025-11-25'] } }),
    ],
    ['400', status(400)],
    ['404', status(404)],
    ['405', status(405)],
    ['406', status(406)],
  ])('%s means legacy', async (_, behaviour) => {
    expect((await probe(behaviour)).era.era).toBe('legacy')
  })

  it.each<[string, Behaviour, number?]>([
    ['401', status(401)],
    ['401 with JSON-RPC', json(error(-32000, null), 401)],
    ['403', status(403)],
    ['403 with an answer', json(error(-32601), 403)],
    ['408', status(408)],
    ['429', status(429)],
    ['500', status(500)],
    ['500 with JSON-RPC', json(error(-32603), 500)],
    ['502', status(502)],
    ['a redirect', status(307)],
    ['a web page', (_, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello')],
    ['an array', json([])],
    ['an answer to another id', json({ jsonrpc: '2.0', id: 9, error: 'x' })],
    ['a broken connection', (_, r) => r.destroy()],
    ['silence', () => undefined, 100],
    ['a stream without end', (_, r) => beginEvents(r), 100],
  ])('%s means nothing', async (_, behaviour, timeoutMs) => {
    const { era, server } = await probe(behaviour, timeoutMs)
    expect(era).toMatchObject<Partial<EraProbe>>({ era: 'unknown' })
    await expect.poll(() => server.openSockets()).toBe(0)
  })
})
