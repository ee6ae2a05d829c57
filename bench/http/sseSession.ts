/**
 * A legacy session over HTTP+SSE (MCP 2024-11-05, "HTTP with SSE"): requests are posted, answers come on one stream.
 * For peers that offer nothing newer.
 */
import { request } from 'node:http'
import { HANDSHAKE } from '../mcp/messages.ts'
import { type HttpAnswer, openConnection } from './connection.ts'
import { postOf } from './session.ts'

export interface SseSession {
  /** Where messages are posted, with their query. */
  readonly path: string
  /** Opens a connection to post on; its `exchange` resolves with the answer from the stream. */
  openLane(): Promise<{ exchange(bytes: Buffer, id: number): Promise<HttpAnswer>; close(): void }>
}

/** Opens the stream and says hello. Rejects when the server offers no endpoint within ten seconds. */
export async function openSseSession(url: URL): Promise<SseSession> {
  const waiting = new Map<number, (body: Buffer) => void>()
  const endpoint = Promise.withResolvers<string>()
  const stream = request(url, { headers: { accept: 'text/event-stream' }, agent: false }, (incoming) => {
    if (incoming.statusCode !== 200) return endpoint.reject(new Error(`${url}: HTTP ${incoming.statusCode}`))
    let rest = ''
    incoming.setEncoding('latin1').on('data', (text: string) => {
      const events = (rest + text).split('\n\n')
      rest = events.pop() ?? ''
      for (const event of events) {
        const data = /^data: ?(.*)$/m.exec(event)?.[1] ?? ''
        if (/^event: ?endpoint$/m.test(event)) endpoint.resolve(data)
        else takeMessage(data)
      }
    })
  })
  stream
    .on('error', endpoint.reject)
    .on('close', () => endpoint.reject(new Error(`${url} closed the stream`)))
  stream.end()
  const takeMessage = (data: string) => {
    const id = Number(/"id":(\d+)/.exec(data.slice(-40))?.[1] ?? /"id":(\d+)/.exec(data)?.[1])
    waiting.get(id)?.(Buffer.from(data, 'latin1'))
    waiting.delete(id)
  }
  const timer = setTimeout(() => endpoint.reject(new Error(`${url} named no endpoint`)), 10_000)
  const target = new URL(await endpoint.promise.finally(() => clearTimeout(timer)), url)

  let lanes = 0
  const openLane: SseSession['openLane'] = async () => {
    const connection = await openConnection(target.hostname, Number(target.port))
    lanes++
    return {
      async exchange(bytes, id) {
        const { promise, resolve } = Promise.withResolvers<Buffer>()
        waiting.set(id, resolve)
        const accepted = await connection.exchange(bytes)
        if (accepted.status >= 300) return accepted
        return { status: 200, body: await promise, session: undefined }
      },
      close() {
        connection.close()
        if (--lanes === 0) stream.destroy()
      },
    }
  }
  const [initialize, initialized] = HANDSHAKE
  const first = await openConnection(target.hostname, Number(target.port))
  const greeted = new Promise((resolve) => waiting.set(1, resolve))
  await first.exchange(postOf(target, initialize, []))
  await greeted
  await first.exchange(postOf(target, initialized, []))
  first.close()
  return { path: target.pathname + target.search, openLane }
}
