import { request as httpRequest } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../log.ts'
import { openHttpIngress } from './http.ts'
import {
  arrivals,
  envelope,
  LIMITS,
  LISTEN,
  legacyPost,
  MODERN,
  modernRequest,
  openDoor,
  RawClient,
  type TestDoor,
  type TestDoorOptions,
} from './testing/httpDoor.ts'
import { scriptedFront } from './testing/scriptedFront.ts'

const doors: TestDoor[] = []
const clients: RawClient[] = []

async function open(options?: TestDoorOptions): Promise<TestDoor> {
  const door = await openDoor(options)
  doors.push(door)
  return door
}

function raw(port: number): RawClient {
  const client = new RawClient(port)
  clients.push(client)
  return client
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await Promise.all(doors.splice(0).map((door) => door.ingress.close()))
})

const call = modernRequest('tools/call', { name: 'a' })

/** A modern request as bytes. */
function bytes(port: number, headers = '', body = String(call.body), line = 'POST /mcp HTTP/1.1'): string {
  return [
    line,
    `Host: 127.0.0.1:${port}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `MCP-Protocol-Version: ${MODERN}`,
    'Mcp-Method: tools/call',
    'Mcp-Name: a',
    ...(headers === '' ? [] : [headers]),
    ...(/transfer-encoding/i.test(headers) ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    '',
    body,
  ].join('\r\n')
}

describe('Host and Origin are looked at on every route, before anything else', () => {
  let door: TestDoor
  beforeAll(async () => {
    door = await openDoor()
  })
  afterAll(() => door.ingress.close())

  const routes = [
    'POST /mcp',
    'GET /mcp',
    'DELETE /mcp',
    'OPTIONS /mcp',
    'POST /mcp/x',
    'GET /healthz',
    'GET /readyz',
    'GET /nowhere',
    'PUT /mcp',
  ]
  const lies = [
    { name: 'a foreign Host', lines: ['Host: evil.example'], status: 403, rule: 'http/host' },
    { name: 'a foreign port', lines: ['Host: localhost:1'], status: 403, rule: 'http/host' },
    { name: 'no Host', lines: [], status: 400, rule: 'http/host' },
    {
      name: 'two Hosts',
      lines: ['Host: localhost:PORT', 'Host: evil.example'],
      status: 400,
      rule: 'http/repeated-header',
    },
    {
      name: 'a foreign Origin',
      lines: ['Host: localhost:PORT', 'Origin: http://evil.example'],
      status: 403,
      rule: 'http/origin',
    },
    {
      name: 'the Origin of a rebound name',
      lines: ['Host: localhost:PORT', 'Origin: http://localhost.evil.example:PORT'],
      status: 403,
      rule: 'http/origin',
    },
    {
      name: 'a null Origin',
      lines: ['Host: localhost:PORT', 'Origin: null'],
      status: 403,
      rule: 'http/origin',
    },
    {
      name: 'two Origins',
      lines: ['Host: localhost:PORT', 'Origin: http://localhost:PORT', 'Origin: http://evil.example'],
      status: 400,
      rule: 'http/repeated-header',
    },
  ]
  it.each(routes.flatMap((route) => lies.map((lie) => ({ route, ...lie }))))(
    '$route with $name',
    async ({ route, lines, status, rule }) => {
      const entries = door.front.entries.length
      const client = raw(door.port)
      client.write(
        `${route} HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}Content-Length: 0\r\n\r\n`.replaceAll(
          'PORT',
          String(door.port),
        ),
      )
      await client.until(() => client.closed)
      expect(client.statuses).toEqual([status])
      expect(client.text).not.toMatch(/access-control/i)
      expect(door.front.entries.slice(entries)).toEqual([
        expect.objectContaining({ event: 'http.refused', rule }),
      ])
      expect(door.front.calls).toEqual([])
    },
  )

  it('pages of this listener may use it, as the conformance suite asks', async () => {
    const origin = `http://localhost:${door.port}`
    const response = await fetch(`${origin}/mcp`, modernRequest('tools/list', {}, { headers: { origin } }))
    expect(response.status).toBe(200)
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

describe('routes', () => {
  it('exist as they are written and under no other spelling', async () => {
    const { port, front } = await open({ script: { servers: ['files'] } })
    for (const path of ['/mcp/', '//mcp', '/x/../mcp', '/%6dcp', '/mcp?a=b', '/mcp/nosuch', '/']) {
      const client = raw(port)
      client.write(bytes(port, 'Connection: close', String(call.body), `POST ${path} HTTP/1.1`))
      await client.until(() => client.closed)
      expect([path, client.statuses]).toEqual([path, [404]])
    }
    expect(front.calls).toEqual([])
    const response = await fetch(`http://127.0.0.1:${port}/mcp/files`, call)
    expect(response.status).toBe(200)
    expect(front.calls).toMatchObject([{ view: { kind: 'one', server: 'files' } }])
  })

  it('answer other methods with 405 and the ones they have', async () => {
    const { url, port } = await open()
    for (const [method, target, allow] of [
      ['PUT', url, 'POST, GET, DELETE'],
      ['PATCH', url, 'POST, GET, DELETE'],
      ['HEAD', url, 'POST, GET, DELETE'],
      ['OPTIONS', url, 'POST, GET, DELETE'],
      ['POST', `http://127.0.0.1:${port}/healthz`, 'GET, HEAD'],
    ] as const) {
      const response = await fetch(target, { method })
      expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, allow])
    }
  })

  it('tell health without asking who it is, and readiness as it is', async () => {
    let ready = true
    const { port, front } = await open({
      ready: () => ready,
      identify: () => ({ refuse: { status: 401, code: -31401, rule: 'x/y', explain: 'no' } }),
    })
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status
    expect([await get('/healthz'), await get('/readyz')]).toEqual([200, 200])
    ready = false
    expect([await get('/healthz'), await get('/readyz')]).toEqual([200, 503])
    expect(front.entries).toEqual([])
  })
})

