import { randomBytes } from 'node:crypto'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServerConfig } from '../../config/config.ts'
import { parseConfig } from '../../config/load.ts'
import { makeLog } from '../../log.ts'
import type { SurfaceScope } from './surfaceKey.ts'
import { SurfaceStore } from './surfaceStore.ts'
import { SurfaceView } from './surfaceView.ts'

let dir: string
let said: string[]
const KEY = randomBytes(32)
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-surfaces-'))
  said = []
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function store(
  options: { owner?: string; env?: Record<string, string>; now?: () => number; key?: Buffer } = {},
): SurfaceStore {
  const log = makeLog({
    level: 'debug',
    format: 'json',
    write: (line) => said.push(line),
    now: () => new Date(),
  })
  return new SurfaceStore({
    folder: join(dir, 'surfaces'),
    key: KEY,
    env: {},
    owner: '/c.yaml',
    now: () => Date.now(),
    log,
    ...options,
  })
}

function server(entry: object = {}, id = 'a'): ServerConfig {
  const text = JSON.stringify({ version: 1, servers: { [id]: { command: ['x'], ...entry } } })
  const parsed = parseConfig(Buffer.from(text), join(dir, 'c.json'), { env: {}, homeDir: dir })
  if (!parsed.ok || parsed.config.servers[0] === undefined) throw new Error('no server')
  return parsed.config.servers[0]
}

const ANN: SurfaceScope = {
  era: 'legacy',
  revision: '2025-11-25',
  principal: '["test","ann"]',
  declared: '{}',
  client: 'c',
}
const ignore = () => undefined
const CONNECTION = {}

/** Notes a list as if the server had just given it. */
async function keep(config: ServerConfig, scope: SurfaceScope, name: string, into = store()): Promise<void> {
  const surfaces = into.of(config, ignore)
  await surfaces.load()
  const view = new SurfaceView(surfaces, scope)
  view.greeted({ instructions: name })
  view.note('tools/list', undefined, { tools: [{ name }] }, CONNECTION)
  await surfaces.settled()
}

async function known(config: ServerConfig, scope: SurfaceScope, from = store()): Promise<string> {
  const surfaces = from.of(config, ignore)
  await surfaces.load()
  const view = new SurfaceView(surfaces, scope)
  return JSON.stringify([view.page('tools/list', undefined) ?? null, view.greeting() ?? null])
}

const NOTHING = '[null,null]'
const files = () => readdirSync(join(dir, 'surfaces'))

