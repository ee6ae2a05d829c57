/**
 * API keys and secret references, over the wire: keys of every kind of wrong, at rest, rotated, revoked, limited; secrets that
 * are literal, missing, open to others, renewed, given to programs.
 */
import { spawn } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import {
  openTestVault,
  type TestVault,
} from '../../packages/gateway/src/credentials/stores/testVault.fixture.ts'
import { newKey } from '../../packages/gateway/src/identity/keys/keyText.ts'
import {
  faultOnPipe,
  type Home,
  type HttpGateway,
  makeHome,
  startHttpGateway,
} from '../../tests/gateway/harness.ts'
import { modern, open as openStream, type Reply, run, send } from '../../tests/gateway/workerClient.ts'
import type { AuthCheck } from './check.ts'

const FREE = { rate: 'unlimited', schemas: { arguments: 'off', results: 'off' } }
const reference = (text: string) => '$'.concat(`{${text}}`)

let home: Home
let gateway: HttpGateway
let vault: TestVault
/** A server over HTTP whose credential is seen. */
let remote: Server
const credentials = new Set<string>()
let good: string

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

function configuration() {
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

async function keys(...args: string[]) {
  return await run(home, 'keys', ...args, '--config', home.path('sallyport.json'))
}

async function create(name: string, ...options: string[]): Promise<string> {
  const { stdout, stderr, code } = await keys('create', name, ...options)
  must(code === 0, `a key was not made: ${stderr}`)
  return stdout.trim()
}

const idOf = (key: string) => key.split('_')[1] ?? ''
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

function call(headers: Record<string, string>, name = 'bad__echo', query = ''): Promise<Reply> {
  const asked = modern('tools/call', { name, arguments: { text: 'hi' } })
  return send(`${gateway.url}${query}`, { ...asked, headers: { ...asked.headers, ...headers } })
}

/** Calls that reached the server behind the gateway. */
const reached = () => home.witness('bad.log').filter(({ method }) => method === 'tools/call').length

function must(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence)
}

function equal(what: string, got: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(got), JSON.stringify(wanted)]
  must(one === other, `${what}: ${one}, not ${other}`)
}

/** What a client can see of a refusal. */
const seenOf = ({ status, text, headers }: Reply) => [status, text, headers['www-authenticate']]

async function refused(headers: Record<string, string>, status = 401): Promise<Reply> {
  const before = reached()
  const reply = await call(headers)
  equal('the status', reply.status, status)
  equal('calls that reached the server', reached(), before)
  return reply
}

