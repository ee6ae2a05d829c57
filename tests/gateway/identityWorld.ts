/** A gateway that wants tokens, the issuer of them, and a client that sends exactly the header lines it is given. */
import { type Agent, type IncomingMessage, request } from 'node:http'
import { startTestIssuer, type TestIssuer } from '../../packages/gateway/src/identity/testing/testIssuer.ts'
import {
  type MoreKeys,
  makeMoreKeys,
  publish,
} from '../../packages/gateway/src/identity/testing/tokenCases.ts'
import {
  type Answer,
  ENVELOPE,
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  startHttpGateway,
} from './harness.ts'

/** What the gateway is called; it listens on a port of this machine. */
export const PUBLIC_URL = 'https://gate.example'
export const AUDIENCE = `${PUBLIC_URL}/mcp`

export interface IdentityWorld {
  readonly home: Home
  readonly issuer: TestIssuer
  readonly more: MoreKeys
  readonly gateway: HttpGateway
  readonly origin: string
  /** Calls that reached the servers. */
  calls(): number
  close(): Promise<void>
}

export interface WorldOptions {
  readonly auth?: (issuer: string) => object
  readonly config?: object | ((home: Home) => object)
}

/** Two servers, one of each era: `old` and `new`. */
export async function openIdentityWorld(options: WorldOptions = {}): Promise<IdentityWorld> {
  const home = makeHome()
  home.env.INTROSPECTION_SECRET = 'introspection secret'
  const issuer = await startTestIssuer({ audience: AUDIENCE })
  const more = makeMoreKeys()
  publish(issuer, more)
  const loose = { rate: 'unlimited', schemas: { arguments: 'off', results: 'off' } }
  const gateway = await startHttpGateway(home, {
    servers: {
      old: { ...faultOnPipe(home, 'old', 'legacy'), ...loose },
      new: { ...faultOnPipe(home, 'new', 'modern'), ...loose },
    },
    auth: options.auth?.(issuer.url) ?? {
      publicUrl: PUBLIC_URL,
      failures: 'unlimited',
      issuers: [{ issuer: issuer.url, claims: { groups: 'groups' } }],
    },
    ...(typeof options.config === 'function' ? options.config(home) : options.config),
  })
  return {
    home,
    issuer,
    more,
    gateway,
    origin: new URL(gateway.url).origin,
    calls: () =>
      ['old', 'new']
        .flatMap((name) => home.witness(`${name}.log`))
        .filter(({ method }) => method === 'tools/call').length,
    async close() {
      await gateway.stop()
      await issuer.close()
      home.remove()
    },
  }
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  readonly json: Answer & Record<string, unknown>
}

/** One request with these header lines (flat) and nothing else but Host and framing. */
export function send(
  origin: string,
  target: string,
  options: {
    readonly method?: string
    readonly headers?: readonly string[]
    readonly body?: object | string
    /** Keeps the connection; absent: one of its own. */
    readonly agent?: Agent | undefined
  } = {},
): Promise<Reply> {
  const { method = 'GET', headers = [], body, agent = false } = options
  const { hostname, port, host } = new URL(origin)
  const bytes =
    body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const lines = [...headers]
  if (!lines.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')) lines.unshift('Host', host)
  if (bytes !== undefined) lines.push('Content-Length', String(bytes.length))
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path: target, headers: lines, agent }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const said = /^data: (.+)$/m.exec(text)?.[1] ?? text
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text,
          json: said.startsWith('{') ? JSON.parse(said) : {},
        })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(bytes)
  })
}

export const bearer = (token: string): readonly string[] => ['Authorization', `Bearer ${token}`]

/** One modern request. */
export function modern(
  origin: string,
  credential: readonly string[],
  method: string,
  params: { readonly name?: string } & object = {},
  target = '/mcp',
  agent?: Agent,
): Promise<Reply> {
  return send(origin, target, {
    method: 'POST',
    agent,
    headers: [
      ...['Content-Type', 'application/json', 'Accept', 'application/json, text/event-stream'],
      ...['MCP-Protocol-Version', '2026-07-28', 'MCP-Method', method],
      ...(params.name === undefined ? [] : ['MCP-Name', params.name]),
      ...credential,
    ],
    body: { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: ENVELOPE } },
  })
}

/** A modern call of `echo` at the modern server. */
export function echo(
  origin: string,
  credential: readonly string[],
  target = '/mcp',
  agent?: Agent,
): Promise<Reply> {
  const name = target === '/mcp' ? 'new__echo' : 'echo'
  return modern(
    origin,
    credential,
    'tools/call',
    { name, arguments: { text: 'hello' } } as { name: string },
    target,
    agent,
  )
}

/** One legacy request, in a session or opening one. */
export function legacy(
  origin: string,
  credential: readonly string[],
  message: object,
  session?: string,
  target = '/mcp',
): Promise<Reply> {
  return send(origin, target, {
    method: 'POST',
    headers: [
      ...['Content-Type', 'application/json', 'Accept', 'application/json, text/event-stream'],
      ...(session === undefined ? [] : ['Mcp-Session-Id', session, 'MCP-Protocol-Version', '2025-11-25']),
      ...credential,
    ],
    body: { jsonrpc: '2.0', ...message },
  })
}

/** Opens a legacy session; its id. */
export async function openSession(origin: string, credential: readonly string[]): Promise<string> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  }
  const opened = await legacy(origin, credential, { id: 0, method: 'initialize', params })
  const session = opened.headers['mcp-session-id']
  if (typeof session !== 'string') throw new Error(`no session: ${opened.status} ${opened.text}`)
  await legacy(origin, credential, { method: 'notifications/initialized' }, session)
  return session
}
