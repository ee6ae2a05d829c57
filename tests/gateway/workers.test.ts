/** One gateway in several processes: whatever connection a request comes on, it reaches what it belongs to, or is refused. */
import { spawn } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { socketFolder } from '../../packages/gateway/src/state/socketFolder.ts'
import {
  eventually,
  FAULT_SERVER,
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  processesWith,
} from './harness.ts'
import { modern, open, run, Session, send, startWorkers, statusOf, until } from './workerClient.ts'

const WORKERS = 3
/** More connections than workers, so that each worker gets one. */
const TURNS = [1, 2, 3, 4] as const
const ELICITATION = { elicitation: {} }

let home: Home
let gateway: HttpGateway | undefined
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  if (gateway?.child.exitCode === null && gateway.child.signalCode === null) await gateway.stop()
  gateway = undefined
  home.remove()
})

async function start(servers: object, more: object = {}): Promise<HttpGateway> {
  gateway = await startWorkers(home, WORKERS, { servers, ...more })
  return gateway
}

const legacy = () => ({ bad: faultOnPipe(home, 'bad', 'legacy') })
const textOf = (reply: Awaited<ReturnType<typeof send>>) => reply.messages.at(-1)?.result?.content?.[0]?.text
const call = (name: string, args: object = {}, id = 1) => modern('tools/call', { name, arguments: args }, id)
const workerOf = (session: Session) =>
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(session.id.charAt(0))
const verify = () => run(home, 'audit', 'verify', '--config', home.path('sallyport.json'))

describe('legacy sessions of several workers', () => {
  it('each is answered by its own worker and its own server, whatever connection its requests come on', async () => {
    const { url } = await start(legacy())
    const sessions = await Promise.all(TURNS.map(() => Session.open(url)))
    expect(new Set(sessions.map(workerOf)).size).toBe(WORKERS)
    const pids = await Promise.all(
      sessions.map((session) => Promise.all(TURNS.map((id) => session.call(id, 'bad__pid')))),
    )
    for (const own of pids) {
      expect(new Set(own).size).toBe(1)
      expect(own[0]).toMatch(/^\d+$/)
    }
    expect(new Set(pids.map(([pid]) => pid)).size).toBe(sessions.length)
  })

  it('a server asks on the stream of the call, and the answer finds it from any connection', async () => {
    const { url } = await start(legacy())
    const session = await Session.open(url, ELICITATION)
    for (const id of TURNS) {
      const body = { jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'bad__ask', arguments: {} } }
      const stream = await session.stream({ body })
      const question = await stream.next((message) => message.method === 'elicitation/create')
      const result = { action: 'accept', content: { name: `ada ${id}` } }
      expect((await session.send({ jsonrpc: '2.0', id: question.id, result })).status).toBe(202)
      const answer = await stream.next((message) => message.id === id && message.method === undefined)
      expect(answer.result?.content?.[0]?.text).toContain(`ada ${id}`)
    }
  })

  it('a session is gone everywhere once it ended, and no id made up for any worker is one', async () => {
    const { url } = await start(legacy())
    const session = await Session.open(url)
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
    for (const slot of ['A', 'B', 'C', 'D', '_', '-']) {
      const forged = new Session(url, slot + session.id.slice(1))
      if (forged.id === session.id) continue
      expect((await forged.send(ping)).status).toBe(404)
    }
    const streams = await Promise.all(TURNS.map(() => session.stream({ method: 'GET' })))
    expect(streams.map(({ status }) => status)).toContain(200)
    expect((await send(url, { method: 'DELETE', headers: session.headers })).status).toBe(204)
    await Promise.allSettled(streams.map(({ ended }) => ended))
    for (const _ of TURNS) expect((await session.send(ping)).status).toBe(404)
  })

  it('a client of HTTP+SSE may post on any connection', async () => {
    const { url } = await start(legacy())
    const base = new URL('/sse', url).href
    const stream = await open(base, { method: 'GET', headers: { accept: 'text/event-stream' } })
    const path = new URL(await stream.event('endpoint'), base).href
    const params = {
      protocolVersion: '2024-11-05',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    }
    const bodies = [
      { jsonrpc: '2.0', id: 0, method: 'initialize', params },
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      ...TURNS.map((id) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'bad__pid' } })),
    ]
    const answers: string[] = []
    for (const body of bodies) {
      expect((await send(path, { body })).status).toBe(202)
      if (!('id' in body)) continue
      const answer = await stream.next((message) => message.id === body.id && message.method === undefined)
      answers.push(answer.result?.content?.[0]?.text ?? '')
    }
    expect(new Set(answers.slice(1)).size).toBe(1)
    stream.request.destroy()
    await until('the session ends with its stream', async () => {
      const { status } = await send(path, { body: { jsonrpc: '2.0', id: 9, method: 'ping' } })
      return status === 404
    })
  })
})

