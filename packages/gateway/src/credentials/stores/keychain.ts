/**
 * The keychain of the system (macOS Keychain, Windows Credential Manager, Secret Service on Linux), service `sallyport`.
 *
 * It is asked by a process of its own: native code that talks to the desktop is not loaded into a gateway, and one that waits
 * for a locked keychain, or for a session bus that does not answer, is ended in time. Names go by its arguments, values by
 * its pipes. On Linux nothing but a Secret Service counts: what would be taken in its place, the keyring of the kernel,
 * forgets.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type KeychainAnswer =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'missing' }
  /** There is no keychain here, or none that opens. */
  | { readonly kind: 'unavailable'; readonly why: string }

export interface Keychain {
  get(name: string): Promise<KeychainAnswer>
  set(name: string, value: string): Promise<KeychainAnswer>
  remove(name: string): Promise<KeychainAnswer>
}

/** The longest value that is kept: Windows takes 2560 bytes, in UTF-16. */
export const MAX_KEYCHAIN_CHARS = 1280
/** A person may have to unlock it. */
const TIMEOUT_MS = 15_000
const MAX_ANSWER_BYTES = 256 * 1024

/** What the process says to its parent, one JSON object. */
export interface KeychainReply {
  readonly kind: 'value' | 'done' | 'missing' | 'unavailable'
  readonly value?: string
  readonly why?: string
}

export interface KeychainPlace {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly timeoutMs?: number
  /** The program that asks, in tests another one. */
  readonly program?: string
}

/** @example await systemKeychain({ env: process.env, platform: process.platform }).get('github') */
export function systemKeychain(place: KeychainPlace): Keychain {
  const why = noSessionBus(place)
  const ask = async (
    what: 'get' | 'set' | 'remove',
    name: string,
    value?: string,
  ): Promise<KeychainAnswer> =>
    why === undefined ? await askProcess(place, [what, name], value) : { kind: 'unavailable', why }
  return {
    get: (name) => ask('get', name),
    set: (name, value) => ask('set', name, value),
    remove: (name) => ask('remove', name),
  }
}

/** Servers and containers have none; no process is started to find that out. */
function noSessionBus({ env, platform }: KeychainPlace): string | undefined {
  if (platform !== 'linux' && platform !== 'freebsd') return undefined
  const { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime } = env
  if (address !== undefined && address !== '') return undefined
  if (runtime !== undefined && existsSync(`${runtime}/bus`)) return undefined
  return 'there is no keychain here: no session bus (DBUS_SESSION_BUS_ADDRESS)'
}

function askProcess(
  { env, timeoutMs = TIMEOUT_MS, program = ownProgram() }: KeychainPlace,
  args: readonly string[],
  value: string | undefined,
): Promise<KeychainAnswer> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: passed(env),
    })
    const chunks: Buffer[] = []
    let bytes = 0
    const end = (answer: KeychainAnswer): void => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      resolve(answer)
    }
    const timer = setTimeout(
      () =>
        end({
          kind: 'unavailable',
          why: `the keychain did not answer within ${timeoutMs / 1000} s: is it locked?`,
        }),
      timeoutMs,
    )
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_ANSWER_BYTES) end({ kind: 'unavailable', why: 'the keychain gave more than a secret' })
      else chunks.push(chunk)
    })
    child.on('error', () =>
      end({ kind: 'unavailable', why: 'the keychain cannot be asked: no process could be started' }),
    )
    child.on('close', () => end(readReply(Buffer.concat(chunks).toString('utf8'))))
    // It may end before it read what it does not need.
    child.stdin.on('error', () => undefined)
    child.stdin.end(value ?? '')
  })
}

function readReply(text: string): KeychainAnswer {
  try {
    const reply = JSON.parse(text) as KeychainReply
    if (reply.kind === 'value' && typeof reply.value === 'string')
      return { kind: 'value', value: reply.value }
    if (reply.kind === 'done' || reply.kind === 'missing') return { kind: reply.kind }
    return { kind: 'unavailable', why: reply.why ?? 'the keychain gave no reason' }
  } catch {
    return { kind: 'unavailable', why: 'the keychain cannot be asked: its process ended without an answer' }
  }
}

/** What a session is found by, and where modules are; none of the gateway's own secrets. */
function passed(env: KeychainPlace['env']): NodeJS.ProcessEnv {
  const names = [
    'PATH',
    'HOME',
    'USER',
    'LOGNAME',
    'DBUS_SESSION_BUS_ADDRESS',
    'XDG_RUNTIME_DIR',
    'DISPLAY',
    'WAYLAND_DISPLAY',
  ]
  const windows = ['SystemRoot', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'TEMP']
  return Object.fromEntries([...names, ...windows].map((name) => [name, env[name]]))
}

function ownProgram(): string {
  const name = import.meta.url.endsWith('.ts') ? 'keychainProcess.ts' : 'keychainProcess.js'
  return fileURLToPath(new URL(name, import.meta.url))
}
