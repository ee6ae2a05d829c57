/**
 * From a relay to the daemon: connect, prove, ask; start one where there is none; never wait without end.
 */
import { connect, type Socket } from 'node:net'
import { requirePrivateFolder } from '../state/privateFolder.ts'
import { type DaemonAddress, type DaemonPlaces, programIdentity } from './address.ts'
import { type Answer, greetDaemon, type RelayRequest } from './handshake.ts'
import { freshNonce } from './proof.ts'
import type { DaemonStart } from './startDaemon.ts'
import { readToken } from './tokenFile.ts'

export interface Reached {
  readonly socket: Socket
  /** For the person at the host. */
  readonly notices: readonly string[]
}

/** There is no daemon to be had; the message is for the host's user. */
export class Unreachable extends Error {
  /** `usage`: the configuration, or what was asked for, is wrong. */
  readonly why: 'usage' | 'failed'
  constructor(why: 'usage' | 'failed', message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Unreachable'
    this.why = why
  }
}

export interface ReachOptions {
  readonly places: DaemonPlaces
  readonly address: DaemonAddress
  readonly request: RelayRequest
  /** Until a daemon must have answered. */
  readonly deadlineMs: number
}

/** Not `performance.now()`, whose module is one more to load. */
const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n)

const FIRST_PAUSE_MS = 5
const MOST_PAUSE_MS = 50
/** One start must have come to nothing before another is tried. */
const RESTART_MS = 1_000

type Attempt =
  | { readonly kind: 'ready'; readonly reached: Reached }
  | { readonly kind: 'refused'; readonly why: string; readonly explain: string }
  /** Nobody listens. */
  | { readonly kind: 'absent' }
  /** Somebody listens who is not, or not any more, the daemon for us. */
  | { readonly kind: 'again'; readonly explain: string }

/** Rejects with `Unreachable` when the deadline is over or the daemon says that it cannot serve. */
export async function reachDaemon(options: ReachOptions): Promise<Reached> {
  const { places, address, deadlineMs } = options
  privately(address.folder)
  const until = monotonicMs() + deadlineMs
  let start: DaemonStart | undefined
  let startedAt = Number.NEGATIVE_INFINITY
  let last = 'nobody answers'
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(2 * wait, MOST_PAUSE_MS)) {
    const attempt = await tryOnce(options, until - monotonicMs())
    if (attempt.kind === 'ready') return attempt.reached
    if (attempt.kind === 'refused') throw refusal(attempt.why, attempt.explain)
    if (attempt.kind === 'again') last = attempt.explain
    if (attempt.kind === 'absent') {
      if (start?.state.kind === 'failed') throw cannotStart(start.state.explain, address)
      const now = monotonicMs()
      if (start?.state.kind !== 'starting' && now - startedAt > RESTART_MS) {
        const { startDaemon } = await import('./startDaemon.ts')
        start = startDaemon(places, address)
        if (start !== undefined) startedAt = now
      }
    }
    if (monotonicMs() > until) {
      const seconds = Math.round(deadlineMs / 1000)
      throw new Unreachable(
        'failed',
        `the gateway's daemon did not come within ${seconds} s (${last}); its log is ${address.log}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

async function tryOnce({ places, address, request }: ReachOptions, leftMs: number): Promise<Attempt> {
  const socket = await dial(address.socket)
  if (socket === undefined) return { kind: 'absent' }
  // After connecting: the daemon writes its token before it listens, so this one is not its predecessor's.
  const token = readToken(address.token)
  if (token === undefined) {
    socket.destroy()
    return { kind: 'again', explain: 'there is no token' }
  }
  let answer: Answer
  try {
    answer = await greetDaemon(
      socket,
      { key: address.key, token, nonce: freshNonce },
      {
        ...request,
        program: programIdentity(),
        patienceMs: Math.max(1, leftMs),
        values: (names) => valuesOf(names, places.env),
      },
    )
  } catch (error) {
    return { kind: 'again', explain: error instanceof Error ? error.message : String(error) }
  }
  if (answer.kind === 'ready') return { kind: 'ready', reached: { socket, notices: answer.notices } }
  socket.destroy()
  if (answer.why === 'leaving' || answer.why === 'program') return { kind: 'again', explain: answer.explain }
  return { kind: 'refused', why: answer.why, explain: answer.explain }
}

/** `undefined` where nobody listens. */
function dial(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    const failed = (error: NodeJS.ErrnoException) => {
      // EAGAIN: so many connect at this moment that they do not fit into the queue.
      const { code } = error
      if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'EAGAIN') resolve(undefined)
      else reject(new Unreachable('failed', `cannot connect to ${path}: ${code}`, { cause: error }))
    }
    socket.once('error', failed)
    socket.once('connect', () => {
      socket.off('error', failed)
      resolve(socket)
    })
  })
}

function valuesOf(names: readonly string[], env: DaemonPlaces['env']): Record<string, string> {
  const values = names.flatMap((name) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(values)
}

function privately(folder: string): void {
  try {
    requirePrivateFolder(folder)
  } catch (error) {
    const explain = error instanceof Error ? error.message : String(error)
    throw new Unreachable(
      'failed',
      `the daemon's socket cannot be trusted: ${explain}. Without a daemon: sallyport stdio --standalone`,
      { cause: error },
    )
  }
}

function refusal(why: string, explain: string): Unreachable {
  return new Unreachable(why === 'usage' ? 'usage' : 'failed', explain)
}

function cannotStart(explain: string, { log }: DaemonAddress): Unreachable {
  return new Unreachable('failed', `the gateway's daemon cannot start: ${explain} (its log is ${log})`)
}