/** Bytes that Node's own client would not send. */
async function refusedRaw(value: Buffer): Promise<void> {
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

async function toolText(name: string): Promise<string> {
  const reply = await call(bearer(good), name)
  return reply.messages.at(-1)?.result?.content?.[0]?.text ?? reply.text
}

function textsIn(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 20_000
  while (!(await holds())) {
    must(Date.now() < end, `not within 20 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Runs the program to its end with a text on its input. */
async function runWith(input: string, ...args: string[]) {
  const main = new URL('../../packages/gateway/src/cli/main.ts', import.meta.url).pathname
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
async function elsewhere(work: (other: Home) => Promise<void>): Promise<void> {
  const other = makeHome()
  try {
    await work(other)
  } finally {
    other.remove()
  }
}

const ofKeys: readonly AuthCheck[] = [
  {
    id: 'SP-KEY-001',
    title: 'a good key calls, by either header',
    async run() {
      equal('Authorization', (await call(bearer(good))).status, 200)
      equal('X-API-Key', (await call({ 'x-api-key': good })).status, 200)
    },
  },
  {
    id: 'KEY-002',
    title: 'at rest there is no key',
    async run() {
      const state = textsIn(home.path('.local'))
      must(!state.includes(good.slice(14)), 'a file of the gateway has the key')
      must(state.includes(idOf(good)), 'no file of the gateway has its id: the wrong folder was searched')
    },
  },
  {
    id: 'KEY-003',
    title: 'an unknown id and a wrong secret look the same',
    async run() {
      const { randomBytes } = await import('node:crypto')
      const unknown = await refused(bearer(newKey(randomBytes).text))
      const wrong = await refused(bearer(`${good.slice(0, -1)}${good.endsWith('a') ? 'b' : 'a'}`))
      equal('the answers', seenOf(unknown), seenOf(wrong))
    },
  },
  {
    id: 'SP-KEY-002',
    title: 'a revoked key looks like an unknown one, from the moment the command ends',
    async run() {
      const key = await create('revoked')
      equal('before', (await call(bearer(key))).status, 200)
      equal('the command', (await keys('revoke', idOf(key))).code, 0)
      equal('the answers', seenOf(await refused(bearer(key))), seenOf(await refused(bearer('sp_x'))))
    },
  },
  {
    id: 'KEY-005',
    title: 'an expired key is refused',
    async run() {
      const key = await create('short', '--expires', '1ms')
      await refused(bearer(key))
    },
  },
  {
    id: 'KEY-007',
    title: 'old and new are good until the overlap is over',
    async run() {
      const old = await create('turning')
      const next = (await keys('rotate', idOf(old), '--overlap', '4s')).stdout.trim()
      equal('the new one', (await call(bearer(next))).status, 200)
      // Where the command took longer than that there is nothing to see.
      await until('the old one ended', async () => (await call(bearer(old))).status === 401)
      equal('the new one afterwards', (await call(bearer(next))).status, 200)
      const long = await create('turning slowly')
      const newer = (await keys('rotate', idOf(long))).stdout.trim()
      equal(
        'within the overlap',
        [(await call(bearer(long))).status, (await call(bearer(newer))).status],
        [200, 200],
      )
    },
  },
  {
    id: 'KEY-008',
    title: 'a tool beyond the scopes of a key is 403, without a hint to sign in',
    async run() {
      const key = await create('reader', '--scope', 'mcp:read')
      const reply = await refused(bearer(key), 403)
      const hint = String(reply.headers['www-authenticate'] ?? '')
      must(!/resource_metadata/i.test(hint), 'the client is sent to sign in')
    },
  },
  {
    id: 'KEY-010',
    title: 'a key in the query string is refused, recorded, and shown nowhere',
    async run() {
      const before = reached()
      const reply = await call({}, 'bad__echo', `?api_key=${good}`)
      equal('the status', reply.status, 401)
      equal('calls that reached the server', reached(), before)
      await until('it is on record', () => textsIn(home.path('audit')).includes('identity/in-query'))
      await until('the log warns', () => gateway.stderr().includes(`identity.in-query key=${idOf(good)}`))
      const said = `${reply.text}${gateway.stderr()}${textsIn(home.path('audit'))}`
      must(!said.includes(good.slice(14)), 'the key is shown')
    },
  },
  {
    id: 'KEY-012',
    title: 'two credentials are one too many',
    async run() {
      await refused({ ...bearer('eyJhbGciOiJFUzI1NiJ9.e30.c2ln'), 'x-api-key': good }, 400)
      await refused({ ...bearer(good), 'x-api-key': good }, 400)
    },
  },
  {
    id: 'KEY-013',
    title: 'a key is shown once',
    async run() {
      const { stdout, stderr } = await keys('create', 'once', '--json')
      const { key, id } = JSON.parse(stdout)
      must(typeof key === 'string' && key.startsWith(`sp_${id}_`), 'the key was not printed')
      must(!stderr.includes(key), 'the key was printed twice')
      const listed = await keys('list', '--json')
      must(listed.stdout.includes(id) && !listed.stdout.includes(key.slice(14, -4)), 'the list shows the key')
    },
  },
  {
    id: 'KEY-014',
    title: '256 bits of a generator for secrets, a checksum, a prefix',
    async run() {
      must(/^sp_[0-9a-z]{10}_[0-9A-Za-z]{49}$/.test(good), 'the key has another form')
      must(62 ** 43 >= 2 ** 256, '43 digits hold 256 bits')
      const others = await Promise.all(['a', 'b', 'c'].map((name) => create(name)))
      equal('different keys', new Set([good, ...others].map((key) => key.slice(14))).size, 4)
    },
  },
  {
    id: 'KEY-015',
    title: 'guessing is slowed down, and a good key goes on',
    // A gateway of its own: the others would be refused for these guesses too.
    run: () =>
      elsewhere(async (other) => {
        const { randomBytes } = await import('node:crypto')
        const config = { auth: { keys: {} }, servers: { bad: faultOnPipe(other, 'bad', 'modern') } }
        const file = other.configure(config)
        const key = (await run(other, 'keys', 'create', 'one', '--config', file)).stdout.trim()
        const running = await startHttpGateway(other, config)
        const asked = modern('tools/list', {})
        const ask = (one: string) =>
          send(running.url, { ...asked, headers: { ...asked.headers, ...bearer(one) } })
        try {
          let limited: Reply | undefined
          for (let at = 0; at < 400 && limited === undefined; at++) {
            const reply = await ask(newKey(randomBytes).text)
            if (reply.status === 429) limited = reply
          }
          must(limited !== undefined, '400 guesses from one address were all answered with 401')
          must(Number(limited.headers['retry-after']) > 0, 'nobody says how long to wait')
          equal('the good key', (await ask(key)).status, 200)
        } finally {
          await running.stop()
        }
      }),
  },
  {
    id: 'KEY-016',
    title: 'without its pepper a gateway does not start; with a new one old keys go on',
    run: () =>
      elsewhere(async (other) => {
        const config = { auth: { keys: {} }, servers: { bad: faultOnPipe(other, 'bad', 'modern') } }
        const file = other.configure(config)
        const key = (await run(other, 'keys', 'create', 'one', '--config', file)).stdout.trim()
        const pepper = join(other.dir, '.local/share/sallyport/keys.pepper')
        renameSync(pepper, `${pepper}.away`)
        const started = await startHttpGateway(other, config).then(
          async (running) => {
            await running.stop()
            return 'it started'
          },
          (error: unknown) => String(error),
        )
        must(/pepper/.test(started), `without its pepper: ${started}`)
        renameSync(`${pepper}.away`, pepper)
        equal('the rotation', (await run(other, 'keys', 'pepper', 'rotate', '--config', file)).code, 0)
        const running = await startHttpGateway(other, config)
        try {
          const asked = modern('tools/list', {})
          const reply = await send(running.url, { ...asked, headers: { ...asked.headers, ...bearer(key) } })
          equal('a key under the old pepper', reply.status, 200)
        } finally {
          await running.stop()
        }
      }),
  },
  {
    id: 'KEY-017',
    title: 'keys with NUL, Unicode or 64 KB are refused and break nothing',
    async run() {
      await refusedRaw(Buffer.from(`${good}\0`))
      await refusedRaw(Buffer.from(`${good.slice(0, 20)}\u{e9}\u{1f511}`))
      await refusedRaw(Buffer.from([0x73, 0x70, 0x5f, 0xff, 0xfe]))
      await refusedRaw(Buffer.from('sp_'.padEnd(8 * 1024, 'a')))
      await refusedRaw(Buffer.from('sp_'.padEnd(64 * 1024, 'a')))
    },
  },
  {
    id: 'KEY-018',
    title: 'a key is good from its networks only, by the address of the socket',
    async run() {
      const here = await create('here', '--from', '127.0.0.0/8')
      const there = await create('there', '--from', '192.0.2.0/24')
      equal('from here', (await call(bearer(here))).status, 200)
      await refused(bearer(there))
      await refused({ ...bearer(there), 'x-forwarded-for': '192.0.2.7', forwarded: 'for=192.0.2.7' })
    },
  },
  {
    id: 'SP-KEY-003',
    title: 'a key has a rate of its own',
    async run() {
      const key = await create('slow', '--rate', '2/h')
      const statuses = [await call(bearer(key)), await call(bearer(key)), await call(bearer(key))]
      equal(
        'three calls',
        statuses.map(({ status }) => status),
        [200, 200, 429],
      )
      must(Number(statuses[2]?.headers['retry-after']) > 0, 'nobody says how long to wait')
    },
  },
  {
    id: 'SP-KEY-004',
    title: 'a rotated key is the same caller',
    async run() {
      const old = await create('same')
      const next = (await keys('rotate', idOf(old))).stdout.trim()
      await call(bearer(next), 'bad__echo')
      await until('it is on record', () =>
        textsIn(home.path('audit')).includes(`[\\"key\\",\\"${idOf(old)}\\"]`),
      )
    },
  },
  {
    id: 'SP-KEY-005',
    title: 'the open stream and the session of a key end with it',
    async run() {
      const key = await create('listening')
      const params = {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'eval', version: '1' },
      }
      const body = { jsonrpc: '2.0', id: 0, method: 'initialize', params }
      const opened = await send(gateway.url, { headers: bearer(key), body })
      const session = String(opened.headers['mcp-session-id'])
      const headers = { ...bearer(key), 'mcp-session-id': session, 'mcp-protocol-version': '2025-06-18' }
      const stream = await openStream(gateway.url, { method: 'GET', headers })
      equal('the stream', stream.status, 200)
      let ended = false
      stream.ended.then(
        () => {
          ended = true
        },
        () => {
          ended = true
        },
      )
      equal('the command', (await keys('revoke', idOf(key))).code, 0)
      await until('the stream ended', () => ended)
      const other = await send(gateway.url, {
        headers: { ...headers, ...bearer(good) },
        body: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      })
      must(other.status === 404 || other.status === 403, `another key got ${other.status} at the session`)
    },
  },
]

const ofSecrets: readonly AuthCheck[] = [
  {
    id: 'SEC-001',
    title: 'a literal secret in the configuration is refused with its key and the command that moves it',
    run: () =>
      elsewhere(async (other) => {
        const literal = ['ghp_', 'q7Rm2xZp9LdK4vTn', 'q7Rm2xZp9LdK4vTn12ab'].join('')
        const file = other.configure({ servers: { a: { command: ['x'], env: { GITHUB_TOKEN: literal } } } })
        const { code, stderr } = await run(other, 'servers', '--config', file)
        equal('the exit code', code, 2)
        must(
          stderr.includes('GITHUB_TOKEN') && !stderr.includes(literal),
          'the field is not named, or the value is',
        )
        must(stderr.includes('sallyport secrets set GITHUB_TOKEN'), 'nobody says how to move it')
      }),
  },
  {
    id: 'SEC-002',
    title: 'a variable that is not set stops its server, named',
    run: () => stopped('unset', [reference('env:IS_NOT_SET')]),
  },
  {
    id: 'SEC-003',
    title: 'a secret file that others can read stops its server',
    run: () => stopped('open', ['open.secret', 'chmod 600']),
  },
  {
    id: 'SEC-005',
    title: 'what a vault renews is used without a restart',
    async run() {
      await call(bearer(good), 'away__echo')
      await until('the first value was sent', async () => {
        await call(bearer(good), 'away__echo')
        return credentials.has('Bearer first-value-of-the-remote')
      })
      vault.secrets.set('secret/data/remote', { token: 'renewed-value-of-the-remote' })
      await until('the renewed value was sent', async () => {
        await call(bearer(good), 'away__echo')
        return credentials.has('Bearer renewed-value-of-the-remote')
      })
    },
  },
  {
    id: 'SEC-007',
    title: 'no secret is taken from the command line',
    async run() {
      const config = ['--config', home.path('sallyport.json')]
      const set = await runWith('', 'secrets', 'set', 'name', 'value-on-a-command-line', ...config)
      equal('secrets set NAME VALUE', set.code, 2)
      const revoke = await keys('revoke', good)
      equal('keys revoke KEY', revoke.code, 2)
      must(!revoke.stderr.includes(good), 'the key is repeated')
      const kept = await runWith('value-on-standard-input\n', 'secrets', 'set', 'name', ...config)
      equal('secrets set NAME', kept.code, 0)
      must(!kept.said.includes('value-on-standard-input'), 'the value is repeated')
    },
  },
  {
    id: 'SEC-008',
    title: 'a local server gets the variables it is given, and no others of the gateway',
    async run() {
      await call(bearer(good), 'env__echo')
      const environment = JSON.parse(readFileSync(home.path('dump'), 'utf8'))
      must('SAID' in environment, 'what was given is missing')
      const others = ['UNRELATED_TOKEN', 'VAULT_TOKEN'].filter((name) => name in environment)
      equal('variables of the gateway', others, [])
    },
  },
  {
    id: 'SEC-009',
    title: 'a program for a secret: named, no shell, a deadline, a limit, no other variables',
    async run() {
      await call(bearer(good), 'env__echo')
      const [args, environment] = JSON.parse(JSON.parse(readFileSync(home.path('dump'), 'utf8')).SAID)
      equal('its arguments', args, ['$(id)', '; id', '*'])
      must(
        !('UNRELATED_TOKEN' in environment) && !('VAULT_TOKEN' in environment),
        'it sees the variables of the gateway',
      )
      await stopped('slow', [reference('exec:slow'), 'did not end within'])
      await stopped('large', [reference('exec:large'), 'more than'])
      await stopped('unnamed', [reference('exec:unnamed'), 'secrets.exec'])
    },
  },
]

/** The server was not started, its caller is told why, and the others go on. */
async function stopped(server: string, says: readonly string[]): Promise<void> {
  const text = await toolText(`${server}__echo`)
  for (const one of says) must(text.includes(one), `"${server}" says ${text.slice(0, 200)}, without ${one}`)
  equal(`what "${server}" was sent`, home.witness(`${server}.log`).length, 0)
  equal('another server', (await call(bearer(good))).status, 200)
}

export const checks: readonly AuthCheck[] = [...ofKeys, ...ofSecrets]
