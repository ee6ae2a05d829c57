/** The HTTP door itself: DNS rebinding, pages of other origins, TLS, framing, what may listen where. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import {
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  startHttpGateway,
} from '../../tests/gateway/harness.ts'
import { run } from '../../tests/gateway/workerClient.ts'
import type { AuthCheck } from './check.ts'
import { expectEqual, expectMatch, expectOneOf } from './expect.ts'

const PAGE = 'https://app.example'
let home: Home
let plain: HttpGateway
let secure: HttpGateway
let named: HttpGateway
let homes: Home[] = []

/** A gateway without TLS, one with it, and one that clients know by a name. */
export async function open(): Promise<void> {
  homes = [makeHome(), makeHome(), makeHome()]
  const [first, second, third] = homes as [Home, Home, Home]
  home = first
  const servers = { one: faultOnPipe(first, 'one', 'modern') }
  plain = await startHttpGateway(first, { servers, listen: { allowedOrigins: [PAGE] } })
  secure = await startHttpGateway(second, { listen: { localTls: true } })
  named = await startHttpGateway(third, {
    auth: { publicUrl: 'https://gate.example', keys: {} },
    listen: { localTls: true },
  })
}

export async function close(): Promise<void> {
  await Promise.all([plain, secure, named].map((gateway) => gateway.stop()))
  for (const one of homes) one.remove()
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

function ask(url: string, method: string, headers: Record<string, string>, ca?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers,
      agent: false,
      ...(ca === undefined ? {} : { ca, servername: 'localhost' }),
    }
    const sent = (url.startsWith('https:') ? secureRequest : plainRequest)(url, options, (answer) => {
      answer.resume()
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** What comes back for these very bytes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let got = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      got += chunk
    })
    socket.on('end', () => resolve(got))
    socket.on('error', reject)
    socket.setTimeout(5_000, () => {
      socket.destroy()
      resolve(got)
    })
  })
}

const authority = (of: Home) => readFileSync(of.path('.local/share/sallyport/tls/local-ca.pem'))
const portOf = (gateway: HttpGateway) => Number(new URL(gateway.url).port)
/** Nothing was called, whatever was refused. */
const untouched = () =>
  expectEqual(
    'calls at the server',
    home.witness('one.log').filter(({ method }) => method === 'tools/call').length,
    0,
  )

async function refusedConfig(config: object, says: RegExp): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-eval-'))
  const file = join(folder, 'sallyport.json')
  writeFileSync(file, JSON.stringify({ version: 1, ...config }))
  const { code, stderr } = await run(home, 'serve', '--config', file)
  expectEqual('exit code', code, 2)
  expectMatch('what is said', stderr, says)
}

export const checks: readonly AuthCheck[] = [
  {
    id: 'WEB-001',
    title: 'a rebound name is refused',
    async run() {
      const { status } = await ask(plain.url, 'POST', {
        host: 'evil.example',
        'content-type': 'application/json',
      })
      expectOneOf('status', status, [403, 421])
      untouched()
    },
  },
  {
    id: 'WEB-003',
    title: 'Origin null is refused',
    async run() {
      expectEqual('status', (await ask(plain.url, 'POST', { origin: 'null' })).status, 403)
      untouched()
    },
  },
  {
    id: 'WEB-004',
    title: 'a preflight of an allowed page',
    async run() {
      const asked = {
        origin: PAGE,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, mcp-session-id, x-evil',
      }
      const { status, headers } = await ask(plain.url, 'OPTIONS', asked)
      expectEqual('status', status, 204)
      expectEqual('origin', headers['access-control-allow-origin'], PAGE)
      expectEqual('credentials', headers['access-control-allow-credentials'], undefined)
      expectMatch('vary', String(headers.vary), /origin/i)
      expectMatch(
        'exposed',
        String(headers['access-control-expose-headers']),
        /Mcp-Session-Id.*WWW-Authenticate/,
      )
      expectEqual('headers', headers['access-control-allow-headers'], 'authorization, mcp-session-id')
      const other = await ask(plain.url, 'OPTIONS', { ...asked, origin: 'https://app.example.evil' })
      expectEqual(
        'another page',
        [other.status, other.headers['access-control-allow-origin']],
        [403, undefined],
      )
    },
  },
  {
    id: 'WEB-006',
    title: 'plain HTTP where others can reach it',
    run: () =>
      refusedConfig(
        { auth: { publicUrl: 'https://gate.example', keys: {} }, listen: { http: '0.0.0.0:0' } },
        /without TLS/,
      ),
  },
  {
    id: 'SP-WEB-001',
    title: 'an open door without anybody who says who comes in',
    run: () =>
      refusedConfig({ listen: { http: '0.0.0.0:0', behindTlsProxy: true } }, /nothing says who may come in/),
  },
  {
    id: 'SP-WEB-002',
    title: 'a proxy in front makes nobody the user of this machine',
    run: () => refusedConfig({ listen: { http: '127.0.0.1:0', behindTlsProxy: true } }, /behindTlsProxy/),
  },
  {
    id: 'OPS-013',
    title: 'tokens over http only for this machine',
    run: () => refusedConfig({ auth: { publicUrl: 'http://gate.example', keys: {} } }, /must be https/),
  },
  {
    id: 'WEB-007',
    title: 'HSTS under a name of its own, and not for localhost',
    async run() {
      const [, second, third] = homes as [Home, Home, Home]
      const own = await ask(named.url, 'GET', { host: 'gate.example' }, authority(third))
      expectEqual('status', own.status, 401)
      expectMatch('HSTS', String(own.headers['strict-transport-security']), /^max-age=\d{8}/)
      const local = await ask(secure.url.replace('/mcp', '/healthz'), 'GET', {}, authority(second))
      expectEqual(
        'HSTS of localhost',
        [local.status, local.headers['strict-transport-security']],
        [200, undefined],
      )
    },
  },
  {
    id: 'WEB-008',
    title: 'TLS older than 1.2 is not spoken',
    async run() {
      const [, second] = homes as [Home, Home]
      const spoken = await new Promise<string>((resolve) => {
        const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const
        const options = {
          host: '127.0.0.1',
          port: portOf(secure),
          ca: authority(second),
          servername: 'localhost',
          ...old,
        }
        const socket = connectTls(options, () => resolve(String(socket.getProtocol())))
        socket.on('error', () => resolve('refused'))
      })
      expectEqual('handshake', spoken, 'refused')
    },
  },
  {
    id: 'WEB-012',
    title: 'two lengths, or a length and chunks',
    async run() {
      const head = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${portOf(plain)}\r\nContent-Type: application/json\r\n`
      const bodies = [
        'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /mcp HTTP/1.1\r\n\r\n',
        'Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
        'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
      ]
      for (const body of bodies) {
        const statuses = [...(await raw(portOf(plain), head + body)).matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(
          ([, status]) => status,
        )
        expectEqual(JSON.stringify(body.slice(0, 40)), statuses, ['400'])
      }
      untouched()
    },
  },
]
