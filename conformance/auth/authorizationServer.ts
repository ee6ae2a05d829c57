/**
 * The suite's `authorization` command against the gateway's own authorization server. It prints an address and waits for a
 * person with a browser: here a scripted one, which signs in with the owner's passphrase and allows what is asked.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Browser } from '../../evals/auth/signIn/browser.ts'
import { freePort, SignInWorld } from '../../evals/auth/signIn/world.ts'
import { readRun, type SuiteRun, suiteProgram } from '../suite.ts'

const CLIENT = 'conformance'

/**
 * Starts a gateway, runs the command, and answers with every check by scenario.
 *
 * @param specVersion only what that revision asks for; absent: all there is
 */
export async function runAuthorizationServerSuite(specVersion?: string): Promise<SuiteRun> {
  const callbackPort = await freePort()
  const redirect = `http://127.0.0.1:${callbackPort}/callback`
  const world = await SignInWorld.open({ clients: { [CLIENT]: { redirects: [redirect] } } })
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-conformance-as-'))
  try {
    const args = ['authorization', '--url', world.base, '--client-id', CLIENT, '--port', String(callbackPort)]
    args.push('--resource', `${world.base}/mcp`, '--output-dir', folder)
    if (specVersion !== undefined) args.push('--spec-version', specVersion)
    const output = await drive(args, world, `http://127.0.0.1:${callbackPort}`)
    const run = await readRun(folder, 'authorization-server-')
    if (run.size === 0)
      throw new Error(`the suite left no results for ${world.base}:\n${output.slice(-2000)}`)
    return run
  } finally {
    await world.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function drive(args: readonly string[], world: SignInWorld, callback: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [suiteProgram, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let opened = false
    const read = (text: string) => {
      output += text
      const found = new RegExp(`^${RegExp.escape(world.base)}/oauth/authorize\\?\\S+$`, 'm').exec(output)?.[0]
      if (found === undefined || opened) return
      opened = true
      world
        .goThrough(found, new Browser())
        .then(async (landing) => {
          // The browser stops where the program waits; this is its last step.
          if (landing.kind === 'elsewhere' && landing.url.origin === callback) await fetch(landing.url)
          else child.kill()
        })
        .catch(reject)
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    child.once('error', reject)
    child.once('close', () => resolve(output))
  })
}
