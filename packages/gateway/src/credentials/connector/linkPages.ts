/**
 * The pages that a person's browser sees on the way to a server's authorization server and back.
 *
 * `/oauth/connect/TICKET` begins: it proves that the browser is that of the principal the link was made for, and sends it on.
 * `/oauth/callback` ends it, in the same browser. `/oauth/client.json` is our client metadata document.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { attribute, type Html, html, PAGE_HEADERS, page } from '../../identity/server/pages/html.ts'
import { ConnectFault } from './connectFault.ts'
import type { Connector, OauthServer } from './connector.ts'
import { clientDocument, type Return } from './registration.ts'

export interface LinkPagesOptions {
  readonly connector: () => Promise<Connector>
  /** Origin under which a browser reaches these pages. */
  readonly origin: string
  readonly serverOf: (id: string) => OauthServer | undefined
  readonly proofs: Proofs
  readonly refused: (event: {
    readonly rule: string
    readonly explain: string
    readonly principal?: string
  }) => void
}

/** How it is told whose browser opened a link. Principals are keys (`principalKey`). */
export interface Proofs {
  /** By the request alone; `undefined`: it cannot be told. */
  known(request: IncomingMessage, at: LinkedTo): Promise<string | undefined>
  /** How a person can prove to be this principal. */
  offered(principal: string): Offer
  /** What a person sent for it. */
  prove(request: IncomingMessage, form: URLSearchParams, at: LinkedTo): Promise<Proof>
}

export interface LinkedTo {
  readonly server: string
  readonly principal: string
  /** Where a browser that was sent elsewhere for it comes back to. */
  readonly path: string
}

export interface Offer {
  readonly passphrase: boolean
  /** Where people are signed in by somebody else. */
  readonly provider: string | undefined
  /** What a client of this principal sends to the gateway. */
  readonly credential: boolean
}

export type Proof =
  | { readonly kind: 'is'; readonly principal: string }
  | { readonly kind: 'onward'; readonly to: string; readonly cookie: string }
  | { readonly kind: 'wrong'; readonly explain: string; readonly status: number }

export interface LinkPages {
  takes(path: string): boolean
  receive(request: IncomingMessage, response: ServerResponse): void
}

const CONNECT = '/oauth/connect/'
const CALLBACK = '/oauth/callback'
const CLIENT = '/oauth/client.json'
const MAX_BODY_BYTES = 32 * 1024

/** Where a browser comes back to under an origin. */
export function returnTo(origin: string): Return {
  const isPublic = origin.startsWith('https://')
  return {
    redirectUri: `${origin}${CALLBACK}`,
    applicationType: isPublic ? 'web' : 'native',
    // Nobody else can fetch a document from this machine.
    ...(isPublic ? { clientMetadataUrl: `${origin}${CLIENT}` } : {}),
  }
}

export function linkTo(origin: string, ticket: string): string {
  return `${origin}${CONNECT}${ticket}`
}

export function linkPages(options: LinkPagesOptions): LinkPages {
  return {
    takes: (path) => path.startsWith(CONNECT) || path === CALLBACK || path === CLIENT,
    receive(request, response) {
      answer(options, request).then(
        (page) => send(response, page, options.origin),
        () => send(response, FAILED, options.origin),
      )
    },
  }
}

interface Page {
  readonly status: number
  readonly title: string
  readonly body: Html
  /** A page of ours goes on to it; without one the answer itself does. */
  readonly goTo?: { readonly to: string; readonly by: 'redirect' | 'page' }
  readonly cookie?: string
  readonly json?: object
}

const FAILED: Page = {
  status: 500,
  title: 'That did not work',
  body: html`<p>The gateway’s log says why.</p>`,
}
const UNKNOWN: Page = {
  status: 404,
  title: 'This link is not good any more',
  body: html`<p>Links to sign in work for ten minutes. Call the tool again to get a new one.</p>`,
}
const FOREIGN: Page = {
  status: 403,
  title: 'This form is not from here',
  body: html`<p>Another page sent it. Open the link again.</p>`,
}
const OTHER: Page = {
  status: 403,
  title: 'This link is for somebody else',
  body: html`<p class="warn">Whoever sent it to you wants you to sign in for them. Close this page.</p>`,
}
const NOT_HERE: Page = { status: 405, title: 'Not here', body: html`` }

