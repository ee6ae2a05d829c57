/** A home folder of its own for the gateways of a run: no state, cache, socket or daemon of this user is touched or found. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface PrivateWorld {
  readonly dir: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Process ids of the gateways that run in it, by their command (`serve`, `stdio`, ...). */
  gateways(program: string): { readonly pid: number; readonly command: string }[]
  /** Ends those gateways and removes the folder. */
  remove(program: string): Promise<void>
}

export function makePrivateWorld(): PrivateWorld {
  // Short: a socket's path has room for about a hundred characters.
  const dir = mkdtempSync(join(tmpdir(), 'sp-bench-'))
  const place = (name: string) => {
    mkdirSync(join(dir, name), { mode: 0o700 })
    return join(dir, name)
  }
  const env = {
    ...process.env,
    HOME: dir,
    XDG_CONFIG_HOME: place('c'),
    XDG_STATE_HOME: place('s'),
    XDG_DATA_HOME: place('d'),
    XDG_CACHE_HOME: place('k'),
    XDG_RUNTIME_DIR: place('r'),
  }
  const gateways = (program: string) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'status', '--json'], {
      env,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`sallyport status: ${stderr.trim()}`)
    const answer: { readonly gateways: { readonly pid: number; readonly command: string }[] } =
      JSON.parse(stdout)
    return answer.gateways.map(({ pid, command }) => ({ pid, command }))
  }
  return {
    dir,
    env,
    gateways,
    async remove(program) {
      for (const { pid } of gateways(program)) process.kill(pid, 'SIGTERM')
      const deadline = performance.now() + 10_000
      while (gateways(program).length > 0 && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 100))
      for (const { pid } of gateways(program)) process.kill(pid, 'SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
