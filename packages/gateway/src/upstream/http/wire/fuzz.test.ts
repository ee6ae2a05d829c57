import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cutAt, readPieces, type WholeReading } from './testing/reading.ts'

const places = fc.array(fc.nat(), { maxLength: 12 })
/** Text of one character a byte. */
const byteText = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'))

/** Header lines that frame nothing. */
const plainLine = fc.constantFrom(
  'content-type: application/json',
  'Content-Type:text/event-stream',
  'x-empty:',
  'X-Bytes: \xe9\xa0\xff',
  'date: Sat, 28 Nov 2026 12:00:00 GMT',
  'connection: close',
  'keep-alive: timeout=5',
)

const interim = fc.constantFrom(
  '',
  '',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 x\r\nlink: <a>\r\n\r\n',
)

/** An answer that is valid, and what it says. */
const validAnswer = fc
  .record({
    interim,
    status: fc.constantFrom(200, 202, 400, 404, 500),
    reason: fc.constantFrom('', ' ', ' OK', ' Not \xe9'),
    lines: fc.array(plainLine, { maxLength: 4 }),
    at: fc.nat({ max: 4 }),
    framing: fc.constantFrom('length', 'chunked', 'close'),
    parts: fc.array(byteText(60), { maxLength: 4 }),
    trailer: fc.constantFrom('', 'x-sum: 1\r\n'),
  })
  .map(({ interim, status, reason, lines, at, framing, parts, trailer }) => {
    const body = parts.join('')
    const all: string[] = [...lines]
    if (framing === 'length') all.splice(at, 0, `Content-Length: ${body.length}`)
    if (framing === 'chunked') all.splice(at, 0, 'Transfer-Encoding: Chunked')
    const head = `${interim}HTTP/1.1 ${status}${reason}\r\n${all.map((line) => `${line}\r\n`).join('')}\r\n`
    const sent =
      framing === 'chunked'
        ? `${parts
            .filter((part) => part.length > 0)
            .map((part) => `${part.length.toString(16)}\r\n${part}\r\n`)
            .join('')}0\r\n${trailer}\r\n`
        : body
    return { bytes: Buffer.from(head + sent, 'latin1'), status, body, ends: framing === 'close' }
  })

describe('any answer that is valid', () => {
  it('reads as what was written, however it is cut', () => {
    fc.assert(
      fc.property(validAnswer, places, ({ bytes, status, body, ends }, cuts) => {
        const whole = readPieces([bytes], ends)
        expect(whole).toMatchObject({ outcome: 'complete', status, body })
        expect(readPieces(cutAt(bytes, cuts), ends)).toEqual(whole)
        expect(readPieces(cutAt(bytes, [...bytes.keys()]), ends)).toEqual(whole)
      }),
      { numRuns: 500 },
    )
  })
})

/** Pieces from which hostile answers are put together. */
const piece = fc.oneof(
  fc.constantFrom(
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.0 200 OK\r\n',
    'HTTP/1.1 204 x\r\n',
    'HTTP/1.1 304 x\r\n',
    'HTTP/1.1 103 x\r\n\r\n',
    'content-length: 3\r\n',
    'content-length: 0\r\n',
    'Content-Length:3,3\r\n',
    'transfer-encoding: chunked\r\n',
    'transfer-encoding: chunked, x\r\n',
    'connection: close\r\n',
    'a: b\n',
    ' folded\r\n',
    '\r\n',
    '\r\n\r\n',
    '3\r\nabc\r\n',
    '0\r\n\r\n',
    '3;x\r\n',
    '+3\r\n',
    'abc',
    '\r',
    '\n',
    '\0',
    '0',
    '3',
  ),
  byteText(4),
)
/** Mostly a valid answer with something changed. */
const hostile = fc.oneof(
  fc
    .tuple(fc.constantFrom('', 'HTTP/1.1 200 OK\r\n'), fc.array(piece, { maxLength: 10 }))
    .map(([start, pieces]) => Buffer.from(start + pieces.join(''), 'latin1')),
  fc.tuple(validAnswer, fc.nat(), piece, fc.nat({ max: 3 })).map(([{ bytes }, at, inserted, removed]) => {
    const place = at % (bytes.length + 1)
    const rest = bytes.subarray(Math.min(bytes.length, place + removed))
    return Buffer.concat([bytes.subarray(0, place), Buffer.from(inserted, 'latin1'), rest])
  }),
)

describe('any bytes', () => {
  it('have one reading however they are cut: no more of a body, and no other outcome', () => {
    fc.assert(
      fc.property(hostile, places, fc.boolean(), (bytes, cuts, ends) => {
        const whole = readPieces([bytes], ends)
        for (const places of [cuts, [...bytes.keys()]]) {
          const cut = readPieces(cutAt(bytes, places), ends)
          // A fault is told where it stands, so a cut before it lets out what stood before; never anything else.
          expect({ ...cut, body: '', status: 0, type: '', isReusable: true }).toEqual({
            ...whole,
            body: '',
            status: 0,
            type: '',
            isReusable: true,
          })
          expect(cut.body.startsWith(whole.body)).toBe(true)
          if (whole.status !== undefined) expect(cut.status).toBe(whole.status)
          if (whole.outcome === 'complete' || whole.outcome === 'open') expect(cut).toEqual(whole)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe("beside Node's own client", () => {
  let answer: { bytes: Buffer; cuts: readonly number[] } = { bytes: Buffer.alloc(0), cuts: [] }
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      for (const part of cutAt(answer.bytes, answer.cuts)) socket.write(part)
      socket.end()
    })
  })
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => void server.close())

  /** What `node:http` makes of it; `undefined`: an error, or an answer that was cut off. */
  const readByNode = async (bytes: Buffer, cuts: readonly number[]) => {
    answer = { bytes, cuts }
    const { port } = server.address() as AddressInfo
    return await new Promise<Pick<WholeReading, 'status' | 'body'> | undefined>((resolve) => {
      const request = http.request({ port, host: '127.0.0.1', agent: false }, (response: IncomingMessage) => {
        let body = ''
        response.setEncoding('latin1')
        response.on('data', (text: string) => {
          body += text
        })
        response.on('error', () => resolve(undefined))
        response.on('close', () =>
          resolve(response.complete ? { status: response.statusCode, body } : undefined),
        )
      })
      request.on('upgrade', (_, socket) => {
        socket.destroy()
        resolve(undefined)
      })
      request.on('error', () => resolve(undefined))
      request.end()
    })
  }

  it('a valid answer reads the same', async () => {
    await fc.assert(
      fc.asyncProperty(validAnswer, places, async ({ bytes, status, body }, cuts) => {
        expect(await readByNode(bytes, cuts)).toEqual({ status, body })
      }),
      { numRuns: 100 },
    )
  })

  it('whatever is accepted here, Node does not read as something else', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (bytes) => {
        const ours = readPieces([bytes], true)
        if (ours.outcome !== 'complete') return
        const theirs = await readByNode(bytes, [])
        if (theirs !== undefined) expect(theirs).toEqual({ status: ours.status, body: ours.body })
      }),
      { numRuns: 300 },
    )
  })
})
