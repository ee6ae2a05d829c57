/** A gateway of several workers, and a client that opens a new connection for every request: they are dealt out in turn. */

import { spawn } from 'node:child_process'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { SALLYPORT } from '../program.ts'
import { type Answer, ENVELOPE, type Home, type HttpGateway, startHttpGateway } from './harness.ts'

export interface WorkerLine {
  readonly worker: number
  readonly pid: number
  readonly state: string
  readonly conversations: number
  readonly replaced: number
}

export interface Status {
  readonly command: string
  readonly workers: readonly WorkerLine[]
  readonly conversations: number
}

/** Starts it and waits until all workers are up. */
export async function startWorkers(home: Home, workers: number, config: object): Promise<HttpGateway> {
  const gateway = await startHttpGateway(home, {
    ...config,
    listen: { workers, ...('listen' in config ? (config.listen as object) : {}) },
  })
  await until('all workers are up', async () => (await statusOf(home))?.workers.length === workers)
  return gateway
}

/** What `sallyport status` says; `undefined` while nobody answers. */
export async function statusOf(home: Home): Promise<Status | undefined> {
  const { stdout } = await run(home, 'status', '--json')
  return JSON.parse(stdout).gateways[0]
}

/** Runs a command of the program to its end. */
export async function run(
  home: Home,
  ...args: string[]
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [SALLYPORT, ...args], { env: home.env, cwd: home.dir, stdio: 'pipe' })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, stdout, stderr }
}

/** Asks until it is so. */
export async function until(what: string, holds: () => Promise<boolean>, ms = 60_000): Promise<void> {
  const end = Date.now() + ms
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  readonly messages: Answer[]
}

/** An answer as it comes. */
export interface Stream {
  readonly request: ClientRequest
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** The first message that fits, also one that came already. Rejects when the stream ends without one. */
  next(fits: (message: Answer) => boolean): Promise<Answer>
  /** The first event of a name that is no message. */
  event(type: string): Promise<string>
  readonly ended: Promise<Reply>
}

/** Sends a request on a connection of its own. Rejects when the connection breaks before there is an answer. */
export function open(
  url: string,
  options: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: object },
): Promise<Stream> {
  const body = options.body === undefined ? undefined : JSON.stringify(options.body)
  const headers = {
    accept: 'application/json, text/event-stream',
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
    ...options.headers,
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: options.method ?? 'POST', headers, agent: false })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => resolve(streamOf(outgoing, incoming)))
    outgoing.end(body)
  })
}

/** The same, when the whole answer is there. */
export async function send(...args: Parameters<typeof open>): Promise<Reply> {
  return await (await open(...args)).ended
}

function streamOf(outgoing: ClientRequest, incoming: IncomingMessage): Stream {
  const status = incoming.statusCode ?? 0
  let text = ''
  const look = new Set<() => void>()
  const messages = () =>
    incoming.headers['content-type']?.startsWith('text/event-stream')
      ? [...text.matchAll(/^data: (\{.*\})$/gm)].map((match) => JSON.parse(match[1] ?? '') as Answer)
      : text === ''
        ? []
        : [JSON.parse(text) as Answer]
  const ended = new Promise<Reply>((resolve, reject) => {
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (const one of look) one()
    })
    incoming.on('end', () => resolve({ status, headers: incoming.headers, text, messages: messages() }))
    incoming.on('close', () => reject(new Error(`cut off after ${text.length} bytes`)))
    incoming.on('error', reject)
  })
  ended.catch(() => undefined) // for those who only look at the first messages
  const first = <T>(find: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const check = () => {
        const found = find()
        if (found === undefined) return
        look.delete(check)
        resolve(found)
      }
      look.add(check)
      ended.then(
        () => reject(new Error(`the stream ended without it: ${text}`)),
        (error: unknown) => reject(error),
      )
      check()
    })
  return {
    request: outgoing,
    status,
    headers: incoming.headers,
    next: (fits) =>
      first(() => {
        const whole = text.slice(0, text.lastIndexOf('\n\n') + 2)
        const found = [...whole.matchAll(/^data: (\{.*\})$/gm)].map((match) => JSON.parse(match[1] ?? ''))
        return found.find(fits) as Answer | undefined
      }),
    event: (type) => first(() => new RegExp(`^event: ${type}\ndata: (.*)\n\n`, 'm').exec(text)?.[1]),
    ended,
  }
}

/** A modern request on a connection of its own. */
export function modern(
  method: string,
  params: { readonly name?: string; readonly [member: string]: unknown },
  id: string | number = 1,
  capabilities: object = {},
) {
  const meta = { ...ENVELOPE, 'io.modelcontextprotocol/clientCapabilities': capabilities }
  return {
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(params.name === undefined ? {} : { 'mcp-name': params.name }),
    },
    body: { jsonrpc: '2.0', id, method, params: { ...params, _meta: meta } },
  }
}

/** A legacy session, whose every request comes on a connection of its own. */
export class Session {
  readonly id: string
  readonly #url: string

  static async open(url: string, capabilities: object = {}): Promise<Session> {
    const params = { protocolVersion: '2025-06-18', capabilities, clientInfo: { name: 'test', version: '1' } }
    const answer = await send(url, { body: { jsonrpc: '2.0', id: 0, method: 'initialize', params } })
    const id = answer.headers['mcp-session-id']
    if (typeof id !== 'string') throw new Error(`no session: ${answer.status} ${answer.text}`)
    const session = new Session(url, id)
    await session.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
    return session
  }

  constructor(url: string, id: string) {
    this.#url = url
    this.id = id
  }

  get headers() {
    return { 'mcp-session-id': this.id, 'mcp-protocol-version': '2025-06-18' }
  }

  send(body: object): Promise<Reply> {
    return send(this.#url, { headers: this.headers, body })
  }

  stream(options: Parameters<typeof open>[1]): Promise<Stream> {
    return open(this.#url, { ...options, headers: { ...this.headers, ...options.headers } })
  }

  async call(id: number, name: string, args: object = {}): Promise<string | undefined> {
    const params = { name, arguments: args }
    const { messages } = await this.send({ jsonrpc: '2.0', id, method: 'tools/call', params })
    return messages.find((message) => message.id === id)?.result?.content?.[0]?.text
  }
}
