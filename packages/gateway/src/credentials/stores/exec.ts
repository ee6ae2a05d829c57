/**
 * `${exec:NAME}`: what a program prints, such as `op read ...` or `pass show ...`.
 *
 * Only programs that the configuration names in `secrets.exec` are run: it is the file of whoever runs the gateway, and nothing
 * that comes over the network changes it (invariant 8). No shell; the words as they stand; a few harmless variables and those
 * that are named, not the gateway's environment; no input; 64 KiB within a deadline, then the whole process group is ended. What
 * it writes to its error output is not kept: it could hold the secret.
 */
import { isUtf8 } from 'node:buffer'
import { spawn } from 'node:child_process'
import type { ExecConfig } from '../../config/secretStoreConfig.ts'
import { SecretError } from '../../config/secrets.ts'
import { serverEnvironment } from '../../upstream/environment.ts'

const MAX_BYTES = 64 * 1024

/** Runs it. Rejects with `SecretError`, which holds nothing of what the program wrote. */
export function readExec(
  reference: string,
  { command, inheritEnv, timeoutMs }: ExecConfig,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const [program, ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      shell: false,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: serverEnvironment({ parent: env, inherit: inheritEnv, declared: {} }),
      // A group of its own, so that what it started ends with it.
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    const chunks: Buffer[] = []
    let bytes = 0
    const fail = (explain: string, cause?: Error) => {
      clearTimeout(timer)
      endGroup(child.pid)
      reject(new SecretError(reference, explain, { cause }))
    }
    const timer = setTimeout(() => fail(`the program did not end within ${timeoutMs / 1000} s`), timeoutMs)
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_BYTES) fail(`the program wrote more than ${MAX_BYTES} bytes`)
      else chunks.push(chunk)
    })
    child.on('error', (error: NodeJS.ErrnoException) =>
      fail(`the program cannot be started (${error.code ?? 'unknown'})`),
    )
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const text = Buffer.concat(chunks)
      if (code !== 0) fail(`the program ended with ${signal === null ? `code ${code}` : signal}`)
      else if (!isUtf8(text) || text.includes(0)) fail('the program wrote something else than text in UTF-8')
      else if (text.length === 0) fail('the program wrote nothing')
      else resolve(text.toString('utf8').replace(/\r?\n$/, ''))
    })
  })
}

/** The process may be gone, its children not. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