describe('modern clients of several workers', () => {
  it('one principal has one process of a local server, and a parked call goes on from any connection, once', async () => {
    const { url } = await start(legacy())
    const pids = await Promise.all(TURNS.map(async (id) => textOf(await send(url, call('bad__pid', {}, id)))))
    expect(new Set(pids).size).toBe(1)
    for (const id of TURNS) {
      const params = { name: 'bad__ask', arguments: { id } }
      const parked = await send(url, modern('tools/call', params, id, ELICITATION))
      const { requestState, resultType, inputRequests } = parked.messages.at(-1)?.result ?? {}
      expect(resultType).toBe('input_required')
      const [key = ''] = Object.keys(inputRequests as object)
      const inputResponses = { [key]: { action: 'accept', content: { name: `ada ${id}` } } }
      const retry = modern('tools/call', { ...params, requestState, inputResponses }, id, ELICITATION)
      expect(textOf(await send(url, retry))).toContain(`ada ${id}`)
      // Used: nobody takes it twice, whichever worker is asked.
      for (const _ of TURNS) {
        const again = await send(url, retry)
        expect(again.messages[0]?.error?.data).toMatchObject({ rule: 'bridge/handle' })
      }
    }
  })

  it('calls of a stateless server are carried out by the worker they come to', async () => {
    const server = spawn(process.execPath, [FAULT_SERVER, '--era', 'modern', '--http', '0'], {
      stdio: 'pipe',
    })
    try {
      const port = await new Promise<string>((resolve) => {
        server.stdout.setEncoding('utf8').on('data', (text: string) => {
          const found = /(\d{4,5})/.exec(text)?.[1]
          if (found !== undefined) resolve(found)
        })
      })
      const remote = { url: `http://127.0.0.1:${port}/mcp`, era: 'modern' }
      const { url } = await start({ ...legacy(), remote })
      const turns = Array.from({ length: WORKERS * 3 }, (_, id) => id)
      for (const id of turns) expect(textOf(await send(url, call('remote__echo', {}, id)))).toBeTruthy()
      const exported = await run(home, 'audit', 'export', '--config', home.path('sallyport.json'))
      const records = exported.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
      const chains = records.filter((record) => record.method === 'tools/call').map((record) => record.chain)
      expect(chains).toHaveLength(turns.length)
      expect(new Set(chains).size).toBe(WORKERS)
    } finally {
      server.kill()
    }
  })

  it('what a worker hands over is believed by its secret alone', async () => {
    const { url } = await start(legacy())
    const caller = Buffer.from(
      JSON.stringify({ principal: { issuer: 'x', subject: 'mallory' }, transport: 'http' }),
    ).toString('base64url')
    const { headers, body } = call('bad__echo')
    const forged = { ...headers, 'sallyport-caller': caller, 'sallyport-peer': 'x'.repeat(43) }
    const folder = sockets()
    expect(folder.names).toHaveLength(WORKERS)
    for (const name of folder.names) {
      const text = JSON.stringify(body)
      const lines = [
        'POST /mcp HTTP/1.1',
        `host: ${new URL(url).host}`,
        'content-type: application/json',
        ...Object.entries(forged).map(([header, value]) => `${header}: ${value}`),
        `content-length: ${text.length}`,
        'connection: close',
        '',
        text,
      ]
      expect(await raw(`${folder.path}/${name}`, lines.join('\r\n'))).toMatch(/^HTTP\/1.1 403 /)
    }
    // At the door that clients see these headers mean nothing.
    for (const _ of TURNS) expect((await send(url, { headers: forged, body })).status).toBe(200)
    expect(home.witness('bad.log').filter((line) => line.method === 'tools/call')).toHaveLength(TURNS.length)
    const { stdout } = await run(home, 'audit', 'export', '--config', home.path('sallyport.json'))
    expect(stdout).not.toContain('mallory')
  })
})