async function answer(options: LinkPagesOptions, request: IncomingMessage): Promise<Page> {
  const url = new URL(request.url ?? '/', options.origin)
  const { pathname } = url
  if (pathname === CLIENT && isRead(request)) return clientPage(options)
  if (pathname === CALLBACK && isRead(request)) return await callbackPage(options, request, url)
  if (pathname.startsWith(CONNECT)) return await connectPage(options, request, pathname.slice(CONNECT.length))
  return NOT_HERE
}

function clientPage({ origin }: LinkPagesOptions): Page {
  return { status: 200, title: '', body: html``, json: clientDocument(`${origin}${CLIENT}`, origin) }
}

async function connectPage(options: LinkPagesOptions, request: IncomingMessage, text: string): Promise<Page> {
  const { serverOf, proofs, refused } = options
  const connector = await options.connector()
  const ticket = /^[\w-]{43}$/.test(text) ? connector.ticketOf(text) : undefined
  const server = ticket === undefined ? undefined : serverOf(ticket.server)
  if (ticket === undefined || server === undefined) return UNKNOWN
  const { principal } = ticket
  const offer = proofs.offered(principal)
  const at = { server: server.id, principal, path: `${CONNECT}${text}` }
  const ofAnother = (who: string) =>
    refused({
      rule: 'upstream/link-other',
      explain: 'a link to sign in was opened by another user',
      principal: who,
    })
  const begin = (by: 'redirect' | 'page') => beginPage(options, connector, server, { principal, text, by })
  if (isRead(request)) {
    const who = await proofs.known(request, at)
    if (who === principal) return await begin('redirect')
    if (who === undefined) return proofPage(at, offer)
    ofAnother(who)
    // A person can be signed in as somebody else here, and still prove to be the one it is for.
    return canBeProved(offer) ? { ...proofPage(at, offer, SIGNED_IN_AS_OTHER), status: 403 } : OTHER
  }
  if (request.method !== 'POST') return NOT_HERE
  // Another site must not post a proof of its own here.
  if (!isOwnForm(request, options.origin)) return FOREIGN
  const form = new URLSearchParams(await bodyOf(request))
  const proof = await proofs.prove(request, form, at)
  switch (proof.kind) {
    case 'is':
      if (proof.principal === principal) return await begin('page')
      ofAnother(proof.principal)
      return OTHER
    case 'onward':
      return { ...onward(proof.to, 'page'), cookie: proof.cookie }
    case 'wrong':
      refused({
        rule: 'upstream/link-credential',
        explain: 'a credential that is not valid here was given for a link to sign in',
      })
      return { ...proofPage(at, offer, proof.explain), status: proof.status }
    default:
      return proof satisfies never
  }
}

const SIGNED_IN_AS_OTHER =
  'This browser is signed in as somebody else than the link is for. If somebody sent you the link, close this page.'

async function beginPage(
  { origin }: LinkPagesOptions,
  connector: Connector,
  server: OauthServer,
  link: { readonly principal: string; readonly text: string; readonly by: 'redirect' | 'page' },
): Promise<Page> {
  try {
    const browser = randomBytes(32).toString('base64url')
    const owner = connector.ownerOf(server, link.principal)
    const to = await connector.begin(server, owner, returnTo(origin), { browser, ticket: link.text })
    return { ...onward(to, link.by), cookie: cookieOf(origin, browser) }
  } catch (error) {
    if (!(error instanceof ConnectFault)) throw error
    return faultPage(server.id, error)
  }
}

/** Behind a form a page of ours goes on: `form-action` would cut off a redirect to elsewhere. */
function onward(to: string, by: 'redirect' | 'page'): Page {
  const body = html`<p><a href="${{ markup: attribute(to) }}">Continue</a></p>`
  return by === 'page'
    ? { status: 200, title: 'On to the sign-in', body, goTo: { to, by } }
    : { status: 303, title: 'On to the sign-in', body, goTo: { to, by } }
}

