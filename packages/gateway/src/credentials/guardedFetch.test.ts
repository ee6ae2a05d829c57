/** What the gateway fetches for others leads nowhere inside, and back to nobody else. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FetchRefused, isFetchable, makeGuardedFetch } from './guardedFetch.ts'

let server: Server
let origin: string
let seen: { url: string | undefined; method: string | undefined; authorization: string | undefined }[] = []
let answer: RequestListener

beforeEach(async () => {
  seen = []
  server = createServer((request, response) => {
    seen.push({ url: request.url, method: request.method, authorization: request.headers.authorization })
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const here = { reach: { loopback: true }, timeoutMs: 2_000 }
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'answered',
    (error: FetchRefused) => error.code,
  )

describe('an address', () => {
  const away = makeGuardedFetch({ reach: { loopback: false }, timeoutMs: 500 })
  it.each([
    'http://as.example/',
    'http://127.0.0.1/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[64:ff9b::a00:1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://user:pw@as.example/',
    'https://as.example/#x',
    'file:///etc/passwd',
    'data:application/json,{}',
    'javascript:alert(1)',
    'no address',
  ])('%s is not asked', async (url) => {
    expect(await codeOf(away(url))).toBe('url')
  })

  it.each([
    ['private', ['10.1.2.3']],
    ['this machine', ['127.0.0.1']],
    ['metadata', ['169.254.169.254']],
    ['one public, one private', ['93.184.216.34', '192.168.0.1']],
    ['private, mapped', ['::ffff:192.168.0.1']],
    ['nothing', []],
  ])('whose name leads to %s is not asked', async (_, addresses) => {
    const fetch = makeGuardedFetch({
      reach: { loopback: false },
      timeoutMs: 500,
      resolve: async () => addresses,
    })
    expect(await codeOf(fetch('https://as.example/'))).toBe('url')
  })

  it('that is a name of this machine has to lead to this machine', async () => {
    const fetch = makeGuardedFetch({ ...here, resolve: async () => ['10.0.0.1'] })
    expect(await codeOf(fetch('http://localhost:1/'))).toBe('url')
  })

  it('is resolved once: what is connected to is what was judged', async () => {
    let times = 0
    const resolve = async () => {
      times++
      return times === 1 ? ['127.0.0.1'] : ['10.0.0.1']
    }
    answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    const fetch = makeGuardedFetch({ ...here, resolve })
    const { port } = new URL(origin)
    expect((await fetch(`http://localhost:${port}/`)).status).toBe(200)
    expect(times).toBe(1)
  })

  it('in a document is judged by its text alone', () => {
    expect(isFetchable('https://as.example/token', { loopback: false })).toBe(true)
    expect(isFetchable('http://localhost:8080/token', { loopback: false })).toBe(false)
    expect(isFetchable('http://localhost:8080/token', { loopback: true })).toBe(true)
    expect(isFetchable('http://localhost.evil.example/', { loopback: true })).toBe(false)
  })
})

describe('a redirect', () => {
  const to = (location: string, status = 302) => {
    answer = (request, response) =>
      request.url === '/end'
        ? response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
        : response.writeHead(status, { location }).end()
  }
  it('within the origin is followed', async () => {
    to('/end')
    expect(await (await makeGuardedFetch(here)(`${origin}/start`)).json()).toEqual({ ok: true })
  })
  it.each(['https://evil.example/', 'http://127.0.0.1:1/', '//evil.example/', 'file:///etc/passwd'])(
    'to %s is not',
    async (location) => {
      to(location)
      expect(await codeOf(makeGuardedFetch(here)(`${origin}/start`))).toBe('redirect')
      expect(seen).toHaveLength(1)
    },
  )
  it('of a POST is not, and its credentials go nowhere', async () => {
    to('/end', 307)
    const init = { method: 'POST', headers: { authorization: 'Basic x' }, body: 'a=b' }
    expect(await codeOf(makeGuardedFetch(here)(`${origin}/start`, init))).toBe('redirect')
    expect(seen).toHaveLength(1)
  })
  it('without end ends', async () => {
    to('/start')
    expect(await codeOf(makeGuardedFetch(here)(`${origin}/start`))).toBe('redirect')
    expect(seen.length).toBeLessThan(6)
  })
})

describe('an answer', () => {
  it('that is too long is given up', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(`"${'x'.repeat(2_000_000)}"`)
    }
    expect(await codeOf(makeGuardedFetch(here)(origin))).toBe('too-large')
  })
  it('that does not come in time is given up', async () => {
    answer = () => undefined
    expect(await codeOf(makeGuardedFetch({ ...here, timeoutMs: 200 })(origin))).toBe('late')
  })
  it('of another type has no body, whatever its status', async () => {
    for (const status of [200, 400, 500]) {
      answer = (_, response) =>
        response.writeHead(status, { 'content-type': 'text/html' }).end('<b>SECRET</b>')
      const got = await makeGuardedFetch(here)(origin)
      expect([got.status, await got.text()]).toEqual([status, ''])
    }
  })
  it('with an encoding is refused', async () => {
    answer = (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('x')
    expect(await codeOf(makeGuardedFetch(here)(origin))).toBe('body')
  })
})

it('no proxy of the environment is used', async () => {
  const before = { ...process.env }
  Object.assign(process.env, {
    HTTP_PROXY: 'http://127.0.0.1:1',
    http_proxy: 'http://127.0.0.1:1',
    NODE_USE_ENV_PROXY: '1',
  })
  answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  try {
    expect((await makeGuardedFetch(here)(origin)).status).toBe(200)
  } finally {
    process.env = before
  }
})
