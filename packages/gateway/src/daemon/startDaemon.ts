/**
 * Starting the daemon from a relay: detached, in a session of its own, with nothing of the host but where things are.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type DaemonAddress, type DaemonPlaces, daemonEnvironment, daemonProgram } from './address.ts'
import { DAEMON_EXIT } from './daemonExit.ts'
import { openLogFile } from './logFile.ts'

export type StartState =
  | { readonly kind: 'starting' }
  /** Another process was quicker, or the daemon came and left again. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly explain: string }

export interface DaemonStart {
  readonly state: StartState
}

/** A start that was announced and not seen within this time is taken for one that failed. */
const ANNOUNCED_MS = 5_000
const SAID_BYTES = 4 * 1024
/** Until the first call (`compilers.ts`). Maglev only where it is on by itself: Node 22 has it off for its faults. */
export const COMPILERS_OFF =
  Number.parseInt(process.versions.v8, 10) >= 13 ? ['--no-opt', '--no-maglev'] : ['--no-opt']
/**
 * It is there all day and mostly waits: what starting and a burst of calls leave behind in memory goes back. A young
 * generation of 1 MiB costs no more CPU per call than one of 16 (`docs/performance.md`), which once grown stays; the
 * collector is for `rest.ts`.
 */
const NODE_FLAGS = ['--max-semi-space-size=1', '--expose-gc', ...COMPILERS_OFF]

/**
 * Starts the daemon; `undefined` when somebody else is just doing so. Only to spare work when ten hosts start at once:
 * that there is one daemon is due to its lock.
 */
export function startDaemon(places: DaemonPlaces, address: DaemonAddress): DaemonStart | undefined {
  if (!announce(address.start)) return undefined
  const log = openLogFile(address.log)
  const before = fstatSync(log).size
  let state: StartState = { kind: 'starting' }
  const fail = (explain: string) => {
    rmSync(address.start, { force: true })
    state = { kind: 'failed', explain }
  }
  try {
    const child: ChildProcess = spawn(
      process.execPath,
      [...NODE_FLAGS, daemonProgram(), ...(places.config === undefined ? [] : [places.config])],
      // In `/`: a daemon that sits in a project's folder would keep it from being unmounted.
      { detached: true, stdio: ['ignore', log, log], cwd: '/', env: daemonEnvironment(places.env) },
    )
    child.on('error', (error) => fail(error.message))
    child.on('exit', (code, signal) => {
      if (code === DAEMON_EXIT.failed || signal !== null)
        fail(said(address.log, before) || `it ended by ${signal ?? 'itself'}`)
      else state = { kind: 'ended' }
    })
    child.unref()
  } finally {
    closeSync(log)
  }
  return {
    get state() {
      return state
    },
  }
}

/** True when it is ours to start. */
function announce(path: string): boolean {
  for (const attempt of [1, 2]) {
    try {
      writeFileSync(path, '', { mode: 0o600, flag: 'wx' })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
    // A time in the future is no time at all: somebody set the clock back.
    if (attempt === 2 || Math.abs(Date.now() - since) < ANNOUNCED_MS) return false
    rmSync(path, { force: true })
  }
  return false
}

/** What the daemon wrote since, at most the last of it. */
function said(path: string, from: number): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const start = Math.max(from <= size ? from : 0, size - SAID_BYTES)
    const bytes = Buffer.alloc(size - start)
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, start)).trim()
  } finally {
    closeSync(file)
  }
}
