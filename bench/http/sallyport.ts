/** Starts `sallyport serve` in front of an upstream. `program`: the entry of another checkout, to compare with. */
import { GATEWAY, SERVER, writeConfig } from '../gateway.ts'
import { startChild } from '../measure/child.ts'
import { freePort } from './nginx.ts'
import type { HttpTarget } from './target.ts'

export async function startSallyport(
  upstream: URL,
  nodeOptions: readonly string[] = [],
  program: string = GATEWAY,
): Promise<HttpTarget> {
  const port = await freePort()
  const setup = await writeConfig({ url: upstream.href }, port)
  const child = startChild([process.execPath, ...nodeOptions, program, 'serve', '--config', setup.configPath])
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