describe('what is remembered of a server', () => {
  it('is there for the same configuration and scope, and for no other', async () => {
    await keep(server(), ANN, 'one')
    expect(await known(server(), ANN)).toContain('one')
    const others: Partial<SurfaceScope>[] = [
      { principal: '["test","bob"]' },
      { declared: '{"roots":{}}' },
      { revision: '2025-06-18' },
      { era: 'modern' },
      { client: 'other' },
    ]
    for (const other of others) expect(await known(server(), { ...ANN, ...other })).toBe(NOTHING)
  })

  it.each([
    ['another command', { command: ['y'] }],
    ['another argument', { args: ['--all'] }],
    ['another folder', { cwd: 'elsewhere' }],
    ['another variable', { env: { MODE: 'x' } }],
    ['a remote one', { command: undefined, url: 'https://mcp.example.com/mcp' }],
  ])('is nothing for %s', async (_what, entry) => {
    await keep(server(), ANN, 'one')
    expect(await known(server(entry), ANN)).toBe(NOTHING)
  })

  it('is nothing for another credential under the same name', async () => {
    const config = server({
      command: undefined,
      url: 'https://mcp.example.com/mcp',
      headers: { authorization: `Bearer \${env:TOKEN}` },
    })
    await keep(config, ANN, 'one', store({ env: { TOKEN: 'first' } }))
    expect(await known(config, ANN, store({ env: { TOKEN: 'second' } }))).toBe(NOTHING)
    expect(await known(config, ANN, store({ env: { TOKEN: 'first', OTHER: 'x' } }))).toContain('one')
    for (const name of files()) expect(name).not.toContain('first')
  })

  it('never crosses principals, not even in one file', async () => {
    const bob = { ...ANN, principal: '["test","bob"]' }
    const both = store()
    await keep(server(), ANN, 'anns', both)
    await keep(server(), bob, 'bobs', both)
    expect(files()).toHaveLength(1)
    expect(await known(server(), ANN)).toBe('[{"tools":[{"name":"anns"}]},{"instructions":"anns"}]')
    expect(await known(server(), bob)).toBe('[{"tools":[{"name":"bobs"}]},{"instructions":"bobs"}]')
  })

  it('tells nothing of principals, configurations or secrets in its file', async () => {
    const config = server({
      env: { TOKEN: `\${env:SECRET_NAME}`, PLAIN: 'plain-value' },
      args: ['--project', 'hush'],
    })
    await keep(config, { ...ANN, declared: '{"hush":1}' }, 'one')
    const [name = ''] = files()
    const text = readFileSync(join(dir, 'surfaces', name), 'latin1')
    for (const told of ['ann', 'hush', 'SECRET_NAME', 'plain-value', 'c.yaml'])
      expect(text).not.toContain(told)
  })

  // Two that write at the very same moment: the later one's file stands, and what it lacks is asked for again.
  it('survives another gateway that writes the same file in between', async () => {
    const [one, two] = [store(), store()]
    const bob = { ...ANN, principal: '["test","bob"]' }
    await keep(server(), ANN, 'anns', one)
    await keep(server(), bob, 'bobs', two)
    await keep(server(), { ...ANN, client: 'third' }, 'thirds', one)
    expect(await known(server(), bob)).toContain('bobs')
  })

  it('is bounded: a list that is too long is asked for, old scopes are forgotten', async () => {
    const surfaces = store().of(server(), ignore)
    await surfaces.load()
    const view = new SurfaceView(surfaces, ANN)
    view.note('tools/list', undefined, { tools: [{ name: 'x'.repeat(1024 * 1024) }] }, CONNECTION)
    for (let at = 0; at < 100; at++) {
      const scope = { ...ANN, principal: String(at) }
      new SurfaceView(surfaces, scope).note(
        'tools/list',
        undefined,
        { tools: [{ name: `t${at}` }] },
        CONNECTION,
      )
    }
    await surfaces.settled()
    expect(await known(server(), ANN)).toBe(NOTHING)
    expect(await known(server(), { ...ANN, principal: '0' })).toBe(NOTHING)
    expect(await known(server(), { ...ANN, principal: '99' })).toContain('t99')
  })
})

describe('a file', () => {
  it.each([
    ['was cut', (bytes: Buffer) => bytes.subarray(0, -3)],
    ['was altered', (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('one', 'two'), 'latin1')],
    [
      'is of another version',
      (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace(/ 1 /, ' 0 '), 'latin1'),
    ],
  ])('that %s is ignored, and the log says so', async (_what, spoil) => {
    await keep(server(), ANN, 'one')
    const [name = ''] = files()
    const path = join(dir, 'surfaces', name)
    writeFileSync(path, spoil(readFileSync(path)))
    expect(await known(server(), ANN)).toBe(NOTHING)
    expect(said.join('')).toContain('surface.ignored')
  })

  it("that another gateway's key wrote, or that is another server's, is ignored under our name", async () => {
    await keep(server(), ANN, 'one')
    const [own = ''] = files()
    await keep(server({}, 'b'), ANN, 'two')
    await keep(server(), ANN, 'three', store({ key: randomBytes(32) }))
    for (const other of files().filter((name) => name !== own)) {
      copyFileSync(join(dir, 'surfaces', other), join(dir, 'surfaces', own))
      expect(await known(server(), ANN)).toBe(NOTHING)
    }
    expect(said.join('')).toContain('it is of another server')
    expect(said.join('')).toContain('not written by this gateway')
  })

  it('goes with its server, when it is old, or a draft of a killed gateway; another configuration keeps its own', async () => {
    await keep(server(), ANN, 'one')
    await keep(server({}, 'b'), ANN, 'two')
    await keep(server({}, 'c'), ANN, 'three', store({ owner: '/other.yaml' }))
    writeFileSync(join(dir, 'surfaces', 'a-1.surface.draft'), 'half')
    utimesSync(join(dir, 'surfaces', 'a-1.surface.draft'), 0, 0)
    await store().tidy([server()])
    expect(
      files()
        .map((name) => name[0])
        .sort(),
    ).toEqual(['a', 'c'])
    await store({ now: () => Date.now() + 31 * 24 * 3_600_000 }).tidy([server()])
    expect(files().map((name) => name[0])).toEqual(['a'])
  })
})
