/**
 * A real gateway with its authorization server, and what programs and people do there: register, sign in, allow, redeem.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import {
  ENVELOPE,
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  startHttpGateway,
} from '../../../tests/gateway/harness.ts'
import { answerOf, Browser, type Landing, pageOf } from './browser.ts'

export const APP_REDIRECT = 'https://app.example/cb'
export const LOOPBACK_REDIRECT = 'http://127.0.0.1/cb'

export interface TokenAnswer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

export interface Client {
  readonly id: string
  readonly redirect: string
  readonly secret?: string
}

export interface Wish {
  readonly client: Client
  readonly redirect?: string
  readonly scope?: string
  readonly resource?: string
  readonly more?: Readonly<Record<string, string | undefined>>
}

/** What a client keeps of a request until its answer. */
export interface Request {
  readonly url: string
  readonly verifier: string
  readonly wish: Wish
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (typeof address !== 'object' || address === null) throw new Error('no port to be had')
  return address.port
}

export class SignInWorld {
  readonly base: string
  readonly home: Home
  readonly gateway: HttpGateway
  readonly #clients = new Map<string, Promise<Client>>()

  private constructor(base: string, home: Home, gateway: HttpGateway) {
    this.base = base
    this.home = home
    this.gateway = gateway
  }

  /** @param server of `auth.server` */
  static async open(
    server: object,
    options: {
      readonly auth?: object
      readonly more?: object
      readonly home?: Home
      readonly env?: Readonly<Record<string, string>>
      readonly port?: number
    } = {},
  ): Promise<SignInWorld> {
    const port = options.port ?? (await freePort())
    const base = options.home ?? makeHome()
    const home: Home = { ...base, env: { ...base.env, ...options.env } }
    const gateway = await startHttpGateway(
      home,
      {
        auth: { server, ...options.auth },
        servers: {
          files: {
            ...faultOnPipe(home, 'files', 'modern'),
            rate: 'unlimited',
            schemas: { arguments: 'off', results: 'off' },
          },
          notes: {
            ...faultOnPipe(home, 'notes', 'modern'),
            rate: 'unlimited',
            schemas: { arguments: 'off', results: 'off' },
          },
        },
        ...options.more,
      },
      port,
    )
    return new SignInWorld(`http://127.0.0.1:${port}`, home, gateway)
  }

  async close(): Promise<void> {
    await this.gateway.stop()
    this.home.remove()
  }

  get passphrase(): string {
    return readFileSync(this.home.path('.local/state/sallyport/identity/owner-passphrase.txt'), 'utf8').trim()
  }

  async register(metadata: object): Promise<TokenAnswer> {
    return await answered(
      await fetch(`${this.base}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(metadata),
      }),
    )
  }

  /** A public client that registered itself; the same one for the same words, since registering is limited. */
  async client(redirect: string = APP_REDIRECT, name = 'Test App'): Promise<Client> {
    const key = `${name} ${redirect}`
    const known = this.#clients.get(key) ?? this.#registered(redirect, name)
    this.#clients.set(key, known)
    return await known
  }

  async #registered(redirect: string, name: string): Promise<Client> {
    const { status, body } = await this.register({
      redirect_uris: [redirect],
      client_name: name,
      token_endpoint_auth_method: 'none',
    })
    if (status !== 201) throw new Error(`registration answered ${status}: ${JSON.stringify(body)}`)
    return { id: String(body.client_id), redirect }
  }

  request(wish: Wish): Request {
    const verifier = randomBytes(32).toString('base64url')
    const query = new URLSearchParams({
      client_id: wish.client.id,
      response_type: 'code',
      redirect_uri: wish.redirect ?? wish.client.redirect,
      state: 'the-state',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    if (wish.scope !== undefined) query.set('scope', wish.scope)
    if (wish.resource !== undefined) query.set('resource', wish.resource)
    for (const [name, value] of Object.entries(wish.more ?? {})) {
      if (value === undefined) query.delete(name)
      else query.set(name, value)
    }
    return { url: `${this.base}/oauth/authorize?${query}`, verifier, wish }
  }

  /** Goes through with it as the owner: signs in and allows, as far as it is asked to. */
  async goThrough(url: string, browser: Browser = new Browser()): Promise<Landing> {
    let landing = await browser.open(url)
    for (let steps = 0; steps < 4 && landing.kind === 'page' && landing.text.includes('<form'); steps++) {
      landing = landing.text.includes('name="passphrase"')
        ? await browser.press(landing, 'sign-in', { passphrase: this.passphrase })
        : await browser.press(landing, 'allow')
    }
    return landing
  }

  async code(wish: Wish, browser?: Browser): Promise<{ readonly code: string; readonly request: Request }> {
    const request = this.request(wish)
    const answer = answerOf(await this.goThrough(request.url, browser))
    const code = answer.get('code')
    if (code === null) throw new Error(`no code: ${answer}`)
    return { code, request }
  }

  async token(
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<TokenAnswer> {
    const response = await fetch(`${this.base}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers,
    })
    return await answered(response)
  }

  async redeem(
    { code, request }: { readonly code: string; readonly request: Request },
    changes: Readonly<Record<string, string>> = {},
  ): Promise<TokenAnswer> {
    const { wish, verifier } = request
    return await this.token({
      grant_type: 'authorization_code',
      code,
      client_id: wish.client.id,
      redirect_uri: wish.redirect ?? wish.client.redirect,
      code_verifier: verifier,
      ...changes,
    })
  }

  /** Tokens for a new client, or for this one. */
  async tokens(wish?: Wish): Promise<{
    readonly access: string
    readonly refresh: string
    readonly client: Client
    readonly answer: TokenAnswer
  }> {
    const client = wish?.client ?? (await this.client())
    const answer = await this.redeem(await this.code(wish ?? { client }))
    if (answer.status !== 200) throw new Error(`no token: ${JSON.stringify(answer.body)}`)
    const { access_token: access, refresh_token: refresh } = answer.body
    return { access: String(access), refresh: String(refresh), client, answer }
  }

  async refresh(
    client: Client,
    token: string,
    changes: Readonly<Record<string, string>> = {},
  ): Promise<TokenAnswer> {
    return await this.token({
      grant_type: 'refresh_token',
      refresh_token: token,
      client_id: client.id,
      ...changes,
    })
  }

  async revoke(client: Client, token: string): Promise<number> {
    const body = new URLSearchParams({ token, client_id: client.id })
    return (await fetch(`${this.base}/oauth/revoke`, { method: 'POST', body })).status
  }

  /** The status of `tools/list` with a token. */
  async call(token: string, path = '/mcp', base = this.base): Promise<number> {
    const response = await fetch(base + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/list',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: ENVELOPE } }),
    })
    await response.text()
    return response.status
  }

  /** The sign-in page of a request, signed in already or not. */
  async asked(request: Request, browser: Browser): Promise<string> {
    let page = pageOf(await browser.open(request.url))
    if (page.text.includes('name="passphrase"'))
      page = pageOf(await browser.press(page, 'sign-in', { passphrase: this.passphrase }))
    return page.text
  }

  /** Events of the authorization server in the audit trail. */
  events(): { readonly event: string; readonly text: string }[] {
    const folder = this.home.path('audit')
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
      .map((text) => ({ event: String(JSON.parse(text).event ?? ''), text }))
      .filter(({ event }) => event.startsWith('identity.'))
  }
}

export async function answered(response: Response): Promise<TokenAnswer> {
  const text = await response.text()
  let body: Record<string, unknown>
  try {
    body = JSON.parse(text)
  } catch {
    body = { text }
  }
  return { status: response.status, body, headers: response.headers }
}

export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
}
