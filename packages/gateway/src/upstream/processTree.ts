/**
 * Finds every process a local server has started, also those that left its process group, and ends them.
 *
 * Killing a wrapper is not killing the server: `npx` starts a shell that starts Node that starts a browser. A process
 * belongs to the target when it is in its process group or session, descends from one that does, or carries the
 * target's entry in its environment (a daemon that forked twice and called setsid keeps that).
 * Cannot find: a process that did all of it, with a cleared environment. Containing that one is the sandbox's work.
 */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { within } from './within.ts'

export interface ProcessTarget {
  /** Ids of process groups. Each began with a process started `detached`, so it is the id of a session as well. */
  readonly groups: ReadonlySet<number>
  /** One whole entry of the environment, `NAME=value`. Compared exactly. */
  readonly entry: string
}

export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  /** When it started, in the system's own unit: tells a process from a later one with the same id. */
  readonly started: string
}

/** A look at the target now: the processes that belong to it and are alive (zombies are not). */
export type ProcessSearch = () => Promise<readonly ProcessRow[]>

/**
 * Makes a search that remembers what it found: a process whose parent has died in between is still known.
 *
 * @example
 * const search = makeProcessSearch({ groups: new Set([4711]), entry: 'SALLYPORT_RUN=1f0c...' })
 * for (const row of await search()) console.log(row.pid)
 */
export function makeProcessSearch(target: ProcessTarget): ProcessSearch {
  const found = new Map<number, string>()
  const cleared = new Map<number, string>()
  const entry = Buffer.from(`\0${target.entry}\0`)

  const seeded = async (row: ProcessRow): Promise<boolean> => {
    if (found.get(row.pid) === row.started) return true
    if (target.groups.has(row.group) || target.groups.has(row.session)) return true
    if (cleared.get(row.pid) === row.started) return false
    const environment = await readEnvironment(row.pid)
    if (Buffer.concat([Buffer.of(0), environment]).includes(entry)) return true
    // Empty may mean "just being replaced by exec": look again next time.
    if (environment.length > 0) cleared.set(row.pid, row.started)
    return false
  }

  return async () => {
    const rows = (await readProcesses()).filter((row) => row.pid > 1 && row.pid !== process.pid)
    const mine = new Set<number>()
    await inBatches(rows, async (row) => {
      if (await seeded(row)) mine.add(row.pid)
    })
    for (let grew = mine.size > 0; grew; ) {
      grew = false
      for (const row of rows) {
        if (mine.has(row.pid) || !mine.has(row.parent)) continue
        mine.add(row.pid)
        grew = true
      }
    }
    const result = rows.filter((row) => mine.has(row.pid))
    found.clear()
    for (const row of result) found.set(row.pid, row.started)
    return result
  }
}

export interface EndOptions {
  /** From the start: how long the processes may take to end after SIGTERM. Then they are killed. */
  readonly termGraceMs: number
  /** From the start: when to give up. */
  readonly deadlineMs: number
}

/**
 * Ends every process of the target: SIGTERM, then SIGKILL again and again until none is left, so that a process that
 * forks while it is being killed gains nothing. Resolves with the ids of those it could not end (empty: none is left).
 * `search`: one that has looked before still knows what lost its parent since.
 */
export async function endProcesses(
  target: ProcessTarget,
  options: EndOptions,
  search: ProcessSearch = makeProcessSearch(target),
): Promise<readonly number[]> {
  const began = performance.now()
  const asked = new Set<number>()
  let pauseMs = 10
  let confirmed = true
  let last: readonly ProcessRow[] = []
  for (;;) {
    const leftMs = began + options.deadlineMs - performance.now()
    const rows = leftMs > 0 ? await within(leftMs, search()) : undefined
    if (rows === undefined) {
      // Reading /proc itself can hang on a process stuck in the kernel: the group can be killed without reading.
      killGroups(target, last)
      return last.map((row) => row.pid)
    }
    if (rows.length === 0) {
      // A listing of processes is not one instant: a child born while it was read may be missing from it, and what forks
      // faster than it is read is missing from every one. A group is killed as one, without being read; it was there a
      // moment ago, so its id is nobody else's yet.
      if (confirmed) return []
      confirmed = true
      killGroups(target, last)
      last = []
      continue
    }
    last = rows
    confirmed = false
    signalAll(rows, target, performance.now() - began < options.termGraceMs ? asked : undefined)
    await sleep(pauseMs)
    pauseMs = Math.min(pauseMs * 2, 80)
  }
}

/** Kills the groups that these processes were in. */
function killGroups(target: ProcessTarget, rows: readonly ProcessRow[]): void {
  for (const group of target.groups) if (rows.some((row) => row.group === group)) signal(-group, 'SIGKILL')
}

/** `asked` given: SIGTERM, once for each process. Absent: SIGKILL. */
function signalAll(rows: readonly ProcessRow[], target: ProcessTarget, asked: Set<number> | undefined): void {
  const name = asked ? 'SIGTERM' : 'SIGKILL'
  const whole = new Set<number>()
  for (const row of rows) {
    if (asked?.has(row.pid)) continue
    asked?.add(row.pid)
    if (!target.groups.has(row.group)) signal(row.pid, name)
    else whole.add(row.group)
  }
  // A whole group at once, so that none of its members can fork in between.
  for (const group of whole) signal(-group, name)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // Gone already, or another user's (setuid): the next look says which; what is left is reported at the end.
    if (!isCode(error, 'ESRCH', 'EPERM')) throw error
  }
}

/** Every process of the system that is not a zombie. */
export async function readProcesses(): Promise<ProcessRow[]> {
  if (process.platform !== 'linux') return readProcessesFromPs()
  const rows: ProcessRow[] = []
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  await inBatches(names, async (name) => {
    const stat = (await readProc(`/proc/${name}/stat`)).toString('latin1')
    // The second field is the program's name and may hold anything, brackets and newlines included.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state = 'X', parent, group, session] = fields
    if (stat === '' || state === 'Z' || state === 'X') return
    rows.push({
      pid: Number(name),
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      started: fields[19] ?? '',
    })
  })
  return rows
}

// UNVERIFIED: written for macOS from its manual pages and not run there. Without /proc the environment of a process
// cannot be read, so groups and descent are all there is.
async function readProcessesFromPs(): Promise<ProcessRow[]> {
  const { stdout } = await promisify(execFile)('/bin/ps', ['-axo', 'pid=,ppid=,pgid=,stat=,lstart='])
  const rows: ProcessRow[] = []
  for (const line of stdout.split('\n')) {
    const [pid, parent, group, state = 'Z', ...started] = line.trim().split(/\s+/)
    if (pid === undefined || pid === '' || state.startsWith('Z')) continue
    const groupId = Number(group)
    rows.push({
      pid: Number(pid),
      parent: Number(parent),
      group: groupId,
      session: groupId,
      started: started.join(' '),
    })
  }
  return rows
}

async function readEnvironment(pid: number): Promise<Buffer> {
  return process.platform === 'linux' ? readProc(`/proc/${pid}/environ`) : Buffer.alloc(0)
}

/** A file under /proc, empty when the process is gone or is another user's. */
async function readProc(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return Buffer.alloc(0)
    throw error
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += 32) await Promise.all(items.slice(at, at + 32).map(work))
}