describe('workers that end', () => {
  it('a killed one is replaced: its sessions are gone, those of the others live on, and the trail verifies', async () => {
    const { url } = await start(legacy())
    const sessions = await Promise.all(TURNS.slice(0, WORKERS).map(() => Session.open(url)))
    for (const session of sessions) await session.call(1, 'bad__pid')
    const [victim, ...others] = sessions
    if (victim === undefined) throw new Error('no sessions')
    const before = (await statusOf(home))?.workers.find(({ worker }) => worker === workerOf(victim))
    process.kill(before?.pid ?? 0, 'SIGKILL')
    await until('it is replaced', async () => {
      const now = (await statusOf(home))?.workers.find(({ worker }) => worker === workerOf(victim))
      return now?.state === 'up' && now.replaced === 1 && now.pid !== before?.pid
    })
    for (const _ of TURNS)
      expect((await victim.send({ jsonrpc: '2.0', id: 2, method: 'ping' })).status).toBe(404)
    for (const other of others) expect(await other.call(2, 'bad__pid')).toMatch(/^\d+$/)
    const fresh = await Promise.all(TURNS.map(() => Session.open(url)))
    for (const session of fresh) expect(await session.call(1, 'bad__pid')).toMatch(/^\d+$/)
    expect((await run(home, 'status')).stdout).toMatch(/worker +pid +state/)
    await gateway?.stop()
    expect(await verify()).toMatchObject({ code: 0 })
  })

  it('a call whose worker is killed is answered with an error, or its connection ends: never silence', async () => {
    const { url } = await start(legacy())
    const hanging = TURNS.map((id) =>
      send(url, call('bad__hang', {}, id)).then(
        ({ status, messages }) => ({ status, code: messages[0]?.error?.code }),
        () => 'cut off' as const,
      ),
    )
    await eventually(
      'all calls at the server',
      () => home.witness('bad.log').filter(({ name }) => name === 'hang').length === TURNS.length,
    )
    const answering = (await statusOf(home))?.workers ?? []
    // They all wait at their principal's home, wherever they came in.
    const homes = await Promise.all(answering.map(({ pid }) => pid))
    const server = processesWith(home.path('bad.log'))
    for (const pid of homes) {
      if (childrenOf(pid).some((child) => server.includes(child))) process.kill(pid, 'SIGKILL')
    }
    const endings = await Promise.all(hanging)
    expect(endings.filter((ending) => ending !== 'cut off').length).toBeGreaterThan(0)
    for (const ending of endings) if (ending !== 'cut off') expect(ending.status).toBe(503)
    await until('its home is back', async () => textOf(await again(url)) !== undefined)
  })

  it('a stop lets calls end, and leaves no process and no socket', async () => {
    const { url, child } = await start(legacy())
    const session = await Session.open(url)
    const slow = TURNS.map((id) => session.call(id, 'bad__slow', { ms: 150, steps: 4, tag: id }))
    const modernSlow = send(url, call('bad__slow', { ms: 150, steps: 4, tag: 'm' }))
    await eventually(
      'all calls at the server',
      () => home.witness('bad.log').filter(({ name }) => name === 'slow').length === TURNS.length + 1,
    )
    child.kill('SIGTERM')
    expect(await Promise.all(slow)).toEqual(TURNS.map((id) => `slow ${id}`))
    expect(textOf(await modernSlow)).toBe('slow m')
    await eventually('the end', () => child.exitCode !== null)
    expect(child.exitCode).toBe(0)
    expect(sockets().names).toEqual([])
    await eventually('no server', () => processesWith(home.path('bad.log')).length === 0)
    expect(await verify()).toMatchObject({ code: 0 })
  })

  it('when the primary is killed, no worker and no server stays', async () => {
    const { url, child } = await start(legacy())
    const session = await Session.open(url)
    await session.call(1, 'bad__pid')
    child.kill('SIGKILL')
    await eventually('no worker', () => processesWith(home.path('sallyport.json')).length === 0)
    await eventually('no server', () => processesWith(home.path('bad.log')).length === 0)
    expect(await verify()).toMatchObject({ code: 0 })
    // What it left behind is in nobody's way.
    await start(legacy())
    expect(sockets().names).toHaveLength(WORKERS)
  })
})

