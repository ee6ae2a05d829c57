/** `mcp-remote`, which stands between a host that speaks over a pipe and a server that wants a sign-in. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expectEqual, expectMatch } from '../auth/expect.ts'
import { freePort, type SignInWorld } from '../auth/signIn/world.ts'
import type { Person } from './chromium.ts'
import { type Step, steps } from './steps.ts'

const PROGRAM = fileURLToPath(new URL('../../node_modules/mcp-remote/dist/proxy.js', import.meta.url))

export async function remoteJourney(world: SignInWorld, person: Person): Promise<readonly Step[]> {
  const port = await freePort()
  // It would open a browser itself: here it finds none, and says where to go.
  const env = { ...world.home.env, MCP_REMOTE_CONFIG_DIR: world.home.path('mcp-remote'), BROWSER: 'false' }
  const args = [
    PROGRAM,
    world.gateway.url,
    String(port),
    '--allow-http',
    '--transport',
    'http-only',
    '--host',
    '127.0.0.1',
  ]
  const child = spawn(process.execPath, args, { env, cwd: world.home.dir, stdio: 'pipe' })
  let said = ''
  let answers = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    answers += text
  })
  const { step, done } = steps()
  const say = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  try {
    await step('sends its person to the sign-in, and gets a token', async () => {
      const url = await until(
        'an address to open',
        () => /^\s*(http\S+\/oauth\/authorize\S+)/m.exec(said)?.[1],
      )
      const redirect = new URL(new URL(url).searchParams.get('redirect_uri') ?? '')
      const visit = await person.allow(url, {
        passphrase: world.passphrase,
        redirect: redirect.origin + redirect.pathname,
      })
      expectEqual('complaints of the browser', visit.complaints, [])
      await until('a connection', () => (/established|Proxy/i.test(said) ? 'yes' : undefined))
    })
    await step('lists and calls tools through it', async () => {
      const clientInfo = { name: 'host', version: '1' }
      say({
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
      })
      await until('an answer', () => (answers.includes('"id":1') ? 'yes' : undefined))
      say({ method: 'notifications/initialized' })
      say({ id: 2, method: 'tools/call', params: { name: 'files__echo', arguments: { text: 'through' } } })
      const answer = await until('the answer of the call', () =>
        answers.split('\n').find((line) => line.includes('"id":2')),
      )
      expectMatch('the answer', answer, /through/)
    })
  } finally {
    child.kill('SIGKILL')
  }
  return done

  async function until(what: string, found: () => string | undefined): Promise<string> {
    const end = Date.now() + 45_000
    for (;;) {
      const value = found()
      if (value !== undefined) return value
      if (Date.now() > end) throw new Error(`not within 45 s: ${what}; it said ${said.slice(-400)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
