/**
 * For tests and evals: an authorization server and a protected MCP server, both real HTTP servers on this machine, that do
 * what they are told to, good or evil, and write down everything they were sent. What they saw is the witness.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: URLSearchParams
  readonly text: string
  readonly headers: IncomingMessage['headers']
}

/** A call that reached the protected server. */
export interface SeenCall {
  readonly token: string | undefined
  readonly method: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly headers: IncomingMessage['headers']
}

/** How they behave; change it as the test goes. */
export interface Behaviour {
  /** Its tool says which token it was called with. */
  tells: boolean
  /** Members of the issuer's metadata, in place of the honest ones; `undefined` leaves one out. */
  issuer: Record<string, unknown>
  issuerStatus: number
  /** Members of the server's metadata, likewise. */
  resource: Record<string, unknown>
  resourceStatus: number
  /** What comes behind its well-known name. */
  resourcePath: string
  /** Members of the token endpoint's answer. */
  token: Record<string, unknown>
  tokenStatus: number
  tokenError: Record<string, unknown>
  registration: Record<string, unknown>
  registrationStatus: number
  /** Members of the answer to the browser. */
  answer: Record<string, string | undefined>
  expiresIn: number | undefined
  /** Scopes that a call of the tool needs. */
  needs: string[]
  /** The challenge of a 401, in place of the honest one. */
  challenge: string | undefined
  /** The token endpoint answers after this. */
  delayMs: number
}

export interface OauthWorld {
  readonly url: string
  readonly issuer: string
  readonly behave: Behaviour
  readonly seen: Seen[]
  readonly calls: SeenCall[]
  /** Access tokens that are good now, and for whom. */
  readonly tokens: Map<string, { readonly user: string; readonly scopes: readonly string[] }>
  readonly revoked: string[]
  /** Ends the validity of every access token. */
  expireAll(): void
  tokenPosts(grant?: string): Seen[]
  /** A person's browser: opens an address, follows it to where it ends. */
  browse(
    url: string,
    user: string,
  ): Promise<{ readonly url: string; readonly status: number; readonly text: string }>
  /** The authorization server alone: where it sends the browser. */
  approve(url: string, user: string): Promise<URL>
  close(): Promise<void>
}

/** Where a page of the gateway goes on to by itself, as a browser reads it. */
export function goesTo(page: string): string | null {
  const [, to] = /<meta http-equiv="refresh" content="0;url=([^"]*)">/.exec(page) ?? []
  return to?.replaceAll('&amp;', '&') ?? null
}

