/** A fault server of the modern era over HTTP, in a process of its own. */
import { spawn } from 'node:child_process'
import { FAULT_SERVER, type Home } from './harness.ts'

export interface RemoteServer {
  readonly url: string
  stop(): void
}

/** Its witness is `NAME.log` of the home. */
export async function startRemote(home: Home, name: string): Promise<RemoteServer> {
  const args = [
    FAULT_SERVER,
    '--era',
    'modern',
    '--name',
    name,
    '--log',
    home.path(`${name}.log`),
    '--http',
    '0',
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const found = /listening (http:\S+)/.exec(said)
      if (found?.[1] !== undefined) resolve(found[1])
    })
    child.on('close', () => reject(new Error(`the server ended: ${said}`)))
  })
  return { url, stop: () => void child.kill() }
}
