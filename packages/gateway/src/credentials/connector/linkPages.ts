/**
 * The pages that a person's browser sees on the way to a server's authorization server and back.
 *
 * `/oauth/connect/TICKET` begins: it proves that the browser is that of the principal the link was made for, and sends it on.
 * `/oauth/callback` ends it, in the same browser. `/oauth/client.json` is our client metadata document.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ConnectFault } from './connectFault.ts'
import type { Connector, OauthServer } from './connector.ts'
import { escapeHtml } from './escapeHtml.ts'
import { clientDocument, type Return } from './registration.ts'

export interface LinkPagesOptions {
  readonly connector: () => Promise<Connector>
  /** Origin under which a browser reaches these pages. */
  readonly origin: string
  readonly serverOf: (id: string) => OauthServer | undefined
  /**
   * Whose browser this is (`principalKey`), by the credential that the person gives for a server, or where there is none by
   * the request alone; `undefined`: it cannot be told.
   */
  readonly whoIs: (
    request: IncomingMessage,
    credential: string | undefined,
    server: string,
  ) => Promise<string | undefined>
  readonly refused: (event: {
    readonly rule: string
    readonly explain: string
    readonly principal?: string
  }) => void
}

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
  /** HTML. */
  readonly body: string
  readonly location?: string
  readonly cookie?: string
  readonly json?: object
}

const FAILED: Page = { status: 500, title: 'That did not work', body: '<p>The gateway’s log says why.</p>' }
const UNKNOWN: Page = {
  status: 404,
  title: 'This link is not good any more',
  body: '<p>Links to sign in work for ten minutes. Call the tool again to get a new one.</p>',
}
const OTHER: Page = {
  status: 403,
  title: 'This link is for somebody else',
  body: '<p>Whoever sent it to you wants you to sign in for them. Close this page.</p>',
}

async function answer(options: LinkPagesOptions, request: IncomingMessage): Promise<Page> {
  const url = new URL(request.url ?? '/', options.origin)
  const { pathname } = url
  if (pathname === CLIENT && isRead(request)) return clientPage(options)
  if (pathname === CALLBACK && isRead(request)) return await callbackPage(options, request, url)
  if (pathname.startsWith(CONNECT)) return await connectPage(options, request, pathname.slice(CONNECT.length))
  return { status: 405, title: 'Not here', body: '' }
}

function clientPage({ origin }: LinkPagesOptions): Page {
  return { status: 200, title: '', body: '', json: clientDocument(`${origin}${CLIENT}`, origin) }
}

async function connectPage(options: LinkPagesOptions, request: IncomingMessage, text: string): Promise<Page> {
  const { serverOf, whoIs, refused, origin } = options
  const connector = await options.connector()
  const ticket = /^[\w-]{43}$/.test(text) ? connector.ticketOf(text) : undefined
  const server = ticket === undefined ? undefined : serverOf(ticket.server)
  if (ticket === undefined || server === undefined) return UNKNOWN
  let credential: string | undefined
  if (request.method === 'POST') {
    // Another site must not post a credential of its own here.
    const from = request.headers.origin
    if (from !== undefined && from !== origin) return OTHER
    credential = new URLSearchParams(await bodyOf(request)).get('credential') ?? undefined
  } else if (!isRead(request)) return { status: 405, title: 'Not here', body: '' }
  const who = await whoIs(request, credential, server.id)
  if (who === undefined) {
    if (credential !== undefined) {
      const explain = 'a credential that is not valid here was given for a link to sign in'
      refused({ rule: 'upstream/link-credential', explain })
    }
    return credentialPage(server.id, credential !== undefined)
  }
  if (who !== ticket.principal) {
    refused({
      rule: 'upstream/link-other',
      explain: 'a link to sign in was opened by another user',
      principal: who,
    })
    return OTHER
  }
  try {
    const browser = randomBytes(32).toString('base64url')
    const owner = connector.ownerOf(server, ticket.principal)
    const location = await connector.begin(server, owner, returnTo(origin), { browser, ticket: text })
    return { status: 303, title: '', body: '', location, cookie: cookieOf(origin, browser) }
  } catch (error) {
    if (!(error instanceof ConnectFault)) throw error
    return faultPage(server.id, error)
  }
}

async function callbackPage(options: LinkPagesOptions, request: IncomingMessage, url: URL): Promise<Page> {
  const { serverOf, origin } = options
  const connector = await options.connector()
  const finished = await connector.finish(url.searchParams, serverOf, cookieIn(request, origin))
  if (!finished.ok) return faultPage('the server', finished.fault)
  return {
    status: 200,
    title: 'You are signed in',
    body: `<p>The gateway can use <b>${escapeHtml(finished.server)}</b> for you now. Close this page and call the tool again.</p>`,
    cookie: cookieOf(origin, ''),
  }
}

function credentialPage(server: string, wasWrong: boolean): Page {
  const wrong = wasWrong ? '<p role="alert">That is not valid here.</p>' : ''
  return {
    status: wasWrong ? 403 : 200,
    title: 'Is it you?',
    body: `<p>This link signs one user of the gateway in at <b>${escapeHtml(server)}</b>. Give the API key or token that your client uses for the gateway, so that nobody else can use your link, nor you somebody else’s.</p>${wrong}
<form method="post" autocomplete="off"><label>API key or token <input type="password" name="credential" required autofocus></label> <button>Go on</button></form>`,
  }
}

function faultPage(server: string, fault: ConnectFault): Page {
  const status = fault.lasts === 'passing' ? 502 : 400
  return {
    status,
    title: 'You are not signed in',
    body: `<p><b>${escapeHtml(server)}</b>: ${escapeHtml(fault.message)} <small>(${escapeHtml(fault.rule)})</small></p>`,
  }
}

function send(response: ServerResponse, page: Page, origin: string): void {
  const { status, title, body, location, cookie, json } = page
  const text =
    json === undefined
      ? `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}</html>\n`
      : `${JSON.stringify(json)}\n`
  response.writeHead(status, {
    'content-type': json === undefined ? 'text/html; charset=utf-8' : 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    // Forms may post here and be sent on to the authorization server.
    'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    ...(origin.startsWith('https://') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
    ...(location === undefined ? {} : { location }),
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