describe('workers killed under load', () => {
  it('every call is answered with its own answer or an error, or cut off; nothing hangs, and the trail verifies', async () => {
    const { url } = await start(legacy(), {
      defaults: { trust: 'trusted', rate: 'unlimited', confirm: 'never' },
    })
    const kills = 6
    let id = 100
    let ended = false
    const told = { answers: 0, errors: 0, cut: 0, wrong: [] as string[] }
    const judge = (mine: string, reply: Awaited<ReturnType<typeof send>>) => {
      const text = textOf(reply)
      if (text === undefined) told.errors++
      else if (text === `slow ${mine}`) told.answers++
      else told.wrong.push(`${mine}: ${text}`)
    }
    const modernClient = async (name: string) => {
      while (!ended) {
        const mine = `${name}-${++id}`
        const request = call('bad__slow', { ms: 5, steps: 2, tag: mine }, id)
        await send(url, request).then(
          (reply) => judge(mine, reply),
          () => told.cut++,
        )
      }
    }
    const legacyClient = async (name: string) => {
      while (!ended) {
        const session = await Session.open(url).catch(() => undefined)
        for (let n = 0; session !== undefined && n < 10 && !ended; n++) {
          const mine = `${name}-${++id}`
          const params = { name: 'bad__slow', arguments: { ms: 5, steps: 2, tag: mine } }
          const sent = session.send({ jsonrpc: '2.0', id, method: 'tools/call', params })
          const reply = await sent.catch(() => undefined)
          if (reply === undefined) told.cut++
          else judge(mine, reply)
          if (reply === undefined || reply.status === 404) break
        }
      }
    }
    const clients = [modernClient('a'), modernClient('b'), legacyClient('c'), legacyClient('d')]
    for (let kill = 1; kill <= kills; kill++) {
      const before = told.answers
      await eventually('calls are answered', () => told.answers > before + 5, 60_000)
      const now = (await statusOf(home))?.workers.filter(({ state }) => state === 'up') ?? []
      process.kill(now[kill % now.length]?.pid ?? 0, 'SIGKILL')
      await until('it is replaced', async () => {
        const after = (await statusOf(home))?.workers ?? []
        const up = after.every(({ state }) => state === 'up')
        return up && after.reduce((sum, { replaced }) => sum + replaced, 0) === kill
      })
    }
    ended = true
    await Promise.all(clients)
    expect(told.wrong).toEqual([])
    expect(told.answers).toBeGreaterThan(kills * 5)
    await gateway?.stop()
    await eventually('no server', () => processesWith(home.path('bad.log')).length === 0)
    expect(await verify()).toMatchObject({ code: 0 })
  }, 180_000)
})

describe('one configuration for several workers', () => {
  it('a change reaches all of them; a broken file changes nothing, not even for a worker that is started anew', async () => {
    const { url } = await start(legacy())
    const everywhere = async (server: string) =>
      await Promise.all(
        TURNS.map(async () => (await send(`${url}/${server}`, modern('tools/list', {}))).status),
      )
    expect(await everywhere('more')).toEqual(TURNS.map(() => 404))
    const listen = { http: new URL(url).host, workers: WORKERS }
    home.configure({ servers: { ...legacy(), more: faultOnPipe(home, 'more', 'modern') }, listen })
    await until('all know it', async () => (await everywhere('more')).every((status) => status === 200))

    writeFileSync(home.path('sallyport.json'), '{"version": 1, "servers": {')
    await eventually('the refusal', () => gateway?.stderr().includes('config.refused') === true)
    const [victim] = (await statusOf(home))?.workers ?? []
    process.kill(victim?.pid ?? 0, 'SIGKILL')
    await until('it is replaced', async () => {
      const [now] = (await statusOf(home))?.workers ?? []
      return now?.state === 'up' && now.replaced === 1
    })
    expect(await everywhere('more')).toEqual(TURNS.map(() => 200))
  })

  it('an address in use and a count that is none are said at once, with the exit code they have without workers', async () => {
    const { url } = await start(legacy())
    const other = makeHome()
    try {
      const file = other.configure({ servers: {}, listen: { http: new URL(url).host } })
      const busy = await run(other, 'serve', '--workers', '2', '--config', file)
      expect(busy.code).toBe(3)
      expect(busy.stderr).toContain('is in use')
      for (const count of ['0', '65', 'many', '1.5']) {
        const wrong = await run(other, 'serve', '--workers', count, '--config', file)
        expect(wrong.code).toBe(2)
        expect(wrong.stderr).toContain('--workers takes')
      }
    } finally {
      other.remove()
    }
  })
})

function sockets(): { readonly path: string; readonly names: string[] } {
  const path = socketFolder(`${home.dir}/.local/state/sallyport/run`)
  return { path, names: readdirSync(path).filter((name) => name.endsWith('.worker')) }
}

function childrenOf(pid: number): number[] {
  return processesWith('').filter((other) => parentOf(other) === pid)
}

function parentOf(pid: number): number | undefined {
  try {
    const { readFileSync } = process.getBuiltinModule('node:fs')
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function again(url: string) {
  return await send(url, call('bad__pid'))
}

/** Sends bytes to a socket; all that comes back. */
function raw(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(path, () => socket.write(text))
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk
    })
    socket.on('error', reject).on('close', () => resolve(answer))
  })
}