describe('a browser page', () => {
  const origin = 'https://app.example'
  const listen = { allowedOrigins: [origin] }

  it('of an allowed origin may ask first, and read what MCP needs', async () => {
    const { url } = await open({ listen })
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-evil',
      },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin)
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type')
    const response = await fetch(url, modernRequest('tools/list', {}, { headers: { origin } }))
    expect(response.headers.get('access-control-allow-origin')).toBe(origin)
    expect(response.headers.get('access-control-expose-headers')).toContain('Mcp-Session-Id')
    expect(response.headers.get('vary')).toBe('Origin')
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('of another origin learns nothing, not even by asking first', async () => {
    const { url, front } = await open({ listen })
    const headers = { origin: 'https://app.example.evil', 'access-control-request-method': 'POST' }
    const response = await fetch(url, { method: 'OPTIONS', headers })
    expect(response.status).toBe(403)
    expect([...response.headers.keys()].join()).not.toContain('access-control')
    expect(front.calls).toEqual([])
  })
})

describe('bodies', () => {
  it.each([
    ['text/plain', {}, 415],
    ['', {}, 415],
    ['application/json; charset=utf-16', {}, 415],
    ['application/json', { 'content-encoding': 'gzip' }, 415],
    ['application/json', { accept: 'application/json' }, 406],
    ['application/json', { accept: 'text/html' }, 406],
    ['application/json', { 'content-encoding': 'identity', accept: '*/*' }, 200],
    ['APPLICATION/JSON;charset="UTF-8"', {}, 200],
  ])('%j with %j: %i', async (type, headers, status) => {
    const { url, front } = await open()
    const response = await fetch(
      url,
      modernRequest('tools/call', { name: 'a' }, { headers: { 'content-type': type, ...headers } }),
    )
    expect(response.status).toBe(status)
    expect(front.calls).toHaveLength(status === 200 ? 1 : 0)
    if (status !== 200) expect(front.entries).toHaveLength(1)
  })

  it('at the limit pass, one byte more is refused, said or chunked', async () => {
    const { url, port, front } = await open({ limits: { maxMessageBytes: 1000 } })
    const message = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'a', x: '', ...envelope() },
    })
    const pad = (length: number) => message.replace('"x":""', `"x":"${'x'.repeat(length - message.length)}"`)
    expect((await fetch(url, { ...call, body: pad(1000) })).status).toBe(200)
    const over = await fetch(url, { ...call, body: pad(1001) })
    expect([over.status, await over.json()]).toEqual([
      413,
      expect.objectContaining({ id: null, error: expect.objectContaining({ code: -31413 }) }),
    ])
    const client = raw(port)
    const body = pad(1001)
    client.write(
      bytes(
        port,
        'Transfer-Encoding: chunked',
        `1\r\n${body[0]}\r\n${(1000).toString(16)}\r\n${body.slice(1)}\r\n0\r\n\r\n`,
      ),
    )
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([413])
    expect(front.calls).toHaveLength(1)
  })

  it('far over the limit are refused with an answer the client can read', async () => {
    const { url } = await open()
    const response = await fetch(url, { ...call, body: 'x'.repeat(5_000_000) })
    expect(response.status).toBe(413)
    expect(response.headers.get('connection')).toBe('close')
  })

  it('far over the limit are read to the end for a client that reads only then', async () => {
    const { port } = await open()
    const client = raw(port)
    client.socket.pause()
    client.write(bytes(port, '', 'x'.repeat(5_000_000)))
    await new Promise((resolve) => client.socket.once('drain', resolve).once('close', resolve))
    client.socket.resume()
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([413])
  })

  it('in a thousand pieces are one message', async () => {
    const { port, front } = await open()
    const client = raw(port)
    const chunked = [...String(call.body)].map((character) => `1\r\n${character}\r\n`).join('')
    client.write(bytes(port, 'Transfer-Encoding: chunked', `${chunked}0\r\nMcp-Name: danger\r\nX: y\r\n\r\n`))
    await client.until(() => client.text.includes('complete'))
    expect(client.statuses).toEqual([200])
    expect(front.calls).toMatchObject([{ tool: 'a' }])
  })

  it.each([
    ['depth', `{"jsonrpc":"2.0","id":1,"method":"a","params":{"a":${'['.repeat(100)}${']'.repeat(100)}}}`],
    [
      'keys',
      `{"jsonrpc":"2.0","id":1,"method":"a","params":{${Array.from({ length: 60 }, (_, i) => `"k${i}":1`).join()}}}`,
    ],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]'],
    ['nothing', ''],
    ['two messages', '{"jsonrpc":"2.0","id":1,"method":"a"}\n{"jsonrpc":"2.0","id":2,"method":"b"}'],
  ])('with %s are refused', async (_, body) => {
    const { url, front } = await open({ limits: { maxDepth: 20, maxKeys: 50 } })
    for (const init of [call, legacyPost({})]) {
      const response = await fetch(url, { ...init, body })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({
        jsonrpc: '2.0',
        id: null,
        error: { code: expect.any(Number) },
      })
    }
    expect(front.calls).toEqual([])
    expect(front.entries).toHaveLength(2)
  })
})