function isOwnForm({ headers }: IncomingMessage, origin: string): boolean {
  const { origin: from, 'sec-fetch-site': site } = headers
  return (from === undefined || from === origin) && (site === undefined || site === 'same-origin')
}

async function callbackPage(options: LinkPagesOptions, request: IncomingMessage, url: URL): Promise<Page> {
  const { serverOf, origin } = options
  const connector = await options.connector()
  const finished = await connector.finish(url.searchParams, serverOf, cookieIn(request, origin))
  if (!finished.ok) return faultPage('the server', finished.fault)
  return {
    status: 200,
    title: 'You are signed in',
    body: html`<p>The gateway can use <b>${finished.server}</b> for you now. Close this page and call the tool again.</p>`,
    cookie: cookieOf(origin, ''),
  }
}

function canBeProved({ passphrase, provider, credential }: Offer): boolean {
  return passphrase || provider !== undefined || credential
}

function proofPage({ server, path: action }: LinkedTo, offer: Offer, fault?: string): Page {
  const { passphrase, provider, credential } = offer
  const wrong = fault === undefined ? html`` : html`<p class="warn" role="alert">${fault}</p>`
  const ways: Html[] = []
  if (passphrase)
    ways.push(html`<form method="post" action="${action}" autocomplete="off">
<label for="passphrase">Passphrase of the owner</label>
<input type="password" id="passphrase" name="passphrase" autocomplete="current-password" maxlength="200" required autofocus>
<button class="main" name="do" value="passphrase">Sign in</button></form>`)
  if (provider !== undefined)
    ways.push(
      html`<form method="post" action="${action}"><button class="main" name="do" value="provider">Sign in at ${provider}</button></form>`,
    )
  if (credential)
    ways.push(html`<form method="post" action="${action}" autocomplete="off">
<label for="credential">API key or token that your client uses for the gateway</label>
<input type="password" id="credential" name="credential" required>
<button name="do" value="credential">Go on</button></form>`)
  return {
    status: 200,
    title: 'Is it you?',
    body: html`<p>This link signs one user of the gateway in at <b>${server}</b>. Prove that it is you, so that nobody else can use your link, nor you somebody else’s. If somebody sent it to you, close this page.</p>
${wrong}${ways}`,
  }
}

function faultPage(server: string, fault: ConnectFault): Page {
  const status = fault.lasts === 'passing' ? 502 : 400
  return {
    status,
    title: 'You are not signed in',
    body: html`<p><b>${server}</b>: ${fault.message} <small>(${fault.rule})</small></p>`,
  }
}

function send(
  response: ServerResponse,
  { status, title, body, goTo, cookie, json }: Page,
  origin: string,
): void {
  const text =
    json === undefined
      ? page(title, body, goTo?.by === 'page' ? goTo.to : undefined)
      : `${JSON.stringify(json)}\n`
  for (const [name, value] of PAGE_HEADERS) response.setHeader(name, value)
  if (json !== undefined) response.setHeader('content-type', 'application/json')
  response.writeHead(status, {
    'content-length': Buffer.byteLength(text),
    'cross-origin-opener-policy': 'same-origin',
    ...(origin.startsWith('https://') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
    ...(goTo?.by === 'redirect' ? { location: goTo.to } : {}),
    ...(cookie === undefined ? {} : { 'set-cookie': cookie }),
  })
  response.end(text)
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD'
}

function cookieName(origin: string): string {
  return origin.startsWith('https://') ? '__Host-sallyport-sign-in' : 'sallyport-sign-in'
}

function cookieOf(origin: string, value: string): string {
  const secure = origin.startsWith('https://') ? '; Secure' : ''
  const age = value === '' ? 0 : 600
  return `${cookieName(origin)}=${value}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax${secure}`
}

function cookieIn(request: IncomingMessage, origin: string): string | undefined {
  const start = `${cookieName(origin)}=`
  for (const part of (request.headers.cookie ?? '').split(';', 100)) {
    const text = part.trim()
    if (text.startsWith(start)) return text.slice(start.length)
  }
  return undefined
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > MAX_BODY_BYTES) throw new Error('a form is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
