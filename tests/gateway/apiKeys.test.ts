/** API keys at a gateway of two workers: made and ended by the command line, in force at once in both. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faultOnPipe, type Home, type HttpGateway, makeHome, startHttpGateway } from './harness.ts'
import { modern, run, send, startWorkers } from './workerClient.ts'

let home: Home
let gateway: HttpGateway
let config: string
let first: string
const made: string[] = []

const AUTH = { auth: { keys: { header: 'X-API-Key' } } }
const servers = () => ({
  bad: {
    ...faultOnPipe(home, 'bad', 'modern'),
    rate: 'unlimited',
    schemas: { arguments: 'off', results: 'off' },
  },
})

beforeAll(async () => {
  home = makeHome()
  config = home.configure({ ...AUTH, servers: servers() })
  // No gateway runs yet.
  first = await create('first')
  gateway = await startWorkers(home, 2, { ...AUTH, servers: servers() })
})
afterAll(async () => {
  await gateway?.stop()
  home.remove()
})

async function keys(...args: string[]) {
  return await run(home, 'keys', ...args, '--config', config)
}

async function create(name: string, ...options: string[]): Promise<string> {
  const { stdout, stderr, code } = await keys('create', name, ...options)
  if (code !== 0) throw new Error(stderr)
  const text = stdout.trim()
  expect(stderr).not.toContain(text)
  made.push(text)
  return text
}

const idOf = (key: string) => key.split('_')[1] ?? ''

/** One call on a connection of its own: connections are dealt to the workers in turn. */
async function call(headers: Record<string, string>) {
  const request = modern('tools/call', { name: 'bad__echo', arguments: { text: 'hi' } })
  return await send(gateway.url, { ...request, headers: { ...request.headers, ...headers } })
}

const bearer = (key: string) => call({ authorization: `Bearer ${key}` })
const reached = () => home.witness('bad.log').filter(({ method }) => method === 'tools/call').length

/** By as many connections as both workers get one of. */
async function statuses(key: string): Promise<number[]> {
  const all = await Promise.all([bearer(key), bearer(key), bearer(key), bearer(key)])
  return all.map(({ status }) => status)
}

describe('a key', () => {
  it('lets its holder call, by either header', async () => {
    expect((await bearer(first)).status).toBe(200)
    const before = reached()
    expect((await call({ 'x-api-key': first })).status).toBe(200)
    expect(reached()).toBe(before + 1)
  })

  it('is made with scopes there are, and with all of them where none is named', async () => {
    const typo = await keys('create', 'typo', '--scope', 'mcp:reed')
    expect([typo.code, typo.stdout]).toEqual([2, ''])
    expect(typo.stderr).toContain('there is mcp:read, mcp')
    const list = JSON.parse((await keys('list', '--json')).stdout).keys as { id: string; scopes: string[] }[]
    expect(list.find(({ id }) => id === idOf(first))?.scopes).toEqual(['mcp'])
  })

  it('that is wrong, unknown, revoked or expired is refused in the same words, and nothing reaches a server', async () => {
    const ended = await create('ended')
    expect((await keys('revoke', idOf(ended))).code).toBe(0)
    const short = await create('short', '--expires', '1ms')
    const elsewhere = await create('elsewhere', '--from', '192.0.2.0/24')
    const before = reached()
    const refused = await Promise.all(
      [ended, short, elsewhere, `${first.slice(0, -1)}!`, 'sp_0000000000_x', first.slice(0, 40)].map(bearer),
    )
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([401]))
    expect(new Set(refused.map(({ text }) => text)).size).toBe(1)
    expect(new Set(refused.map(({ headers }) => headers['www-authenticate'])).size).toBe(1)
    expect(reached()).toBe(before)
  })

  it('is revoked in every worker by the time the command says so', async () => {
    const key = await create('soon')
    expect(await statuses(key)).toEqual([200, 200, 200, 200])
    expect((await keys('revoke', idOf(key))).stdout).toBe(`revoked ${idOf(key)}\n`)
    expect(await statuses(key)).toEqual([401, 401, 401, 401])
  })

  it('is rotated with an overlap, or without one', async () => {
    const key = await create('turn')
    const rotated = await keys('rotate', idOf(key))
    const next = rotated.stdout.trim()
    made.push(next)
    expect(await statuses(next)).toEqual([200, 200, 200, 200])
    expect(await statuses(key)).toEqual([200, 200, 200, 200])
    const { stdout } = await keys('rotate', idOf(next), '--overlap', 'none')
    made.push(stdout.trim())
    expect(await statuses(next)).toEqual([401, 401, 401, 401])
    expect(await statuses(stdout.trim())).toEqual([200, 200, 200, 200])
  })

  it('that is used too often is told to wait', async () => {
    const key = await create('slow', '--rate', '1/h')
    const all = await Promise.all([bearer(key), bearer(key), bearer(key), bearer(key)])
    const limited = all.filter(({ status }) => status === 429)
    // Each worker counts by itself.
    expect(limited.length).toBeGreaterThanOrEqual(2)
    expect(Number(limited[0]?.headers['retry-after'])).toBeGreaterThan(3000)
  })

  it('beside another credential is refused', async () => {
    const before = reached()
    expect((await call({ authorization: 'Bearer a.b.c', 'x-api-key': first })).status).toBe(400)
    expect(reached()).toBe(before)
  })
})

it('no key and no hash of one is shown, logged or recorded anywhere', async () => {
  const listed = await keys('list', '--json')
  const list = JSON.parse(listed.stdout).keys as { readonly id: string; readonly hash?: unknown }[]
  expect(list.map(({ id }) => id)).toEqual(expect.arrayContaining(made.map(idOf)))
  expect(list.some((key) => 'hash' in key || 'pepper' in key)).toBe(false)
  const everything = [listed.stdout, gateway.stderr(), ...texts(home.dir)].join('\n')
  expect(made.filter((key) => everything.includes(key.slice(14)))).toEqual([])
  const trail = texts(home.path('audit')).join('\n')
  expect(trail).toContain('identity.key-created')
  expect(trail).toContain('identity.key-rotated')
  expect(trail).toContain('identity.key-revoked')
  expect(trail).toContain('identity/api-key-expired')
})

it('a gateway whose keys cannot be checked does not start', async () => {
  const other = makeHome()
  try {
    other.env.PEPPER = 'p'.repeat(40)
    const reference = '$'.concat('{env:PEPPER}')
    const file = other.configure({ auth: { keys: { pepper: [reference] } }, servers: {} })
    const { stdout } = await run(other, 'keys', 'create', 'one', '--config', file)
    const start = () => startHttpGateway(other, { auth: { keys: { pepper: [reference] } }, servers: {} })
    other.env.PEPPER = 'q'.repeat(40)
    await expect(start()).rejects.toThrow(/pepper of API keys .* is not there/)
    delete other.env.PEPPER
    await expect(start()).rejects.toThrow(
      /auth\.keys\.pepper\[0\]: .* the variable is not set .* at \S+:\d+:\d+/,
    )
    // Without it keys can still be ended.
    expect((await run(other, 'keys', 'revoke', idOf(stdout.trim()), '--config', file)).code).toBe(0)
  } finally {
    other.remove()
  }
})

function texts(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/compiled'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
}