describe('clients that are slow or too many', () => {
  it.each([
    ['in the head', (port: number) => `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`],
    ['in the body', (port: number) => bytes(port).slice(0, -5)],
    ['before the first byte', () => ''],
  ])('%s are cut off with 408', async (_, start) => {
    const { port, front } = await open({ listen: { headersTimeoutMs: 100, bodyTimeoutMs: 100 } })
    const client = raw(port)
    client.write(start(port))
    await client.until(() => client.closed)
    expect([client.closed, client.statuses]).toEqual([true, [408]])
    expect(front.calls).toEqual([])
    await front.until(() => front.entries.length > 0)
    expect(front.entries).toMatchObject([{ rule: 'http/slow-request' }])
  })

  it('a client that trickles is cut off too, and others are served meanwhile', async () => {
    const { port, url } = await open({ listen: { headersTimeoutMs: 150, bodyTimeoutMs: 150 } })
    const client = raw(port)
    client.write(bytes(port, '', `${' '.repeat(5000)}${call.body}`).slice(0, 400))
    const timer = setInterval(() => client.write(' '), 10)
    expect((await fetch(url, call)).status).toBe(200)
    await client.until(() => client.closed)
    clearInterval(timer)
    expect(client.statuses).toEqual([408])
  })

  it('heads over 16 KiB are refused', async () => {
    const { port, front } = await open()
    const client = raw(port)
    client.write(bytes(port, `X: ${'x'.repeat(17_000)}`))
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([431])
    expect(front.entries).toMatchObject([{ rule: 'http/headers-size' }])
  })

  it('a repeated header cannot hide behind thousands of others', async () => {
    const { port, front } = await open()
    const client = raw(port)
    client.write(bytes(port, `${'a:\r\n'.repeat(2_500)}Mcp-Name: danger`))
    await client.until(() => client.text.includes('jsonrpc'))
    expect(client.statuses).toEqual([400])
    expect(front.calls).toEqual([])
  })

  it('connections over the limit are not taken, and their end makes room', async () => {
    const { port, url } = await open({ maxConnections: 2 })
    const [one, two] = [raw(port), raw(port)]
    for (const client of [one, two]) {
      client.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
      await client.until(() => client.text.includes('ok'))
    }
    const three = raw(port)
    await three.until(() => three.closed)
    expect(three.text).toBe('')
    one.destroy()
    two.destroy()
    await expect
      .poll(() =>
        fetch(url, call).then(
          (response) => response.status,
          () => 0,
        ),
      )
      .toBe(200)
  })
})

