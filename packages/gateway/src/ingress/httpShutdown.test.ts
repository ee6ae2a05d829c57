import { describe, expect, it } from 'vitest'
import { arrivals } from './testing/httpDoor.ts'
import { open, raw } from './testing/openDoors.ts'
import { call, rawCall } from './testing/rawCall.ts'

describe('a shutdown', () => {
  it('lets calls underway end, refuses new ones, and leaves nothing', async () => {
    const replies: (() => void)[] = []
    const { ingress, front, url, port } = await open({
      script: {
        modern: (message, reply) =>
          void replies.push(() => reply.finish(Buffer.from(`{"id":${message.id}}`), 200)),
      },
    })
    const idle = raw(port)
    idle.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
    await idle.until(() => idle.text.includes('ok'))
    const kept = raw(port)
    kept.write(rawCall(port))
    const underway = fetch(url, call)
    await front.until(() => front.calls.length === 2)
    const closed = ingress.close()
    await idle.until(() => idle.closed)
    expect(idle.closed).toBe(true)
    // A kept connection with a call underway may still send: it gets no further call.
    for (const reply of replies) reply()
    expect((await underway).status).toBe(200)
    await kept.until(() => kept.statuses.length > 0)
    kept.write(rawCall(port))
    await kept.until(() => kept.closed)
    expect(kept.statuses.slice(1)).not.toContain(200)
    await closed
    expect(front.calls).toHaveLength(2)
    await expect(fetch(url, call)).rejects.toThrow()
    expect(ingress.close()).toBe(ingress.close())
  })

  it('answers new requests on kept connections with 503', async () => {
    const { ingress, front, port } = await open({ script: { modern: () => undefined } })
    const [busy, kept] = [raw(port), raw(port)]
    busy.write(rawCall(port))
    await front.until(() => front.calls.length === 1)
    // A request whose head is here and whose body comes during the shutdown is new.
    const head = `GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`
    kept.write(head)
    await arrivals()
    const closed = ingress.close()
    kept.write('\r\n')
    await kept.until(() => kept.closed)
    expect(kept.statuses).toEqual([503])
    await closed
    await busy.until(() => busy.closed)
    expect(busy.statuses).toEqual([503])
    expect(front.cancelled).toEqual(['tools/call 1: the gateway is shutting down'])
  })

  it('does not begin what it has not read to the end', async () => {
    const { ingress, front, port } = await open({ script: { modern: () => undefined } })
    const [busy, late] = [raw(port), raw(port)]
    busy.write(rawCall(port))
    late.write(rawCall(port, 'X: late').slice(0, -5))
    await front.until(() => front.calls.length === 1)
    await arrivals()
    const closed = ingress.close()
    late.write(rawCall(port, 'X: late').slice(-5))
    await late.until(() => late.closed)
    expect(late.statuses).toEqual([503])
    await closed
    expect(front.calls).toHaveLength(1)
  })

  it('takes no longer than drainMs and a moment, whatever hangs', async () => {
    const { ingress, port, front } = await open({
      listen: { drainMs: 100 },
      script: { modern: () => undefined },
    })
    const client = raw(port)
    client.write(rawCall(port))
    const half = raw(port)
    half.write('POST /mcp HTTP/1.1\r\nHost:')
    await front.until(() => front.calls.length === 1)
    const started = performance.now()
    await ingress.close()
    expect(performance.now() - started).toBeLessThan(15_000)
    expect(client.closed || (await client.until(() => client.closed))).toBe(true)
  })
})
