import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { PlainResponse } from './plainResponse.ts'

const opened: { destroy(): void }[] = []
afterEach(() => {
  for (const one of opened.splice(0)) one.destroy()
})

/** Both ends of a connection. */
async function pair(): Promise<{ readonly here: Socket; readonly there: Socket }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const there = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [here] = (await once(server, 'connection')) as [Socket]
  server.close()
  opened.push(here, there)
  return { here, there }
}

async function answering() {
  const { here, there } = await pair()
  let text = ''
  there.on('data', (piece: Buffer) => {
    text += piece.toString('latin1')
  })
  let over = 0
  const keeper = {
    socket: here,
    keepAliveSeconds: 60,
    over: () => {
      over += 1
    },
  }
  const response = new PlainResponse(keeper)
  return { here, there, response, text: () => text, over: () => over }
}

/** Without what differs from run to run. */
const plain = (text: string) => text.replace(/Date: [^\r]+\r\n/, 'Date\r\n')

describe('an answer', () => {
  it('with a length leaves as one, and is through once', async () => {
    const { response, text, over } = await answering()
    let closed = 0
    response.on('close', () => {
      closed += 1
    })
    response.writeHead(200, ['Content-Type', 'application/json', 'Content-Length', '4'])
    expect(response.write(Buffer.from('ab'))).toBe(true)
    response.end(Buffer.from('cd'))
    expect(response.writableEnded).toBe(true)
    await expect.poll(over).toBe(1)
    await expect
      .poll(() => plain(text()))
      .toBe(
        'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\nDate\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\n\r\nabcd',
      )
    response.end(Buffer.from('more'))
    response.write(Buffer.from('more'))
    expect([closed, over(), response.destroyed]).toEqual([1, 1, true])
  })

  it('without one is chunked, piece by piece, and says where it ends', async () => {
    const { response, text } = await answering()
    response.shouldKeepAlive = false
    response.writeHead(200, [])
    response.flushHeaders()
    await expect
      .poll(() => plain(text()))
      .toBe('HTTP/1.1 200 OK\r\nDate\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n')
    response.write(Buffer.alloc(0))
    response.write(Buffer.from('ä'))
    response.write(Buffer.from('x'.repeat(17)))
    await expect.poll(() => text().split('\r\n\r\n')[1]).toBe(`2\r\n\xc3\xa4\r\n11\r\n${'x'.repeat(17)}\r\n`)
    response.end()
    await expect.poll(() => text().endsWith('\r\n0\r\n\r\n')).toBe(true)
  }) // prettier-ignore

  it('of megabytes comes whole', async () => {
    const { response, text } = await answering()
    response.writeHead(200, ['Content-Length', String(3 << 20)])
    for (const letter of 'abc') response.write(Buffer.alloc(1 << 20, letter))
    response.end()
    await expect.poll(() => text().length > 3 << 20).toBe(true)
    const body = text().slice(text().indexOf('\r\n\r\n') + 4)
    expect(['a', 'b', 'c'].map((letter) => body.split(letter).length - 1)).toEqual([
      1 << 20,
      1 << 20,
      1 << 20,
    ])
  })

  it('whose bytes have left before its end is through with its end', async () => {
    const { response, text, over } = await answering()
    response.writeHead(200, ['Content-Length', '2'])
    response.write(Buffer.from('ab'))
    await expect.poll(() => text().endsWith('ab')).toBe(true)
    expect(over()).toBe(0)
    response.end()
    await expect.poll(over).toBe(1)
  })

  it('waits for a client that does not read, and goes on when it does', async () => {
    const { there, response, text } = await answering()
    there.pause()
    response.writeHead(200, [])
    let pieces = 0
    while (response.write(Buffer.alloc(64 * 1024, 'x'))) {
      pieces += 1
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(response.writableNeedDrain).toBe(true)
    expect(response.writableLength).toBeGreaterThan(0)
    const drained = new Promise<void>((resolve) => response.once('drain', resolve))
    there.resume()
    await drained
    expect(response.writableNeedDrain).toBe(false)
    response.end(Buffer.from('end'))
    await expect.poll(() => text().endsWith('3\r\nend\r\n0\r\n\r\n')).toBe(true)
    expect(text().split('x').length - 1).toBe((pieces + 1) * 64 * 1024)
  })

  it('whose connection is gone is closed, and nothing more is written', async () => {
    const { here, response, over } = await answering()
    let closed = 0
    response.on('close', () => {
      closed += 1
    })
    response.destroy()
    response.writeHead(200, [])
    response.write(Buffer.from('x'))
    response.end()
    expect(closed).toBe(0)
    await new Promise((resolve) => process.nextTick(resolve))
    expect([here.destroyed, response.destroyed, closed, over()]).toEqual([true, true, 1, 0])
  })

  it.each([
    ['CR LF in a value', 'A', 'b\r\nC: d'],
    ['LF in a value', 'A', 'b\nc'],
    ['NUL in a value', 'A', '\0'],
    ['a character that is no byte', 'A', '\u010d\u010a'],
    ['a colon in a name', 'A:', 'b'],
    ['no name', '', 'b'],
  ])('cannot be split by %s', async (_, name, value) => {
    const { response } = await answering()
    expect(() => response.writeHead(200, [name, value])).toThrow(/cannot be sent/)
    expect(response.headersSent).toBe(false)
  })

  it('has one head', async () => {
    const { response } = await answering()
    response.writeHead(200, [])
    expect(() => response.writeHead(200, [])).toThrow(/already/)
  })
})
