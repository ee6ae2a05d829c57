/** What the cases of keys and secrets share: a gateway, a vault, and a server that sees what it is sent. */
import { spawn } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import {
  openTestVault,
  type TestVault,
} from '../../../packages/gateway/src/credentials/stores/testVault.fixture.ts'
import {
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  startHttpGateway,
} from '../../../tests/gateway/harness.ts'
import { modern, type Reply, run, send } from '../../../tests/gateway/workerClient.ts'

export const FREE = { rate: 'unlimited', schemas: { arguments: 'off', results: 'off' } }
export const reference = (text: string) => '$'.concat(`{${text}}`)

export let home: Home
export let gateway: HttpGateway
export let vault: TestVault
/** A server over HTTP whose credential is seen. */
export let remote: Server
export const credentials = new Set<string>()
export let good: string

export async function open(): Promise<void> {
  home = makeHome()
  vault = await openTestVault('vault-token-of-the-evaluation')
  vault.leaseSeconds = 1
  vault.secrets.set('secret/data/remote', { token: 'first-value-of-the-remote' })
  home.env.VAULT_TOKEN = vault.token
  home.env.UNRELATED_TOKEN = 'unrelated-token-of-the-gateway'
  remote = createServer((incoming, outgoing) => {
    credentials.add(String(incoming.headers.authorization))
    outgoing.writeHead(503).end()
  })
  await new Promise<void>((resolve) => remote.listen(0, '127.0.0.1', resolve))
  home.configure(configuration())
  good = await create('good')
  gateway = await startHttpGateway(home, configuration())
}

export async function close(): Promise<void> {
  await gateway.stop()
  await vault.close()
  remote.closeAllConnections()
  remote.close()
  home.remove()
}

export function configuration() {
  const open = home.path('open.secret')
  writeFileSync(open, 'secret-in-an-open-file')
  chmodSync(open, 0o644)
  const { command } = faultOnPipe(home, 'env', 'modern')
  const dump = `require('fs').writeFileSync(${JSON.stringify(home.path('dump'))}, JSON.stringify(process.env))`
  const words = [
    process.execPath,
    '-e',
    `process.stdout.write(JSON.stringify([process.argv.slice(1), process.env]))`,
  ]
  const onPipe = (name: string, env: object) => ({ ...FREE, ...faultOnPipe(home, name, 'modern'), env })
  return {
    auth: { keys: { header: 'X-API-Key' } },
    secrets: {
      vault: { address: vault.url },
      exec: {
        said: { command: [...words, '$(id)', '; id', '*'] },
        slow: { command: [process.execPath, '-e', 'setInterval(() => {}, 1000)'], timeout: '300ms' },
        large: { command: [process.execPath, '-e', 'process.stdout.write("x".repeat(100000))'] },
      },
    },
    servers: {
      bad: { ...FREE, ...faultOnPipe(home, 'bad', 'modern') },
      env: {
        ...FREE,
        era: 'modern',
        command: [
          process.execPath,
          '--import',
          `data:text/javascript,${encodeURIComponent(`import { createRequire } from 'node:module'; const require = createRequire('${import.meta.url}'); ${dump}`)}`,
          ...command.slice(1),
        ],
        env: { SAID: reference('exec:said') },
      },
      unset: onPipe('unset', { A: reference('env:IS_NOT_SET') }),
      open: onPipe('open', { A: reference(`file:${open}`) }),
      slow: onPipe('slow', { A: reference('exec:slow') }),
      large: onPipe('large', { A: reference('exec:large') }),
      unnamed: onPipe('unnamed', { A: reference('exec:unnamed') }),
      away: {
        ...FREE,
        era: 'modern',
        url: `http://127.0.0.1:${(remote.address() as AddressInfo).port}/mcp`,
        headers: { Authorization: `Bearer ${reference('vault:secret/remote#token')}` },
      },
    },
  }
}

export async function keys(...args: string[]) {
  return await run(home, 'keys', ...args, '--config', home.path('sallyport.json'))
}

export async function create(name: string, ...options: string[]): Promise<string> {
  const { stdout, stderr, code } = await keys('create', name, ...options)
  must(code === 0, `a key was not made: ${stderr}`)
  return stdout.trim()
}

export const idOf = (key: string) => key.split('_')[1] ?? ''
export const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

export function call(headers: Record<string, string>, name = 'bad__echo', query = ''): Promise<Reply> {
  const asked = modern('tools/call', { name, arguments: { text: 'hi' } })
  return send(`${gateway.url}${query}`, { ...asked, headers: { ...asked.headers, ...headers } })
}

/** Calls that reached the server behind the gateway. */
export const reached = () => home.witness('bad.log').filter(({ method }) => method === 'tools/call').length

export function must(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence)
}

export function equal(what: string, got: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(got), JSON.stringify(wanted)]
  must(one === other, `${what}: ${one}, not ${other}`)
}

/** What a client can see of a refusal. */
export const seenOf = ({ status, text, headers }: Reply) => [status, text, headers['www-authenticate']]

export async function refused(headers: Record<string, string>, status = 401): Promise<Reply> {
  const before = reached()
  const reply = await call(headers)
  equal('the status', reply.status, status)
  equal('calls that reached the server', reached(), before)
  return reply
}

/** Bytes that Node's own client would not send. */
export async function refusedRaw(value: Buffer): Promise<void> {
  const { connect } = await import('node:net')
  const url = new URL(gateway.url)
  const before = reached()
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => {
      socket.write(
        `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\nAuthorization: Bearer `,
      )
      socket.write(value)
      socket.write('\r\n\r\n{}')
    })
    let said = ''
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1')
    })
    socket.on('close', () => resolve(said))
    socket.on('error', (error: NodeJS.ErrnoException) => (said === '' ? reject(error) : resolve(said)))
  })
  // Bytes that no header may have, and heads over 16 KiB, are refused before anybody reads a credential.
  must(/^HTTP\/1\.1 (?:400|401|431) /.test(answer), `answered with ${answer.slice(0, 40)}`)
  must(!/\bat .*\.ts:\d+/.test(answer), 'a stack was shown')
  equal('calls that reached the server', reached(), before)
  equal('afterwards', (await call(bearer(good))).status, 200)
}

export async function toolText(name: string): Promise<string> {
  const reply = await call(bearer(good), name)
  return reply.messages.at(-1)?.result?.content?.[0]?.text ?? reply.text
}

export function textsIn(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 20_000
  while (!(await holds())) {
    must(Date.now() < end, `not within 20 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Runs the program to its end with a text on its input. */
export async function runWith(input: string, ...args: string[]) {
  const main = new URL('../../../packages/gateway/src/cli/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, ...args], { env: home.env, cwd: home.dir, stdio: 'pipe' })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, said }
}

/** A configuration of its own, in a home of its own. */
export async function elsewhere(work: (other: Home) => Promise<void>): Promise<void> {
  const other = makeHome()
  try {
    await work(other)
  } finally {
    other.remove()
  }
}
