/**
 * What relay and daemon say to each other before the client's bytes flow. Nobody says anything of worth before the other
 * has proven that it knows the token: the daemon proves first, the relay's environment comes last.
 *
 * ```
 * relay                                        daemon
 *   { nonce }                        ->
 *                                    <-   { nonce, proof }
 *   { proof, program }               ->
 *                                    <-   { names }                   or { refused, explain }
 *   { server?, host?, environment }  ->
 *                                    <-   { ready: true, notices }    or { refused, explain }
 *   bytes                           <->   bytes
 * ```
 *
 * The first three lines are the same in every version, so that an old daemon can be told to make way for a new one.
 */
import type { Socket } from 'node:net'
import { HandshakeError, type HandshakeMessage, LineChannel } from './lineChannel.ts'
import { isHex32, isProof, prove } from './proof.ts'

/** Why a daemon serves no relay: `leaving` and `program` mean "ask again, there will be another one". */
export type RefusalKind = 'leaving' | 'program' | 'usage' | 'failed' | 'full'

/** What a relay wants. */
export interface RelayRequest {
  /** This server alone, under its own names. */
  readonly server?: string
  /** Id of the process that started the relay. */
  readonly host?: number
}

export interface Secrets {
  readonly key: string
  readonly token: Buffer
  /** A fresh challenge, 64 hex digits. */
  readonly nonce: () => string
}

const PROOF_BYTES = 4 * 1024
/** An environment can be large: `execve` itself takes 128 KiB a variable. */
const ENVIRONMENT_BYTES = 8 * 1024 * 1024
const STEP_MS = 10_000

export type Answer =
  | { readonly kind: 'ready'; readonly notices: readonly string[] }
  | { readonly kind: 'refused'; readonly why: RefusalKind; readonly explain: string }

export interface DaemonGreeting extends RelayRequest {
  readonly program: string
  /** How long the daemon may take to read its configuration and start a gateway. */
  readonly patienceMs: number
  /** Picks from the relay's environment what the configuration names. Asked only once the daemon is proven. */
  readonly values: (names: readonly string[]) => Readonly<Record<string, string>>
}

/** The relay's side, on a socket that has just connected. Rejects when this is not the daemon, the socket destroyed. */
export async function greetDaemon(
  socket: Socket,
  secrets: Secrets,
  request: DaemonGreeting,
): Promise<Answer> {
  try {
    return await askDaemon(new LineChannel(socket), secrets, request)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function askDaemon(channel: LineChannel, secrets: Secrets, request: DaemonGreeting): Promise<Answer> {
  const relayNonce = secrets.nonce()
  channel.send({ nonce: relayNonce })
  // Never beyond the relay's own time: a host that hears nothing for 30 s shows no reason at all.
  const deadlineMs = Math.min(STEP_MS, request.patienceMs)
  const first = await channel.next({ maxBytes: PROOF_BYTES, deadlineMs })
  if (!isHex32(first.nonce)) throw new HandshakeError('the answer has no challenge')
  const challenge = { key: secrets.key, relayNonce, daemonNonce: first.nonce }
  if (!isProof(secrets.token, 'daemon', challenge, first.proof))
    throw new HandshakeError('what listens there does not know the token of the daemon')
  channel.send({ proof: prove(secrets.token, 'relay', challenge), program: request.program })
  const long = { maxBytes: ENVIRONMENT_BYTES, deadlineMs: request.patienceMs }
  const welcome = await channel.next(long)
  const refused = refusalIn(welcome)
  if (refused !== undefined) return refused
  const environment = request.values(textsIn(welcome.names))
  const { server, host } = request
  channel.send({
    ...(server === undefined ? {} : { server }),
    ...(host === undefined ? {} : { host }),
    environment,
  })
  const last = await channel.next(long)
  return refusalIn(last) ?? { kind: 'ready', notices: textsIn(last.notices) }
}

/** A relay that has proven itself and waits for word. */
export interface ProvenRelay {
  /** The program it is, as `programIdentity` says. */
  readonly program: string
  /** Asks for the values of these variables. */
  ask(names: readonly string[]): Promise<RelayRequest & { readonly environment: Record<string, string> }>
  /** The bytes behind this are the client's. */
  accept(notices: readonly string[]): void
  /** Says why not, and ends the connection. */
  refuse(why: RefusalKind, explain: string): void
}

/** The daemon's side, on a socket that was just accepted. Rejects with `HandshakeError`, the socket destroyed. */
export async function greetRelay(socket: Socket, secrets: Secrets): Promise<ProvenRelay> {
  const channel = new LineChannel(socket)
  // One deadline for both lines: a relay that sends a byte now and then is cut off all the same.
  const timer = setTimeout(() => socket.destroy(), STEP_MS)
  try {
    const hello = await channel.next({ maxBytes: PROOF_BYTES, deadlineMs: STEP_MS })
    if (!isHex32(hello.nonce)) throw new HandshakeError('the first line has no challenge')
    const challenge = { key: secrets.key, relayNonce: hello.nonce, daemonNonce: secrets.nonce() }
    channel.send({ nonce: challenge.daemonNonce, proof: prove(secrets.token, 'daemon', challenge) })
    const second = await channel.next({ maxBytes: PROOF_BYTES, deadlineMs: STEP_MS })
    if (!isProof(secrets.token, 'relay', challenge, second.proof))
      throw new HandshakeError('the relay does not know the token')
    return provenRelay(socket, channel, String(second.program))
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function provenRelay(socket: Socket, channel: LineChannel, program: string): ProvenRelay {
  return {
    program,
    async ask(names) {
      channel.send({ names })
      const request = await channel.next({ maxBytes: ENVIRONMENT_BYTES, deadlineMs: STEP_MS })
      const { server, host } = request
      return {
        ...(typeof server === 'string' ? { server } : {}),
        ...(typeof host === 'number' && Number.isSafeInteger(host) && host > 1 ? { host } : {}),
        environment: pick(names, request.environment),
      }
    },
    accept: (notices) => channel.send({ ready: true, notices }),
    refuse(why, explain) {
      channel.send({ refused: why, explain })
      socket.end()
    },
  }
}

/** Only what was asked for, whatever the relay sent. */
function pick(names: readonly string[], given: unknown): Record<string, string> {
  const values = typeof given === 'object' && given !== null ? new Map(Object.entries(given)) : new Map()
  const picked = names.flatMap((name) => {
    const value: unknown = values.get(name)
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return Object.fromEntries(picked)
}

function refusalIn(message: HandshakeMessage): Answer | undefined {
  const { refused, explain } = message
  if (typeof refused !== 'string') return undefined
  return { kind: 'refused', why: refused as RefusalKind, explain: String(explain) }
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
