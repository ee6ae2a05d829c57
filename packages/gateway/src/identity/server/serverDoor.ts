/**
 * The pages and endpoints of the authorization server at the HTTP door: which there are, who may ask them from where, and
 * how their answers are fenced. Framing and Host were checked before.
 */
import type { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdapterPayload, Provider } from 'oidc-provider'
import { clientAddress, networkOf } from '../../ingress/clientAddress.ts'
import type { Log } from '../../log.ts'
import type { SideDoor } from '../identity.ts'
import type { Broker, BrokerResult } from './broker.ts'
import { readMetadata } from './clients/clientMetadata.ts'
import { PATHS } from './engine.ts'
import type { HostCookies } from './hostCookies.ts'
import { innerRequest, readBody } from './innerRequest.ts'
import type { Interactions, Visit } from './interactions.ts'
import { withoutOpenid } from './openidParameters.ts'
import type { OwnTokens } from './ownTokens.ts'
import { errorPage } from './pages/errorPage.ts'
import { onwardPage } from './pages/signInPages.ts'
import { isPath, type PeopleDoor } from './peopleDoor.ts'
import { canonicalResource } from './resourceParameter.ts'
import {
  fence,
  notFound,
  sendEmpty,
  sendJson,
  sendPage,
  tooManySecrets,
  wrongMethod,
} from './serverAnswers.ts'
import type { Report } from './serverEvents.ts'
import type { Attempts } from './store/attempts.ts'
import type { ClientRecords } from './store/clientRecords.ts'
import type { SigningKeys } from './store/signingKeys.ts'
import type { Targets } from './targets.ts'

export interface ServerDoorSources {
  readonly publicUrl: string
  readonly engine: () => Provider
  readonly metadata: Readonly<Record<string, unknown>>
  readonly keys: SigningKeys
  readonly cookies: HostCookies
  readonly interactions: Interactions
  readonly broker: Broker | undefined
  readonly people: PeopleDoor
  readonly tokens: OwnTokens
  readonly clients: ClientRecords
  readonly targets: Targets
  readonly attempts: Attempts
  readonly registrationOpen: boolean
  /** Whether what happens here can be recorded. */
  readonly healthy: () => boolean
  /** Pages of these origins may use the endpoints for programs. */
  readonly allowedOrigins: readonly string[]
  /** From whom the request underway comes, for whatever it leads to. */
  readonly caller: AsyncLocalStorage<string>
  readonly report: Report
  readonly log: Log
}

const WELL_KNOWN = '/.well-known/oauth-authorization-server'
/** Asked for by programs that know OpenID only. This server signs nobody in for them, so it does not say that it does. */
const OPENID = '/.well-known/openid-configuration'
const UID = '[A-Za-z0-9_-]{21,64}'
const RESUME = new RegExp(`^${PATHS.authorize}/(${UID})$`)
const INTERACTION = new RegExp(`^${PATHS.interaction}/(${UID})$`)
const EXACT: ReadonlySet<string> = new Set([
  WELL_KNOWN,
  OPENID,
  PATHS.authorize,
  PATHS.token,
  PATHS.register,
  PATHS.revoke,
  PATHS.jwks,
])
const SIGN_INS_PER_MINUTE = 300
/** Of clients whose secret an operator chose, which may not be long. */
const WRONG_SECRETS_PER_MINUTE = 30
/** What leads to a code by being opened. */
const PAGES = new RegExp(`^(?:${PATHS.authorize}|${PATHS.callback})(?:/|$)`)
const PUBLIC_MAX_AGE = 'public, max-age=300'

export class ServerDoor implements SideDoor {
  readonly #sources: ServerDoorSources
  readonly #origin: URL
  /** Access tokens that are being revoked, by what stands for them meanwhile. */
  readonly #presented = new Map<string, AdapterPayload>()

  constructor(sources: ServerDoorSources) {
    this.#sources = sources
    this.#origin = new URL(sources.publicUrl)
  }