describe('requests behind requests', () => {
  it('are not executed: the first is answered, the connection ends', async () => {
    const { port, front } = await open({
      script: {
        modern: (message, reply) =>
          void setTimeout(() => reply.finish(Buffer.from(`{"id":${message.id}}`), 200), 20),
      },
    })
    const client = raw(port)
    client.write(bytes(port) + bytes(port, 'X: second'))
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([200])
    expect(client.text).toContain('Connection: close')
    expect(front.calls).toHaveLength(1)
    expect(front.entries).toMatchObject([{ rule: 'http/pipelined' }])
  })

  it('end a stream that is underway, and cancel its call', async () => {
    const { port, front } = await open({ script: { modern: (_, reply) => reply.notify(Buffer.from('{}')) } })
    const client = raw(port)
    client.write(bytes(port))
    await client.until(() => client.text.includes('data: {}'))
    client.write(bytes(port))
    await client.until(() => client.closed)
    await front.until(() => front.cancelled.length > 0)
    expect(front.calls).toHaveLength(1)
  })

  it('one after the other are served on one connection', async () => {
    const { port, front } = await open()
    const client = raw(port)
    for (let i = 1; i <= 3; i++) {
      client.write(bytes(port))
      await client.until(() => client.statuses.length === i)
    }
    expect(client.statuses).toEqual([200, 200, 200])
    expect(front.calls).toHaveLength(3)
  })
})

