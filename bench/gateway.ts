/** Sallyport as it is measured: the real program, a config of one server, every control at its default, an audit trail on disk. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The program's entry. */
export const GATEWAY = fileURLToPath(new URL('../packages/gateway/src/cli/main.ts', import.meta.url))

/** The server's id; aggregated, its tool is `up__lookup`. */
export const SERVER = 'up'

/** More than any load here: every call is counted, none is refused. */
const RATE = '90000/s'

export interface Setup {
  readonly configPath: string
  readonly dir: string
  remove(): Promise<void>
}

/** Writes a config into a temporary folder. `server`: what reaches the upstream (`url` or `command`); `more`: other keys. */
export async function writeConfig(server: object, port = 0, more: object = {}): Promise<Setup> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
  const config = {
    version: 1,
    servers: { [SERVER]: { era: 'modern', trust: 'trusted', rate: RATE, ...server } },
    listen: { http: `127.0.0.1:${port}` },
    audit: { dir: join(dir, 'audit') },
    log: { level: 'warn' },
    ...more,
  }
  const configPath = join(dir, 'sallyport.yaml')
  await writeFile(configPath, JSON.stringify(config, null, 2)) // JSON is YAML
  return { configPath, dir, remove: () => rm(dir, { recursive: true, force: true }) }
}
