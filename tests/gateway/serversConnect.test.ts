/** Signing in by hand, and by the link that a client on this machine is given: the real program, a real browserless browser. */
import { execFile, spawn } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type OauthWorld, openOauthWorld } from '../../packages/gateway/src/credentials/testing/oauthWorld.ts'
import { ENVELOPE, type Home, makeHome, PipeClient } from './harness.ts'

const MAIN = fileURLToPath(new URL('../../packages/gateway/src/cli/main.ts', import.meta.url))

let home: Home
let world: OauthWorld
let file: string

beforeEach(async () => {
  home = makeHome()
  world = await openOauthWorld()
  file = home.configure({
    servers: {
      one: {
        url: world.url,
        era: 'legacy',
        oauth: {},
        rate: 'unlimited',
        schemas: { arguments: 'off', results: 'off' },
      },
      plain: { url: world.url, era: 'legacy' },
    },
  })
})
afterEach(async () => {
  await world.close()
  home.remove()
})

const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, [MAIN, ...args, '--config', file], {
    env: home.env,
    cwd: home.dir,
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )

/** `servers connect`, with the address it prints opened by `browse`. */
async function connect(browse: (url: string) => Promise<unknown>) {
  const args = [MAIN, 'servers', 'connect', 'one', '--no-browser', '--config', file]
  const child = spawn(process.execPath, args, {
    env: home.env,
    cwd: home.dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  let stdout = ''
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      if (stdout.includes('\n')) resolve()
    })
    child.on('close', () => resolve())
  })
  await browse(stdout.trim())
  return { code: await ended, stdout, stderr }
}

const textOf = (answer: Awaited<ReturnType<PipeClient['call']>>) =>
  answer.result?.content?.[0]?.text ?? JSON.stringify(answer)

it('a person signs in by the command line, and leaves by it', async () => {
  const connected = await connect((url) => world.browse(url, 'ada'))
  expect(connected).toMatchObject({ code: 0 })
  const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
  await client.initialize()
  expect(textOf(await client.call(1, 'one__whoami'))).toBe('you are ada')
  expect(await run('servers', 'rekey')).toMatchObject({ code: 0 })
  expect(textOf(await client.call(2, 'one__whoami'))).toBe('you are ada')
  const left = await run('servers', 'disconnect', 'one')
  expect(left.stdout).toContain('revoked there')
  expect(world.revoked).toHaveLength(2)
  // The gateway that runs has nothing left either.
  expect(textOf(await client.call(3, 'one__whoami'))).toContain('upstream/sign-in')
  await client.close()
  expect((await run('servers', 'disconnect', 'one')).stdout).toContain('There was no sign-in')
})

it('an answer that is not to this sign-in does not end it, and one of another issuer does', async () => {
  const connected = await connect(async (url) => {
    const forged = new URL((await world.approve(url, 'mallory')).href)
    forged.searchParams.set('state', 'forged')
    expect((await fetch(forged)).status).toBe(400)
    await world.browse(url, 'ada')
  })
  expect(connected.code).toBe(0)
  world.behave.answer = { iss: 'https://evil.example' }
  const refused = await connect((url) => world.browse(url, 'ada'))
  expect(refused.code).toBe(3)
  expect(refused.stderr).toContain('another authorization server')
})

it('a client on a pipe is given a link that its person opens on this machine', async () => {
  const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
  await client.initialize()
  const said = textOf(await client.call(1, 'one__whoami'))
  const [link = ''] = /http:\/\/127\.0\.0\.1:\d+\/oauth\/connect\/[\w-]{43}/.exec(said) ?? []
  expect(await world.browse(link, 'ada')).toMatchObject({ status: 200 })
  expect(textOf(await client.call(2, 'one__whoami'))).toBe('you are ada')
  const { origin, port } = new URL(link)
  expect((await fetch(`${origin}/oauth/connect/${'A'.repeat(43)}`)).status).toBe(404)
  expect((await fetch(`${origin}/anything`)).status).toBe(404)
  // A name that leads here is another site's (DNS rebinding).
  expect((await fetch(`http://localhost:${port}/oauth/client.json`)).status).toBe(421)
  await client.close()
})

it('a legacy client that opens addresses is told by the error of its revision', async () => {
  const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
  await client.initialize({ elicitation: { url: {} } })
  const { error } = await client.call(1, 'one__whoami')
  expect(error).toMatchObject({ code: -32042, data: { elicitations: [{ mode: 'url' }] } })
  await client.close()
})

it.each(['legacy', 'modern'] as const)(
  'a %s client opens an address, also where its host does not wait for ever',
  async (era) => {
    const open = { rate: 'unlimited', schemas: { arguments: 'off', results: 'off' } }
    const hosts = { impatient: { callTimeout: '20s', progressExtends: false } }
    home.configure({ servers: { one: { url: world.url, era, oauth: {}, ...open } }, hosts })
    const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
    const clientInfo = { name: 'impatient', version: '1' }
    const capabilities = { elicitation: { url: {} } }
    if (era === 'legacy') {
      await client.request('init', 'initialize', { protocolVersion: '2025-11-25', capabilities, clientInfo })
      client.send('{"jsonrpc":"2.0","method":"notifications/initialized"}')
      const { error } = await client.call(1, 'one__whoami')
      expect(error).toMatchObject({ code: -32042, data: { elicitations: [{ mode: 'url' }] } })
    } else {
      const { result } = await client.call(
        1,
        'one__whoami',
        {},
        {
          ...ENVELOPE,
          'io.modelcontextprotocol/clientInfo': clientInfo,
          'io.modelcontextprotocol/clientCapabilities': capabilities,
        },
      )
      expect(result).toMatchObject({ resultType: 'input_required' })
      expect(JSON.stringify(result?.inputRequests)).toContain('"mode":"url"')
    }
    await client.close()
  },
)

it('a vault whose key others may read stays shut', async () => {
  await connect((url) => world.browse(url, 'ada'))
  const key = home.path('.local/share/sallyport/vault.key')
  expect(readFileSync(key, 'utf8').trim()).toHaveLength(44)
  chmodSync(key, 0o640)
  const shut = await run('servers', 'disconnect', 'one')
  expect(shut).toMatchObject({ code: 3 })
  expect(shut.stderr).toContain('chmod 600')
  const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
  await client.initialize()
  expect(textOf(await client.call(1, 'one__whoami'))).toContain('cannot be read')
  await client.close()
  expect(world.calls.every(({ token }) => token === undefined)).toBe(true)
})

it('a server without "oauth" cannot be signed in at', async () => {
  expect(await run('servers', 'connect', 'plain')).toMatchObject({ code: 2 })
  expect(await run('servers', 'connect', 'nothing')).toMatchObject({ code: 2 })
})