  takes(path: string): boolean {
    if (EXACT.has(path)) return path !== PATHS.register || this.#sources.registrationOpen
    return RESUME.test(path) || INTERACTION.test(path) || path === this.#sources.broker?.path
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    const address = networkOf(clientAddress(request))
    this.#sources.caller
      .run(address, () => this.#serve(request, response, address))
      .catch((error: unknown) => {
        // The client went away with its body half sent.
        if (request.destroyed && !request.complete) return
        this.#sources.log.error('identity.failed', {
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        })
        if (response.headersSent) response.destroy()
        else sendJson(response, 500, { error: 'server_error' })
      })
  }

  presented(handle: string): AdapterPayload | undefined {
    return this.#presented.get(handle)
  }

  async #serve(request: IncomingMessage, response: ServerResponse, address: string): Promise<void> {
    const target = request.url ?? ''
    const [path = ''] = target.split('?', 1)
    const { keys, metadata, broker } = this.#sources
    if (
      !this.#sources.healthy() &&
      path !== PATHS.revoke &&
      (request.method === 'POST' || PAGES.test(path))
    ) {
      // Nothing is allowed or given that cannot be recorded; this event is what finds out that it can be again.
      const explain = 'the audit trail cannot be written'
      this.#sources.report({ event: 'authorization-refused', rule: 'audit/unavailable', explain })
      response.setHeader('Retry-After', '5')
      return sendJson(response, 503, { error: 'temporarily_unavailable', error_description: explain })
    }
    switch (path) {
      case WELL_KNOWN:
        return this.#publish(request, response, metadata)
      case PATHS.jwks:
        return this.#publish(request, response, { keys: keys.all.map(({ publicJwk }) => publicJwk) })
      case PATHS.token:
        if (this.#isGuessing(address)) return tooManySecrets(response)
        return await this.#program(request, response, ['POST'], ({ body, contentType }) =>
          this.#engine(request, response, { target: path, body: this.#named(body), contentType }),
        )
      case PATHS.revoke:
        if (this.#isGuessing(address)) return tooManySecrets(response)
        return await this.#program(request, response, ['POST'], (body) =>
          this.#revoke(request, response, body),
        )
      case PATHS.register:
        return await this.#program(request, response, ['POST'], (body) =>
          this.#register(request, response, body),
        )
      case PATHS.authorize:
        return await this.#authorize(request, response, target, address)
    }
    const [, resumed] = RESUME.exec(path) ?? []
    if (resumed !== undefined) return await this.#page(request, response, resumed, path)
    const [, uid] = INTERACTION.exec(path) ?? []
    if (uid !== undefined) return await this.#interaction(request, response, uid, address)
    if (broker !== undefined && path === broker.path)
      return await this.#callback(request, response, broker, address)
    notFound(response)
  }

  /** A form with its resource under its own name. What is no form the engine refuses. */
  #named(body: Buffer): Buffer {
    const text = body.toString('utf8')
    const named = canonicalResource(text, this.#sources.targets)
    return named === text ? body : Buffer.from(named)
  }

  #isGuessing(address: string): boolean {
    return this.#sources.attempts.count('client-secret', address, 60_000) >= WRONG_SECRETS_PER_MINUTE
  }

  /** A document for everybody, also for pages of any origin: nothing in it is anybody's own. */
  #publish(request: IncomingMessage, response: ServerResponse, document: object): void {
    response.setHeader('Access-Control-Allow-Origin', '*')
    if (request.method === 'OPTIONS') {
      response.setHeader('Access-Control-Allow-Methods', 'GET')
      response.setHeader('Access-Control-Allow-Headers', 'MCP-Protocol-Version, Content-Type')
      response.setHeader('Access-Control-Max-Age', '3600')
      sendEmpty(response, 204)
    } else if (request.method === 'GET' || request.method === 'HEAD') {
      sendJson(response, 200, document, PUBLIC_MAX_AGE)
    } else {
      wrongMethod(response, 'GET')
    }
  }

  /** An endpoint for programs. A page may use it if its origin is allowed, as at `/mcp`; no cookie counts here. */
  async #program(
    request: IncomingMessage,
    response: ServerResponse,
    methods: readonly string[],
    work: (body: { readonly body: Buffer; readonly contentType: string }) => Promise<void>,
  ): Promise<void> {
    const { allowedOrigins, publicUrl } = this.#sources
    const { origin } = request.headers
    response.setHeader('Vary', 'Origin')
    // The engine allows every origin by itself, but not where one of these headers is there.
    response.setHeader('Access-Control-Expose-Headers', 'WWW-Authenticate')
    if (origin !== undefined && origin !== publicUrl) {
      if (!allowedOrigins.includes(origin)) {
        await readBody(request)
        const explain = 'pages of this origin may not use this server: see listen.allowedOrigins'
        sendJson(response, 403, { error: 'access_denied', error_description: explain })
        return
      }
      response.setHeader('Access-Control-Allow-Origin', origin)
    }
    if (request.method === 'OPTIONS' && origin !== undefined) {
      response.setHeader('Access-Control-Allow-Methods', methods.join(', '))
      response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, MCP-Protocol-Version')
      response.setHeader('Access-Control-Max-Age', '600')
      sendEmpty(response, 204)
      return
    }
    if (!methods.includes(request.method ?? '')) {
      wrongMethod(response, methods.join(', '))
      return
    }
    const body = await readBody(request)
    if (body === undefined) {
      sendJson(response, 413, { error: 'invalid_request', error_description: 'the body is too long' })
      return
    }
    await work({ body, contentType: request.headers['content-type'] ?? '' })
  }

  async #engine(
    request: IncomingMessage,
    response: ServerResponse,
    inner: { readonly target: string; readonly body: Buffer; readonly contentType: string },
  ): Promise<void> {
    fence(response)
    const made = innerRequest(request, this.#origin, {
      ...inner,
      cookie: undefined,
      accept: 'application/json',
    })
    await this.#sources.engine().callback()(made, response)
  }

  async #register(
    request: IncomingMessage,
    response: ServerResponse,
    { body, contentType }: { readonly body: Buffer; readonly contentType: string },
  ): Promise<void> {
    const { clients, report } = this.#sources
    const refuse = (status: number, error: string, explain: string) => {
      report({ event: 'registration-refused', rule: 'identity/registration', explain })
      sendJson(response, status, { error, error_description: explain })
    }
    if (!/^application\/json\s*(?:;|$)/i.test(contentType))
      return refuse(400, 'invalid_client_metadata', 'send application/json')
    let given: unknown
    try {
      given = JSON.parse(body.toString('utf8'))
    } catch {
      return refuse(400, 'invalid_client_metadata', 'it is no JSON')
    }
    const read = readMetadata(given, 'registration')
    if (!read.ok) return refuse(400, read.error, read.explain)
    const admission = clients.admits()
    if (admission !== 'admitted') {
      response.setHeader('Retry-After', admission === 'full' ? '3600' : '60')
      return refuse(429, 'temporarily_unavailable', 'too many programs register here: try again later')
    }
    const made = { target: PATHS.register, body: Buffer.from(JSON.stringify(read.metadata)) }
    await this.#engine(request, response, { ...made, contentType: 'application/json' })
  }

  /** The engine knows no way to revoke tokens that speak for themselves: one of ours is shown to it under another name. */
  async #revoke(
    request: IncomingMessage,
    response: ServerResponse,
    sent: { readonly body: Buffer; readonly contentType: string },
  ): Promise<void> {
    const form = new URLSearchParams(sent.body.toString('utf8'))
    const all = form.getAll('token')
    const token = all.length === 1 ? await this.#sources.tokens.read(all[0] ?? '') : undefined
    if (token === undefined) return await this.#engine(request, response, { target: PATHS.revoke, ...sent })
    const handle = `own_${randomBytes(16).toString('hex')}`
    const isMachine = token.sub === `client:${token.client}`
    this.#presented.set(handle, {
      kind: isMachine ? 'ClientCredentials' : 'AccessToken',
      jti: token.jti,
      clientId: token.client,
      exp: Math.floor(token.expiresAtMs / 1000),
      ...(isMachine ? {} : { accountId: token.sub }),
    })
    form.set('token', handle)
    try {
      const body = Buffer.from(form.toString())
      await this.#engine(request, response, { target: PATHS.revoke, ...sent, body })
    } finally {
      this.#presented.delete(handle)
    }
  }

  /** Each request begins a sign-in, which is kept for a while: not without end for everybody who sends one. */
  async #authorize(
    request: IncomingMessage,
    response: ServerResponse,
    target: string,
    address: string,
  ): Promise<void> {
    const { attempts, report } = this.#sources
    if (attempts.count('authorize', address, 60_000) >= SIGN_INS_PER_MINUTE) {
      const explain = 'Too many sign-ins were begun. Wait a minute.'
      report({ event: 'authorization-refused', rule: 'identity/too-many', explain })
      response.setHeader('Retry-After', '60')
      return sendPage(response, { status: 429, page: errorPage('temporarily_unavailable', explain) })
    }
    attempts.note('authorize', address)
    const [path = '', ...query] = withoutOpenid(target).split('?')
    const asked = `${path}?${canonicalResource(query.join('?'), this.#sources.targets)}`
    await this.#page(request, response, undefined, asked)
  }

  /** The authorization endpoint, at first and when a sign-in is done. */
  async #page(
    request: IncomingMessage,
    response: ServerResponse,
    uid: string | undefined,
    target: string,
  ): Promise<void> {
    if (request.method !== 'GET') return wrongMethod(response, 'GET')
    fence(response)
    const { cookies, engine } = this.#sources
    cookies.outward(response, uid)
    const cookie = cookies.inward(request.headers.cookie, uid)
    const made = innerRequest(request, this.#origin, { target, cookie, accept: 'text/html' })
    await engine().callback()(made, response)
  }

  async #interaction(
    request: IncomingMessage,
    response: ServerResponse,
    uid: string,
    address: string,
  ): Promise<void> {
    const { interactions, publicUrl, report } = this.#sources
    const visit = this.#visit(request, response, uid, address)
    if (request.method === 'GET') return sendPage(response, await interactions.show(visit))
    if (request.method !== 'POST') return wrongMethod(response, 'GET, POST')
    const { origin, 'sec-fetch-site': site } = request.headers
    const body = await readBody(request)
    // A form of another page (CWE-352), whatever it knows.
    if ((origin !== undefined && origin !== publicUrl) || (site !== undefined && site !== 'same-origin')) {
      const explain = 'a page of another origin sent this form'
      report({ event: 'sign-in-refused', rule: 'identity/csrf', explain })
      return sendPage(response, {
        status: 403,
        page: errorPage('access_denied', 'This form is not from here.'),
      })
    }
    if (body === undefined) return sendPage(response, { status: 413, page: errorPage('invalid_request') })
    sendPage(response, await interactions.choose(visit, new URLSearchParams(body.toString('utf8'))))
  }

  async #callback(
    request: IncomingMessage,
    response: ServerResponse,
    broker: Broker,
    address: string,
  ): Promise<void> {
    if (request.method !== 'GET') return wrongMethod(response, 'GET')
    const { interactions, report } = this.#sources
    const query = new URL(request.url ?? '', this.#origin).searchParams
    const result = await broker.finish(query, request.headers.cookie)
    if (result.kind === 'foreign') {
      report({ event: 'sign-in-refused', rule: 'identity/foreign-sign-in', explain: result.why })
      const explain = 'This sign-in was begun in another browser, or is finished, or too old.'
      return sendPage(response, { status: result.status, page: errorPage('access_denied', explain) })
    }
    if (isPath(result.uid)) return this.#backTo(response, result)
    const visit = this.#visit(request, response, result.uid, address)
    if (result.kind === 'signed-in')
      return sendPage(response, await interactions.finishBroker(visit, result.person))
    report({ event: 'sign-in-refused', rule: 'identity/broker', explain: result.why })
    sendPage(response, await interactions.refuseBroker(visit, result.explain))
  }

  /** The provider was asked for a page of ours, not for a program. */
  #backTo(response: ServerResponse, result: Exclude<BrokerResult, { readonly kind: 'foreign' }>): void {
    const { people, report } = this.#sources
    if (result.kind === 'signed-in') {
      const cookies = [people.signedIn(result.person, result.uid)]
      return sendPage(response, { status: 200, page: onwardPage('Signed in', result.uid), cookies })
    }
    report({ event: 'sign-in-refused', rule: 'identity/broker', explain: result.why })
    sendPage(response, { status: 403, page: errorPage('access_denied', result.explain) })
  }

  #visit(request: IncomingMessage, response: ServerResponse, uid: string, address: string): Visit {
    const cookie = this.#sources.cookies.inward(request.headers.cookie, uid)
    const target = `${PATHS.interaction}/${uid}`
    const inner = innerRequest(request, this.#origin, { target, cookie, accept: 'text/html' })
    return { request: inner, response, uid, address }
  }
}
