/** What a gateway does with its servers when it stops, when its configuration changes, and when one is not there. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  eventually,
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  PipeClient,
  postModern,
  processesWith,
  startHttpGateway,
} from './harness.ts'

let home: Home
let gateway: HttpGateway | undefined
const servers: Server[] = []
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await gateway?.stop('SIGKILL')
  gateway = undefined
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
  home.remove()
})

async function remote(handler: RequestListener, port = 0): Promise<string> {
  const server = createServer(handler)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}

/** It reads and never answers. */
const mute = (mark: string) => ({ command: [process.execPath, '-e', `process.stdin.resume() // ${mark}`] })

async function initialize(url: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
    }),
  })
  await response.text()
  return response.headers.get('mcp-session-id') ?? ''
}

async function callLegacy(
  url: string,
  session: string,
  id: number,
  name: string,
  args: object,
): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': session,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } }),
  })
  return await response.text()
}

describe('a gateway that stops', () => {
  it('does not wait for servers that are still being asked for their era or shaken hands with', async () => {
    const url = await remote(() => undefined)
    const mark = `mute-${process.pid}-${Date.now()}`
    const config = home.configure({
      servers: {
        local: mute(mark),
        old: { ...mute(mark), era: 'legacy', startDeadline: '60s' },
        dead: { url },
      },
    })
    const client = new PipeClient(home, ['stdio', '--standalone', '--config', config])
    const answer = client.initialize().catch(() => undefined)
    await eventually('the servers', () => processesWith(mark).length > 0)
    const began = Date.now()
    expect(await client.close()).toBe(0)
    expect(Date.now() - began).toBeLessThan(20_000)
    await answer
    expect(processesWith(mark)).toEqual([])
  })

  it('on a pipe ends at SIGTERM, whether or not its client has closed its end', async () => {
    const file = home.configure({ servers: { f: faultOnPipe(home, 'f', 'legacy') } })
    const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
    await client.initialize()
    await client.call(1, 'f__echo', { text: 'hello' })
    client.child.kill('SIGTERM')
    // By itself: its standard input stays open.
    expect(await client.exited).toBe(0)
  })

  it('stops at SIGTERM just as well', async () => {
    const mark = `mute-${process.pid}-${Date.now()}`
    const old = { ...mute(mark), era: 'legacy', startDeadline: '60s' }
    gateway = await startHttpGateway(home, { servers: { old } })
    const opening = initialize(`${gateway.url}/old`).catch(() => '')
    await eventually('the server', () => processesWith(mark).length > 0)
    const began = Date.now()
    await gateway.stop('SIGTERM')
    expect(Date.now() - began).toBeLessThan(20_000)
    await opening
    expect(processesWith(mark)).toEqual([])
  })
})

describe('a configuration that changes', () => {
  it('cuts no call under way, of either era or bridged, and the next one meets the new server', async () => {
    const old = faultOnPipe(home, 'old', 'legacy')
    const now = faultOnPipe(home, 'now', 'modern')
    gateway = await startHttpGateway(home, { servers: { old, now } })
    const { url } = gateway
    const session = await initialize(url)
    const args = { ms: 300, steps: 6, tag: 'done' }
    const calls = [
      callLegacy(url, session, 2, 'old__slow', args),
      callLegacy(url, session, 3, 'now__slow', args),
      postModern(url, 1, 'tools/call', { name: 'old__slow', arguments: args }).then((got) => got.text),
      postModern(url, 2, 'tools/call', { name: 'now__slow', arguments: args }).then((got) => got.text),
    ]
    const reached = () => [...home.witness('old.log'), ...home.witness('now.log')]
    await eventually('the calls', () => reached().filter((one) => one.name === 'slow').length === 4)
    const before = new Set(reached().map((one) => one.at))
    const entries = { old: { ...old, deadline: '33s' }, now: { ...now, deadline: '33s' } }
    home.configure({ servers: entries, listen: { http: new URL(url).host } })
    await eventually('the reload', () => gateway?.stderr().includes('config.reloaded') === true)
    for (const name of ['old', 'now']) {
      const { text } = await postModern(url, 3, 'tools/call', { name: `${name}__pid`, arguments: {} })
      expect(text).toMatch(/"text":"\d+"/)
      expect(before.has(Number(/"text":"(\d+)"/.exec(text)?.[1]))).toBe(false)
    }
    expect(await callLegacy(url, session, 4, 'old__echo', {})).toContain('has changed')
    for (const text of await Promise.all(calls)) expect(text).toContain('slow done')
    const left = () => [...before].filter((pid) => processesWith('faultServer').includes(pid))
    await eventually('the end of the old servers', () => left().length === 0)
  })
})

describe('a remote server that is not there', () => {
  it('delays no call to another, and is seen when it comes back', async () => {
    const url = await remote(() => undefined)
    const [hole] = servers
    const good = faultOnPipe(home, 'good', 'modern')
    gateway = await startHttpGateway(home, { servers: { good, dead: { url } } })
    const gate = gateway.url
    await postModern(gate, 0, 'tools/list', {})
    for (let id = 1; id < 4; id++) {
      const began = Date.now()
      const { text } = await postModern(gate, id, 'tools/call', { name: 'good__echo', arguments: {} })
      expect(text).not.toContain('isError')
      expect(Date.now() - began).toBeLessThan(4_000)
    }
    hole?.closeAllConnections()
    await new Promise((resolve) => hole?.close(resolve))
    await remote(
      (request, response) => {
        let body = ''
        request.on('data', (chunk) => {
          body += chunk
        })
        request.on('end', () => {
          const { id } = JSON.parse(body)
          const result = {
            resultType: 'complete',
            ttlMs: 0,
            cacheScope: 'private',
            supportedVersions: ['2026-07-28'],
            capabilities: { tools: {} },
            tools: [{ name: 'back', inputSchema: { type: 'object' } }],
          }
          response.writeHead(200, { 'content-type': 'application/json' })
          response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
        })
      },
      Number(new URL(url).port),
    )
    let seen = ''
    for (let id = 10; id < 100 && !seen.includes('dead__back'); id++) {
      seen = (await postModern(gate, id, 'tools/list', {})).text
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(seen).toContain('dead__back')
  })
})
