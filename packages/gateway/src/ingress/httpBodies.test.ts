import { describe, expect, it } from 'vitest'
import { arrivals, envelope, legacyPost, modernRequest } from './testing/httpDoor.ts'
import { open, raw } from './testing/openDoors.ts'
import { call, rawCall } from './testing/rawCall.ts'

describe('bodies', () => {
  it.each([
    ['text/plain', {}, 415],
    ['', {}, 415],
    ['application/json; charset=utf-16', {}, 415],
    ['application/json', { 'content-encoding': 'gzip' }, 415],
    ['application/json', { accept: 'application/json' }, 406],
    ['application/json', { accept: 'text/html' }, 406],
    ['application/json', { 'content-encoding': 'identity', accept: '*/*' }, 200],
    ['APPLICATION/JSON;charset="UTF-8"', {}, 200],
  ])('%j with %j: %i', async (type, headers, status) => {
    const { url, front } = await open()
    const response = await fetch(
      url,
      modernRequest('tools/call', { name: 'a' }, { headers: { 'content-type': type, ...headers } }),
    )
    expect(response.status).toBe(status)
    expect(front.calls).toHaveLength(status === 200 ? 1 : 0)
    if (status !== 200) expect(front.entries).toHaveLength(1)
  })

  it('at the limit pass, one byte more is refused, said or chunked', async () => {
    const { url, port, front } = await open({ limits: { maxMessageBytes: 1000 } })
    const message = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'a', x: '', ...envelope() },
    })
    const pad = (length: number) => message.replace('"x":""', `"x":"${'x'.repeat(length - message.length)}"`)
    expect((await fetch(url, { ...call, body: pad(1000) })).status).toBe(200)
    const over = await fetch(url, { ...call, body: pad(1001) })
    expect([over.status, await over.json()]).toEqual([
      413,
      expect.objectContaining({ id: null, error: expect.objectContaining({ code: -31413 }) }),
    ])
    const client = raw(port)
    const body = pad(1001)
    client.write(
      rawCall(
        port,
        'Transfer-Encoding: chunked',
        `1\r\n${body[0]}\r\n${(1000).toString(16)}\r\n${body.slice(1)}\r\n0\r\n\r\n`,
      ),
    )
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([413])
    expect(front.calls).toHaveLength(1)
  })

  it('far over the limit are refused with an answer the client can read', async () => {
    const { url } = await open()
    const response = await fetch(url, { ...call, body: 'x'.repeat(5_000_000) })
    expect(response.status).toBe(413)
    expect(response.headers.get('connection')).toBe('close')
  })

  it('far over the limit are read to the end for a client that reads only then', async () => {
    const { port } = await open()
    const client = raw(port)
    client.socket.pause()
    client.write(rawCall(port, '', 'x'.repeat(5_000_000)))
    await new Promise((resolve) => client.socket.once('drain', resolve).once('close', resolve))
    client.socket.resume()
    await client.until(() => client.closed)
    expect(client.statuses).toEqual([413])
  })

  it('in a thousand pieces are one message', async () => {
    const { port, front } = await open()
    const client = raw(port)
    const chunked = [...String(call.body)].map((character) => `1\r\n${character}\r\n`).join('')
    client.write(
      rawCall(port, 'Transfer-Encoding: chunked', `${chunked}0\r\nMcp-Name: danger\r\nX: y\r\n\r\n`),
    )
    await client.until(() => client.text.includes('complete'))
    expect(client.statuses).toEqual([200])
    expect(front.calls).toMatchObject([{ tool: 'a' }])
  })

  it.each([
    ['depth', `{"jsonrpc":"2.0","id":1,"method":"a","params":{"a":${'['.repeat(100)}${']'.repeat(100)}}}`],
    [
      'keys',
      `{"jsonrpc":"2.0","id":1,"method":"a","params":{${Array.from({ length: 60 }, (_, i) => `"k${i}":1`).join()}}}`,
    ],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]'],
    ['nothing', ''],
    ['two messages', '{"jsonrpc":"2.0","id":1,"method":"a"}\n{"jsonrpc":"2.0","id":2,"method":"b"}'],
  ])('with %s are refused', async (_, body) => {
    const { url, front } = await open({ limits: { maxDepth: 20, maxKeys: 50 } })
    for (const init of [call, legacyPost({})]) {
      const response = await fetch(url, { ...init, body })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({
        jsonrpc: '2.0',
        id: null,
        error: { code: expect.any(Number) },
      })
    }
    expect(front.calls).toEqual([])
    expect(front.entries).toHaveLength(2)
  })
})

it('a client that leaves in the middle of its body leaves nothing behind', async () => {
  const { port, front, url } = await open()
  const client = raw(port)
  client.write(rawCall(port).slice(0, -10))
  await arrivals()
  client.destroy()
  expect((await fetch(url, call)).status).toBe(200)
  expect(front.calls).toHaveLength(1)
})
