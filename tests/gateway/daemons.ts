/** The daemons of a test's home: found by the configuration they were started with, and never left behind. */
import { readdirSync, readFileSync } from 'node:fs'
import { eventually, type Home, processesWith } from './harness.ts'

/** Daemons that serve a configuration in this folder. */
export function daemonsIn(folder: string): number[] {
  return processesWith('daemonProcess').filter((pid) => commandOf(pid).includes(folder))
}

/** Ends them, at once, and waits until they are gone. */
export async function endDaemonsIn(folder: string): Promise<void> {
  for (const pid of daemonsIn(folder)) send(pid, 'SIGKILL')
  await eventually('the end of the daemons', () => daemonsIn(folder).length === 0, 30_000)
}

export const daemonsOf = (home: Home): number[] => daemonsIn(home.dir)
export const endDaemons = (home: Home): Promise<void> => endDaemonsIn(home.dir)

export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** What the daemons of this home have in their folder for relays. */
export function runtimeFiles(home: Home): string[] {
  return readdirSync(home.path('.local/state/sallyport/run'))
}

export function daemonLog(home: Home): string {
  const folder = home.path('.local/state/sallyport')
  const names = readdirSync(folder).filter((name) => /^daemon-.*\.log$/.test(name))
  return names.map((name) => readFileSync(`${folder}/${name}`, 'utf8')).join('')
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return ''
    throw error
  }
}
