/** How answers of the authorization server leave: what they carry whoever asks, and their form. */
import type { ServerResponse } from 'node:http'
import type { PageAnswer } from './interactions.ts'
import { PAGE_HEADERS } from './pages/html.ts'

/** Of every answer that is somebody's own. */
export function fence(response: ServerResponse): void {
  response.setHeader('Cache-Control', 'no-store')
  response.setHeader('Pragma', 'no-cache')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('X-Frame-Options', 'DENY')
  response.setHeader('Referrer-Policy', 'same-origin')
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
}

export function sendPage(response: ServerResponse, { status, page, cookies }: PageAnswer): void {
  for (const [name, value] of PAGE_HEADERS) response.setHeader(name, value)
  if (cookies !== undefined) response.setHeader('Set-Cookie', [...cookies])
  const bytes = Buffer.from(page)
  response.setHeader('Content-Length', bytes.length)
  response.writeHead(status)
  response.end(bytes)
}

export function sendJson(response: ServerResponse, status: number, value: object, cache?: string): void {
  fence(response)
  if (cache !== undefined) {
    response.setHeader('Cache-Control', cache)
    response.removeHeader('Pragma')
  }
  const bytes = Buffer.from(JSON.stringify(value))
  response.setHeader('Content-Type', 'application/json')
  response.setHeader('Content-Length', bytes.length)
  response.writeHead(status)
  // Node leaves the body out of an answer to HEAD.
  response.end(bytes)
}

export function sendEmpty(response: ServerResponse, status: number): void {
  response.writeHead(status)
  response.end()
}

export function tooManySecrets(response: ServerResponse): void {
  response.setHeader('Retry-After', '60')
  sendJson(response, 429, { error: 'invalid_client', error_description: 'too many wrong secrets' })
}

export function notFound(response: ServerResponse): void {
  sendJson(response, 404, { error: 'not_found', error_description: 'there is no such address here' })
}

export function wrongMethod(response: ServerResponse, allow: string): void {
  response.setHeader('Allow', allow)
  sendJson(response, 405, { error: 'invalid_request', error_description: `use ${allow}` })
}
