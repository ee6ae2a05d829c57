import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPlain } from './readPlain.ts'

/** What Node's parser made of a request. */
interface Reading {
  readonly url: string
  readonly rawHeaders: readonly string[]
  readonly body: string
}

const node = createServer({ insecureHTTPParser: false, requireHostHeader: false }, (request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const { url, rawHeaders } = request
    response.end(JSON.stringify({ url, rawHeaders, body: Buffer.concat(parts).toString('latin1') }))
  })
})
let socket: Socket
let port: number

beforeAll(async () => {
  node.listen(0, '127.0.0.1')
  await once(node, 'listening')
  port = (node.address() as AddressInfo).port
  socket = connect(port, '127.0.0.1')
})

afterAll(() => {
  socket.destroy()
  node.close()
})

/** What Node answers to these bytes on a connection that is kept: one request, and nothing left over. */
async function askNode(bytes: Buffer): Promise<Reading | string> {
  socket.removeAllListeners()
  return await new Promise((resolve) => {
    let text = ''
    socket.on('close', () => resolve(`ended: ${text}`))
    socket.on('data', (piece: Buffer) => {
      text += piece.toString('latin1')
      const start = text.indexOf('\r\n\r\n') + 4
      const length = /content-length: (\d+)/i.exec(text.slice(0, start))?.[1]
      if (start < 4 || text.length < start + Number(length)) return
      const answer = Buffer.from(text.slice(start), 'latin1').toString('utf8')
      resolve(text.startsWith('HTTP/1.1 200 ') ? JSON.parse(answer) : text)
    })
    socket.write(bytes)
  })
}

const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/)
const value = fc.oneof(
  fc.stringMatching(/^[\t -~]{0,20}$/),
  fc.constantFrom('chunked', 'keep-alive', 'close', '100-continue', '2', '0', '\xe9', 'a\rb', 'a\nb', 'a\0b'),
)
const name = fc.oneof(
  token,
  fc.constantFrom(
    'Host',
    'Connection',
    'Content-Length',
    'Transfer-Encoding',
    'Expect',
    'Upgrade',
    'TE',
    'Trailer',
    'A ',
    ' A',
    'A\t',
    '',
  ),
) // prettier-ignore
const line = fc.tuple(name, fc.constantFrom(':', ': ', ':\t', '', ' :'), value).map((parts) => parts.join(''))
const target = fc.oneof(
  fc.constant('/mcp'),
  fc.stringMatching(/^\/[!-~]{0,20}$/),
  fc.constantFrom('*', 'http://a/', '/ a', '/\xe9'),
)

/** A request of which much is plain, now and then with something that is not. */
const text = fc
  .record({
    method: fc.constantFrom('POST', 'POST', 'POST', 'POST', 'GET', 'post', 'POST '),
    target,
    version: fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'http/1.1'),
    lines: fc.array(
      fc.oneof(
        {
          weight: 4,
          arbitrary: fc.tuple(token, fc.stringMatching(/^[\t -~]{0,20}$/)).map(([n, v]) => `X-${n}: ${v}`),
        },
        line,
      ),
      { maxLength: 5 },
    ),
    body: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    off: fc.constantFrom(0, 0, 0, 0, 1, -1),
    at: fc.nat({ max: 5 }),
    eol: fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r'),
    more: fc.constantFrom('', '', '', '\r\n', 'POST / HTTP/1.1\r\n'),
  })
  .map(({ method, target, version, lines, body, off, at, eol, more }) => {
    const headers = lines.toSpliced(at, 0, `Content-Length: ${Math.max(0, body.length + off)}`)
    return `${[`${method} ${target} ${version}`, ...headers].join('\r\n')}${eol}\r\n${body}${more}`
  }) // prettier-ignore

describe('whatever comes', () => {
  it('is never read here in another way than Node reads it', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (request) => {
        const bytes = Buffer.from(request, 'latin1')
        const plain = readPlain(bytes)
        if (plain === undefined) return
        const body = bytes.toString('latin1', plain.bodyStart)
        expect(await askNode(bytes)).toEqual({ url: plain.target, rawHeaders: plain.rawHeaders, body })
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 2_000) },
    )
  })

  it('is never taken when a byte is missing or one too many', () => {
    fc.assert(
      fc.property(text, fc.nat(), (request, at) => {
        const bytes = Buffer.from(request, 'latin1')
        if (readPlain(bytes) === undefined) return
        expect(readPlain(bytes.subarray(0, at % bytes.length))).toBeUndefined()
        expect(readPlain(Buffer.concat([bytes, Buffer.from('x')]))).toBeUndefined()
      }),
    )
  })

  it('is decided in time that grows with its length, also where it is almost plain', () => {
    const lines = 'a:'.repeat(4_000)
    for (const almost of [
      `${lines}\r\n`,
      `a: ${'\t '.repeat(8_000)}\x7f\r\n`,
      'a:b\r\n'.repeat(3_000).concat('\x7f\r\n'),
    ])
      expect(readPlain(Buffer.from(`POST / HTTP/1.1\r\n${almost}\r\n`, 'latin1'))).toBeUndefined()
  })
})