describe('expectations and switches', () => {
  it('100 Continue is said only to a head that may come in', async () => {
    const { port, front } = await open()
    for (const [lines, statuses] of [
      [`Host: 127.0.0.1:${port}\r\nContent-Type: text/plain`, [415]],
      ['Host: evil.example\r\nContent-Type: application/json', [403]],
      [`Host: 127.0.0.1:${port}\r\nContent-Type: application/json`, [100]],
    ] as const) {
      const client = raw(port)
      client.write(`POST /mcp HTTP/1.1\r\n${lines}\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n`)
      await client.until(() => client.statuses.length > 0)
      expect(client.statuses).toEqual(statuses)
    }
    expect(front.calls).toEqual([])
  })

  it('another expectation is not met', async () => {
    const { port } = await open()
    const client = raw(port)
    client.write(bytes(port, 'Expect: the-unexpected'))
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([417])
  })

  it('an offer of h2c, as Java clients make it, is passed over', async () => {
    const { port, front } = await open()
    const client = raw(port)
    client.write(
      bytes(port, 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk'),
    )
    await client.until(() => client.text.includes('complete'))
    expect(client.statuses).toEqual([200])
    expect(front.calls).toHaveLength(1)
  })

  it('HTTP/2 without asking is no HTTP here', async () => {
    const { port, front } = await open()
    const client = raw(port)
    client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([400])
    expect(front.entries).toMatchObject([{ rule: 'http/framing' }])
  })

  it('what is no HTTP is refused once, however much of it comes', async () => {
    let records = 0
    const record = () => {
      records += 1
      return new Promise<void>((resolve) => setTimeout(resolve, 40))
    }
    const { port } = await open({ script: { record } })
    const client = raw(port)
    client.write('NO HTTP\r\n\r\n')
    await new Promise((resolve) => setTimeout(resolve, 10))
    client.write('MORE OF IT\r\n\r\n')
    await client.until(() => client.closed)
    expect([client.statuses, records]).toEqual([[400], 1])
  })

  it('HTTP/1.0 with a Host is served once and closed', async () => {
    const { port, front } = await open()
    const client = raw(port)
    client.write(bytes(port, '', String(call.body), 'POST /mcp HTTP/1.0'))
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([200])
    expect(front.calls).toHaveLength(1)
  })
})

describe('who is calling', () => {
  it('is asked with every request, and a refusal is sent as it was made', async () => {
    const { url, front } = await open({
      identify: async (request) =>
        request.headers.authorization === 'Bearer good'
          ? { principal: { issuer: 'https://as.example', subject: 'ann' }, transport: 'http' }
          : {
              refuse: {
                status: 401,
                code: -31401,
                rule: 'auth/missing',
                explain: 'a token is needed',
                headers: ['WWW-Authenticate', 'Bearer realm="gate"'],
              },
            },
    })
    const refused = await fetch(url, call)
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="gate"'])
    expect(front.calls).toEqual([])
    const response = await fetch(
      url,
      modernRequest('tools/call', { name: 'a' }, { headers: { authorization: 'Bearer good' } }),
    )
    expect(response.status).toBe(200)
    expect(front.calls).toMatchObject([{ principal: '["https://as.example","ann"]' }])
  })

  it('that cannot be found out is nobody: the request fails without a word about why', async () => {
    const { url, front } = await open({
      identify: () => Promise.reject(new Error('/secret/path: keys gone')),
    })
    const response = await fetch(url, call)
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(text).not.toMatch(/secret|keys|\bat\b.*:\d+/)
    expect(front.calls).toEqual([])
  })

  it('is never a header the sender chose', async () => {
    const { url, front } = await open()
    await fetch(
      url,
      modernRequest(
        'tools/call',
        { name: 'a' },
        { headers: { 'x-user': 'admin', 'remote-user': 'admin', 'x-forwarded-user': 'admin' } },
      ),
    )
    expect(front.calls[0]?.principal).toMatch(/^\["local",/)
  })

  it.each([
    [{ host: '0.0.0.0' }, {}],
    [{ host: '0.0.0.0' }, { behindTlsProxy: true }],
    [
      { host: '0.0.0.0' },
      { identify: () => ({ principal: { issuer: 'a', subject: 'b' }, transport: 'http' as const }) },
    ],
    [{ host: '::' }, {}],
  ])('must be known, over TLS, before we listen beyond this machine: %j', async (listen, options) => {
    const opening = openHttpIngress({
      config: { ...LISTEN, ...listen },
      limits: LIMITS,
      front: scriptedFront(),
      log: silentLog,
      now: () => 0,
      ...options,
    })
    await expect(opening).rejects.toThrow(/needs authentication and TLS/)
  })
})

describe('a refusal', () => {
  it('carries the id of the request and is on record before it is answered', async () => {
    let recorded = false
    const { url } = await open({
      script: {
        record: async () => {
          await new Promise((resolve) => setTimeout(resolve, 20))
          recorded = true
        },
      },
    })
    const response = await fetch(
      url,
      modernRequest('tools/call', { name: 'a' }, { id: 'x"\u00e9', headers: { 'mcp-name': 'b' } }),
    )
    expect(recorded).toBe(true)
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: 'x"\u00e9', error: { code: -32020 } })
  })

  it('says what was refused of whom in the record', async () => {
    const { url, front } = await open()
    await fetch(url, modernRequest('tools/call', { name: 'a' }, { id: 'r', headers: { 'mcp-name': 'b' } }))
    expect(front.entries).toMatchObject([
      {
        kind: 'exchange',
        outcome: 'refused',
        method: 'tools/call',
        requestId: '"r"',
        era: 'modern',
        rule: 'headers/name',
        errorCode: -32020,
        transport: 'http',
      },
    ])
  })

  it('that cannot be recorded is not told: 503, and nothing was done', async () => {
    const { url, front } = await open({ script: { record: () => Promise.reject(new Error('disk full')) } })
    const response = await fetch(
      url,
      modernRequest('tools/call', { name: 'a' }, { headers: { 'mcp-name': 'b' } }),
    )
    expect(response.status).toBe(503)
    expect(await response.text()).not.toContain('disk full')
    expect(front.calls).toEqual([])
  })

  it('of a gateway that fails has no stack, and the next request is served', async () => {
    let fail = true
    const { url } = await open({
      script: {
        modern: (message, reply) => {
          if (fail) throw new TypeError('secret detail at /home/x/y.ts')
          reply.finish(Buffer.from(`{"id":${message.id}}`), 200)
        },
      },
    })
    const response = await fetch(url, call)
    expect([response.status, await response.json()]).toEqual([
      500,
      {
        jsonrpc: '2.0',
        id: 1,
        error: { code: -31500, message: 'the gateway failed to handle this request: see its log' },
      },
    ])
    fail = false
    expect((await fetch(url, call)).status).toBe(200)
  })
})

