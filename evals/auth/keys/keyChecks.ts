/** API keys of every kind of wrong, at rest, rotated, revoked, limited. */
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { newKey } from '../../../packages/gateway/src/identity/keys/keyText.ts'
import { faultOnPipe, startHttpGateway } from '../../../tests/gateway/harness.ts'
import { modern, open as openStream, type Reply, run, send } from '../../../tests/gateway/workerClient.ts'
import type { AuthCheck } from '../check.ts'
import {
  bearer,
  call,
  create,
  elsewhere,
  equal,
  gateway,
  good,
  home,
  idOf,
  keys,
  must,
  reached,
  refused,
  refusedRaw,
  seenOf,
  textsIn,
  until,
} from './stage.ts'

export const keyChecks: readonly AuthCheck[] = [
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
