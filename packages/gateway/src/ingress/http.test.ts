import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../log.ts'
import { headerValues } from './head.ts'
import { openHttpIngress } from './http.ts'
import { LIMITS, LISTEN, modernRequest, openDoor, type TestDoor } from './testing/httpDoor.ts'
import { open, raw } from './testing/openDoors.ts'
import { call, rawCall } from './testing/rawCall.ts'
import { scriptedFront } from './testing/scriptedFront.ts'

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
    { name: 'a foreign Host', lines: ['Host: evil.example'], status: 421, rule: 'http/host' },
    { name: 'a foreign port', lines: ['Host: localhost:1'], status: 421, rule: 'http/host' },
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
    for (const path of ['/mcp//', '//mcp', '/x/../mcp', '/%6dcp', '/mcp?a=b', '/mcp/nosuch', '/']) {
      const client = raw(port)
      client.write(rawCall(port, 'Connection: close', String(call.body), `POST ${path} HTTP/1.1`))
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

describe('who is calling', () => {
  it('is asked with every request, and a refusal is sent as it was made', async () => {
    const { url, front } = await open({
      identify: async (request) =>
        headerValues(request.rawHeaders, 'authorization')[0] === 'Bearer good'
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
    [{ host: '0.0.0.0', behindTlsProxy: true }, {}],
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
