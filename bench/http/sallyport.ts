/** Starts `sallyport serve` in front of an upstream. */

import { freePort } from '../../tests/programs/freePort.ts'
import { GATEWAY, SERVER, writeConfig } from '../gateway.ts'
import { startChild } from '../measure/child.ts'
import type { HttpTarget } from './target.ts'

export interface SallyportOptions {
  /** The entry of another checkout, to compare with. */
  readonly program?: string
  readonly env?: NodeJS.ProcessEnv
  /** The server behind it, where that is not `upstream`. */
  readonly server?: object
  /** More of the configuration. */
  readonly more?: object
}

export async function startSallyport(
  upstream: URL | undefined,
  nodeOptions: readonly string[] = [],
  { program = GATEWAY, env = process.env, server, more }: SallyportOptions = {},
): Promise<HttpTarget> {
  const port = await freePort()
  const setup = await writeConfig(server ?? { url: upstream?.href }, port, more)
  const child = startChild(
    [process.execPath, ...nodeOptions, program, 'serve', '--config', setup.configPath],
    env,
  )
  const stop = async () => {
    await child.stop()
    await setup.remove()
  }
  const ready = async () => {
    try {
      return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok
    } catch {
      return false // not listening yet
    }
  }
  try {
    await child.until(ready, 20_000)
  } catch (error) {
    await stop()
    throw error
  }
  return { name: 'sallyport', url: `http://127.0.0.1:${port}/mcp/${SERVER}`, pids: [child.pid], stop }
}