export async function openOauthWorld(options: { readonly issuerOf?: OauthWorld } = {}): Promise<OauthWorld> {
  const behave: Behaviour = {
    tells: false,
    issuer: {},
    issuerStatus: 200,
    resource: {},
    resourceStatus: 200,
    resourcePath: '/mcp',
    token: {},
    tokenStatus: 200,
    tokenError: { error: 'invalid_grant' },
    registration: {},
    registrationStatus: 201,
    answer: {},
    expiresIn: 3600,
    needs: [],
    challenge: undefined,
    delayMs: 0,
  }
  const seen: Seen[] = []
  const calls: SeenCall[] = []
  const tokens = new Map<string, { user: string; scopes: readonly string[] }>()
  const refreshes = new Map<string, { user: string; scopes: readonly string[] }>()
  const codes = new Map<string, { user: string; scopes: readonly string[]; challenge: string }>()
  const revoked: string[] = []
  let count = 0

  const as = createServer((request, response) => void authorization(request, response))
  const rs = createServer((request, response) => void resource(request, response))
  const [issuer, server] = await Promise.all([listen(as), listen(rs)])
  const url = `${server}/mcp`

  async function authorization(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = new URL(request.url ?? '/', issuer)
    const text = await bodyOf(request)
    const body = new URLSearchParams(text)
    seen.push({
      method: request.method ?? '',
      path: at.pathname,
      query: at.searchParams,
      body,
      text,
      headers: request.headers,
    })
    if (at.pathname === '/.well-known/oauth-authorization-server') {
      return json(response, behave.issuerStatus, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        registration_endpoint: `${issuer}/register`,
        revocation_endpoint: `${issuer}/revoke`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
        authorization_response_iss_parameter_supported: true,
        ...behave.issuer,
      })
    }
    if (at.pathname === '/register') {
      count++
      const asked = JSON.parse(text) as object
      return json(response, behave.registrationStatus, {
        client_id: `client-${count}`,
        ...asked,
        ...behave.registration,
      })
    }
    if (at.pathname === '/authorize') {
      const code = randomBytes(12).toString('hex')
      const { searchParams: asked } = at
      const user = String(request.headers['x-user'] ?? 'nobody')
      codes.set(code, {
        user,
        scopes: (asked.get('scope') ?? '').split(' ').filter(Boolean),
        challenge: asked.get('code_challenge') ?? '',
      })
      const back = new URL(asked.get('redirect_uri') ?? issuer)
      const answer = { code, state: asked.get('state') ?? undefined, iss: issuer, ...behave.answer }
      for (const [name, value] of Object.entries(answer))
        if (value !== undefined) back.searchParams.set(name, value)
      response.writeHead(302, { location: back.href }).end()
      return
    }
    if (at.pathname === '/token') return await token(body, response)
    if (at.pathname === '/revoke') {
      const gone = body.get('token') ?? ''
      revoked.push(gone)
      tokens.delete(gone)
      refreshes.delete(gone)
      response.writeHead(200).end()
      return
    }
    json(response, 404, {})
  }

  async function token(body: URLSearchParams, response: ServerResponse): Promise<void> {
    if (behave.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, behave.delayMs))
    if (behave.tokenStatus !== 200) return json(response, behave.tokenStatus, behave.tokenError)
    const grant = body.get('grant_type')
    let of: { user: string; scopes: readonly string[] } | undefined
    if (grant === 'authorization_code') {
      const code = codes.get(body.get('code') ?? '')
      codes.delete(body.get('code') ?? '')
      const verifier = createHash('sha256')
        .update(body.get('code_verifier') ?? '')
        .digest('base64url')
      if (code?.challenge === verifier) of = code
    } else if (grant === 'refresh_token') {
      of = refreshes.get(body.get('refresh_token') ?? '')
      refreshes.delete(body.get('refresh_token') ?? '')
    } else if (grant === 'client_credentials') {
      of = { user: 'gateway', scopes: (body.get('scope') ?? '').split(' ').filter(Boolean) }
    }
    if (of === undefined) return json(response, 400, { error: 'invalid_grant' })
    count++
    const access = `access-${of.user}-${count}-${randomBytes(12).toString('hex')}`
    const refresh = `refresh-${of.user}-${count}-${randomBytes(12).toString('hex')}`
    tokens.set(access, of)
    refreshes.set(refresh, of)
    json(response, 200, {
      access_token: access,
      token_type: 'Bearer',
      ...(grant === 'client_credentials' ? {} : { refresh_token: refresh }),
      ...(behave.expiresIn === undefined ? {} : { expires_in: behave.expiresIn }),
      ...behave.token,
    })
  }

  async function resource(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = new URL(request.url ?? '/', server)
    if (at.pathname === `/.well-known/oauth-protected-resource${behave.resourcePath}`) {
      return json(response, behave.resourceStatus, {
        resource: url,
        authorization_servers: [options.issuerOf?.issuer ?? issuer],
        ...behave.resource,
      })
    }
    if (at.pathname !== '/mcp') return json(response, 404, {})
    if (request.method !== 'POST') {
      response.writeHead(request.method === 'DELETE' ? 200 : 405).end()
      return
    }
    const text = await bodyOf(request)
    const message = JSON.parse(text) as {
      id?: number
      method: string
      params?: { name?: string; arguments?: Record<string, unknown> }
    }
    const sent = request.headers.authorization?.replace(/^Bearer /, '')
    const known = (options.issuerOf?.tokens ?? tokens).get(sent ?? '')
    calls.push({
      token: sent,
      method: message.method,
      arguments: message.params?.arguments ?? {},
      headers: request.headers,
    })
    if (known === undefined) {
      const metadata = `${server}/.well-known/oauth-protected-resource/mcp`
      const challenge = behave.challenge ?? `Bearer resource_metadata="${metadata}"`
      response.writeHead(401, { 'www-authenticate': challenge, 'content-length': 0 }).end()
      return
    }
    const missing = behave.needs.some((scope) => !known.scopes.includes(scope))
    if (message.method === 'tools/call' && missing) {
      const scope = behave.needs.join(' ')
      response
        .writeHead(403, {
          'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"`,
          'content-length': 0,
        })
        .end()
      return
    }
    if (message.id === undefined) {
      response.writeHead(202).end()
      return
    }
    json(response, 200, {
      jsonrpc: '2.0',
      id: message.id,
      result: resultOf(message.method, behave.tells ? `${known.user} with ${sent}` : known.user),
    })
  }

  return {
    url,
    issuer,
    behave,
    seen,
    calls,
    tokens,
    revoked,
    expireAll: () => tokens.clear(),
    tokenPosts: (grant) =>
      seen.filter(
        ({ path, body }) => path === '/token' && (grant === undefined || body.get('grant_type') === grant),
      ),
    async browse(first, user) {
      let next = first
      const cookies = new Map<string, string>()
      for (let hops = 0; hops < 10; hops++) {
        const cookie = cookies.get(new URL(next).origin)
        const page = await fetch(next, {
          redirect: 'manual',
          headers: { 'x-user': user, ...(cookie === undefined ? {} : { cookie }) },
        })
        const set = page.headers.get('set-cookie')
        if (set !== null) cookies.set(new URL(next).origin, set.split(';', 1)[0] ?? '')
        const location = page.headers.get('location')
        if (location === null) return { url: next, status: page.status, text: await page.text() }
        next = new URL(location, next).href
      }
      throw new Error('the browser was sent around in circles')
    },
    async approve(address, user) {
      const page = await fetch(address, { redirect: 'manual', headers: { 'x-user': user } })
      return new URL(page.headers.get('location') ?? '')
    },
    async close() {
      await Promise.all([as, rs].map((one) => end(one)))
    },
  }
}

const TOOL = {
  name: 'whoami',
  description: 'Says whose token came with the call.',
  inputSchema: { type: 'object', properties: { as: { type: 'string' } } },
  annotations: { readOnlyHint: true },
}

function resultOf(method: string, user: string): object {
  if (method === 'initialize') {
    return {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'protected', version: '1' },
    }
  }
  if (method === 'server/discover') {
    return {
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: {} },
      serverInfo: { name: 'protected', version: '1' },
      ttlMs: 0,
      cacheScope: 'private',
    }
  }
  if (method === 'tools/list')
    return { resultType: 'complete', tools: [TOOL], ttlMs: 0, cacheScope: 'private' }
  return { resultType: 'complete', content: [{ type: 'text', text: `you are ${user}` }] }
}

function json(response: ServerResponse, status: number, value: object): void {
  const text = JSON.stringify(value)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += part
  return text
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function end(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
