import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { BARE_PROXY, runHttpSuite, startBareProxy } from './suite.ts'
import type { HttpTarget } from './target.ts'

const workloads = [
  { id: 'small', resultBytes: 2048, parallel: 4, calls: 60 },
  { id: 'large', resultBytes: 300_000, parallel: 1, calls: 5 },
  { id: 'events', resultBytes: 0, parallel: 1, calls: 20, gapMs: 1 },
]

/** The forwarder below waits for whole answers. */
const answers = workloads.filter(({ id }) => id !== 'events')

const run = (proxy: (upstream: URL) => Promise<HttpTarget>, chosen = workloads) =>
  runHttpSuite({ workloads: chosen, rounds: 1, proxies: [proxy], warmUp: () => 8, progress: () => {} })

describe('the HTTP suite', () => {
  it('measures a proxy beside the direct way, on every workload', async () => {
    const samples = await run(startBareProxy)
    for (const { id } of workloads) {
      expect(samples.of(id, 'direct')?.[0]?.p50Us).toBeGreaterThan(0)
      expect(samples.of(id, BARE_PROXY)?.[0]?.p50Us).toBeGreaterThan(0)
      expect(samples.of(id, BARE_PROXY)?.[0]?.cpuUsPerCall).toBeGreaterThan(0)
    }
  })

  it('an answer in chunks or as an event is read like any other', async () => {
    const asEvent = (upstream: URL) =>
      startForwarder(upstream, (body) => ({
        type: 'text/event-stream',
        parts: ['event: message\ndata: ', body, '\n\n'],
      }))
    const samples = await run(asEvent, answers)
    expect(samples.of('large', 'forwarder')).toHaveLength(1)
  })

  it('a proxy that gives one caller the answer of another is found out', async () => {
    let last = ''
    const mixedUp = (upstream: URL) =>
      startForwarder(upstream, (body) => {
        const answer = last === '' ? body : last
        last = body
        return { type: 'application/json', parts: [answer] }
      })
    await expect(run(mixedUp, answers)).rejects.toThrow(
      /forwarder answered \d+ of \d+ calls of small wrongly/,
    )
  })
})

/** A proxy in this process that sends what `change` makes of an answer, in several chunks. */
async function startForwarder(
  upstream: URL,
  change: (body: string) => { readonly type: string; readonly parts: readonly string[] },
): Promise<HttpTarget> {
  const server = createServer(async (incoming: IncomingMessage, outgoing) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(upstream, { method: 'POST', headers, body: await textOf(incoming) })
    const { type, parts } = change(await answer.text())
    outgoing.writeHead(200, { 'content-type': type })
    for (const part of parts) outgoing.write(part)
    outgoing.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    name: 'forwarder',
    url: `http://127.0.0.1:${port}/mcp`,
    pids: [],
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of incoming.setEncoding('utf8')) text += part
  return text
}
