/**
 * Fetches a JSON document of an issuer: from the address that was asked for and no other, bounded in time and size.
 *
 * No redirect is followed: an issuer that could send us elsewhere could be made to (RFC 9700, 4.11). Over http only from
 * this machine. The document is read strictly: duplicate members are refused.
 */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isObject, type JsonObject, parseJson } from '@sallyport/controls/json'
import { isLoopbackHost } from '@sallyport/controls/urls'

const TIMEOUT_MS = 5_000
const MAX_BYTES = 256 * 1024
const BUDGET = { maxBytes: MAX_BYTES, maxDepth: 16, maxKeys: 8_192, maxValues: 32_768 }

export interface Form {
  /** Flat. */
  readonly headers: readonly string[]
  /** `application/x-www-form-urlencoded`. */
  readonly body: string
}

export type Fetched =
  | { readonly ok: true; readonly document: JsonObject }
  /** `status`: what the other side said, where it said something. `why` quotes nothing of it. */
  | { readonly ok: false; readonly why: string; readonly status?: number }

export type FetchJson = (address: string, form?: Form) => Promise<Fetched>

/**
 * Never rejects.
 *
 * @example await fetchJson('https://idp.example/keys') // { ok: true, document: { keys: [...] } }
 */
export const fetchJson: FetchJson = (address, form) => {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const open = url?.protocol === 'http:' && isLoopbackHost(url.hostname)
  if (url === undefined || (url.protocol !== 'https:' && !open))
    return Promise.resolve({ ok: false, why: 'the address is not https://' })
  const body = form === undefined ? undefined : Buffer.from(form.body)
  const headers = [
    'Host',
    url.host,
    'Accept',
    'application/json',
    'User-Agent',
    'sallyport',
    ...(form?.headers ?? []),
  ]
  if (body !== undefined)
    headers.push('Content-Type', 'application/x-www-form-urlencoded', 'Content-Length', String(body.length))
  return new Promise((resolve) => {
    const fail = (why: string, status?: number) => {
      resolve({ ok: false, why, ...(status === undefined ? {} : { status }) })
      outgoing.destroy()
    }
    const send = open ? requestHttp : requestHttps
    const method = body === undefined ? 'GET' : 'POST'
    const outgoing = send(url, { method, headers, agent: false, timeout: TIMEOUT_MS }, (answer) => {
      const { statusCode = 0 } = answer
      if (statusCode !== 200) {
        fail(`it answered ${statusCode}`, statusCode)
        return
      }
      const chunks: Buffer[] = []
      let size = 0
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MAX_BYTES) fail(`the document is over ${MAX_BYTES} bytes`)
        else chunks.push(chunk)
      })
      answer.on('end', () => resolve(readDocument(Buffer.concat(chunks))))
      answer.on('error', () => fail('the connection ended'))
    })
    // Of the whole exchange: the option above counts only silence.
    const timer = setTimeout(() => fail('it took too long'), TIMEOUT_MS)
    timer.unref()
    outgoing.on('close', () => clearTimeout(timer))
    outgoing.on('timeout', () => fail('it took too long'))
    outgoing.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'the connection failed'))
    outgoing.end(body)
  })
}

function readDocument(bytes: Buffer): Fetched {
  const parsed = parseJson(bytes, BUDGET)
  if (!parsed.ok) return { ok: false, why: `the document is no JSON (${parsed.fault.rule})` }
  return isObject(parsed.value)
    ? { ok: true, document: parsed.value }
    : { ok: false, why: 'the document is no object' }
}