describe('a shutdown', () => {
  it('lets calls underway end, refuses new ones, and leaves nothing', async () => {
    const replies: (() => void)[] = []
    const { ingress, front, url, port } = await open({
      script: {
        modern: (message, reply) =>
          void replies.push(() => reply.finish(Buffer.from(`{"id":${message.id}}`), 200)),
      },
    })
    const idle = raw(port)
    idle.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
    await idle.until(() => idle.text.includes('ok'))
    const kept = raw(port)
    kept.write(bytes(port))
    const underway = fetch(url, call)
    await front.until(() => front.calls.length === 2)
    const closed = ingress.close()
    await idle.until(() => idle.closed)
    expect(idle.closed).toBe(true)
    // A kept connection with a call underway may still send: it gets no further call.
    for (const reply of replies) reply()
    expect((await underway).status).toBe(200)
    await kept.until(() => kept.statuses.length > 0)
    kept.write(bytes(port))
    await kept.until(() => kept.closed)
    expect(kept.statuses.slice(1)).not.toContain(200)
    await closed
    expect(front.calls).toHaveLength(2)
    await expect(fetch(url, call)).rejects.toThrow()
    expect(ingress.close()).toBe(ingress.close())
  })

  it('answers new requests on kept connections with 503', async () => {
    const { ingress, front, port } = await open({ script: { modern: () => undefined } })
    const [busy, kept] = [raw(port), raw(port)]
    busy.write(bytes(port))
    await front.until(() => front.calls.length === 1)
    // A request whose head is here and whose body comes during the shutdown is new.
    const head = `GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`
    kept.write(head)
    await arrivals()
    const closed = ingress.close()
    kept.write('\r\n')
    await kept.until(() => kept.closed)
    expect(kept.statuses).toEqual([503])
    await closed
    await busy.until(() => busy.closed)
    expect(busy.statuses).toEqual([503])
    expect(front.cancelled).toEqual(['tools/call 1: the gateway is shutting down'])
  })

  it('does not begin what it has not read to the end', async () => {
    const { ingress, front, port } = await open({ script: { modern: () => undefined } })
    const [busy, late] = [raw(port), raw(port)]
    busy.write(bytes(port))
    late.write(bytes(port, 'X: late').slice(0, -5))
    await front.until(() => front.calls.length === 1)
    await arrivals()
    const closed = ingress.close()
    late.write(bytes(port, 'X: late').slice(-5))
    await late.until(() => late.closed)
    expect(late.statuses).toEqual([503])
    await closed
    expect(front.calls).toHaveLength(1)
  })

  it('takes no longer than drainMs and a moment, whatever hangs', async () => {
    const { ingress, port, front } = await open({
      listen: { drainMs: 100 },
      script: { modern: () => undefined },
    })
    const client = raw(port)
    client.write(bytes(port))
    const half = raw(port)
    half.write('POST /mcp HTTP/1.1\r\nHost:')
    await front.until(() => front.calls.length === 1)
    const started = performance.now()
    await ingress.close()
    expect(performance.now() - started).toBeLessThan(15_000)
    expect(client.closed || (await client.until(() => client.closed))).toBe(true)
  })
})

it('a client that leaves in the middle of its body leaves nothing behind', async () => {
  const { port, front, url } = await open()
  const client = raw(port)
  client.write(bytes(port).slice(0, -10))
  await arrivals()
  client.destroy()
  expect((await fetch(url, call)).status).toBe(200)
  expect(front.calls).toHaveLength(1)
})

it('the raw client of Node is served as well', async () => {
  const { port } = await open()
  const status = await new Promise((resolve, reject) => {
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      path: '/mcp',
      method: 'POST',
      headers: call.headers as Record<string, string>,
    })
    request.on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('error', reject)
    request.end(call.body)
  })
  expect(status).toBe(200)
})
