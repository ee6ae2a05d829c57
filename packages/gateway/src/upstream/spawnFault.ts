/**
 * Why a local server's command could not be started, in words its owner can act on. Names the program only: arguments
 * may hold what is nobody's business.
 */
import { access, stat } from 'node:fs/promises'
import { visible } from '@sallyport/controls/text'
import type { TransportFault } from './transport.ts'

export interface SpawnAttempt {
  readonly serverId: string
  readonly program: string
  readonly cwd?: string
}

/**
 * The fault for an error of `spawn`. Looks at the disk, because ENOENT alone does not say whether the program, its
 * interpreter or the working directory is missing.
 *
 * @example
 * await spawnFault({ serverId: 'files', program: 'npz' }, enoent)
 * // explain: 'server "files" did not start: the command "npz" was not found on PATH. Install it, or ...'
 */
export async function spawnFault(attempt: SpawnAttempt, error: unknown): Promise<TransportFault> {
  const reason = await explain(attempt, codeOf(error))
  return { code: 'spawn-failed', explain: `server "${attempt.serverId}" did not start: ${reason}` }
}

async function explain({ serverId, program, cwd }: SpawnAttempt, code: string): Promise<string> {
  const name = `"${visible(program)}"`
  const setting = `"servers.${serverId}.command"`
  if (cwd !== undefined && !(await isDirectory(cwd))) {
    return `its working directory "${visible(cwd)}" does not exist. Create it, or correct "servers.${serverId}.cwd"`
  }
  if (code === 'ENOENT' && !program.includes('/')) {
    return `the command ${name} was not found on PATH. Install it, or give its full path in ${setting}`
  }
  if (code === 'ENOENT' && (await exists(program))) {
    return `the interpreter that the first line of ${name} asks for was not found. Install it, or name it first in ${setting}`
  }
  if (code === 'ENOENT') return `there is no file ${name}. Correct ${setting}`
  if (code === 'EACCES' || code === 'EPERM') {
    return `${name} may not be run by this user. Check its permissions ("chmod +x") and those of its folders`
  }
  if (code === 'EAGAIN' || code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM') {
    return `the system has no room for another process (${code}). Stop some, or raise its limits`
  }
  if (code === 'E2BIG') return `the arguments and variables of ${name} are too long for the system`
  return `the system refused to run ${name} (${code})`
}

/** The system's code of an error, `UNKNOWN` where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN'
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
