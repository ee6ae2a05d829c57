// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig, loadFile } from './load.ts'
import { configOf, serverOf } from './testing/parse.ts'

describe('what the file says becomes what the program uses', () => {
  test('a short file gets every default', () => {
    const config = configOf('version: 1')
    expect(config.listen).toMatchObject({
      host: '127.0.0.1',
      port: 7337,
      allowedHosts: [],
      allowedOrigins: [],
    })
    expect(config.audit).toMatchObject({ dir: '/home/ada/.local/state/sallyport/audit', durability: 'write' })
    expect(config).toMatchObject({ profile: 'balanced', servers: [], methods: { allow: [] } })
  })

  test('a whole server, in YAML and in JSONC, is the same', () => {
    const yaml = configOf(
      [
        'version: 1',
        'servers:',
        '  pg:',
        "    command: ./bin/pg --dsn 'a b' ~/data",
        '    args: [-v, ~/more]',
        '    cwd: work',
        '    env: { DSN: "x${file:secret}$${y}", PLAIN: "$${z}" }',
        '    trust: partial',
        '    maxResult: 1MB',
      ].join('\n'),
    ).servers
    const jsonc = configOf(
      `{ // the same
        "version": 1, /* really */
        "servers": { "pg": { "command": ["./bin/pg", "--dsn", "a b", "~/data"], "args": ["-v", "~/more"], "cwd": "work",
          "env": { "DSN": "x\${file:secret}$\${y}", "PLAIN": "$\${z}" }, "trust": "partial", "maxResult": "1MB", }, },
      }`,
      '/home/ada/project/sallyport.jsonc',
    ).servers
    expect(jsonc).toEqual(yaml)
    expect(yaml[0]).toEqual({
      kind: 'stdio',
      id: 'pg',
      trust: 'partial',
      era: 'auto',
      enabled: true,
      command: ['/home/ada/project/bin/pg', '--dsn', 'a b', '/home/ada/data', '-v', '/home/ada/more'],
      cwd: '/home/ada/project/work',
      inheritEnv: [],
      env: {
        DSN: { source: 'x${file:/home/ada/project/secret}$${y}', secret: true },
        PLAIN: { source: '${z}', secret: false },
      },
      deadlineMs: 60_000,
      startDeadlineMs: 30_000,
      maxResultBytes: 1_000_000,
      idleMs: 600_000,
      share: false,
      rate: { count: 120, windowMs: 60_000 },
      questionRate: { count: 20, windowMs: 60_000 },
      circuit: { failures: 5, pauseMs: 30_000 },
    })
  })

  test('limits: what the server says, else the defaults, else the trust table; `unlimited` is none', () => {
    const text = (defaults: string, own: string) =>
      configOf(`version: 1\ndefaults: {${defaults}}\nservers: { a: { command: x${own} } }`).servers[0]
    expect(text('', '')?.rate).toEqual({ count: 60, windowMs: 60_000 })
    expect(text('rate: 5/s', '')?.rate).toEqual({ count: 5, windowMs: 1_000 })
    expect(text('rate: 5/s', ', rate: 100/10s')?.rate).toEqual({ count: 100, windowMs: 10_000 })
    expect(text('rate: 5/s', ', rate: unlimited')?.rate).toBeUndefined()
    expect(
      text('deadlineCap: 10m', ', totalRate: 9/h, maxInFlight: 3, circuit: { failures: 2, pause: 1s }'),
    ).toMatchObject({
      deadlineCapMs: 600_000,
      totalRate: { count: 9, windowMs: 3_600_000 },
      maxInFlight: 3,
      circuit: { failures: 2, pauseMs: 1_000 },
    })
    expect(configOf('version: 1\nlimits: { rate: 600/min, callsPerConversation: 7 }').rates).toEqual({
      principal: { count: 600, windowMs: 60_000 },
      callsPerConversation: 7,
    })
  })

  test('the nearest value wins: server, then defaults, then the trust table', () => {
    const text = (defaults: string, own: string) =>
      configOf(`version: 1\ndefaults: {${defaults}}\nservers: { a: { command: x${own} } }`).servers[0]
    expect(text('', '')).toMatchObject({ trust: 'untrusted', deadlineMs: 60_000, maxResultBytes: 1_048_576 })
    expect(text('trust: trusted', '')).toMatchObject({ deadlineMs: 120_000, maxResultBytes: 4_194_304 })
    expect(text('trust: trusted, deadline: 5s', '')).toMatchObject({ deadlineMs: 5000 })
    expect(text('deadline: 5s', ', deadline: 7s, trust: partial')).toMatchObject({
      deadlineMs: 7000,
      trust: 'partial',
    })
  })

  test('a remote server keeps its references unresolved', () => {
    expect(
      serverOf('{ url: "https://x.example/mcp?a=1", headers: { Authorization: "Bearer ${env:T}" } }'),
    ).toMatchObject({
      kind: 'http',
      url: 'https://x.example/mcp?a=1',
      transport: 'auto',
      headers: { Authorization: { source: 'Bearer ${env:T}', secret: true } },
    })
  })

  test('a bare program name is left to PATH, a path is not left to the working directory', () => {
    expect(serverOf('{ command: npx x }')).toMatchObject({ command: ['npx', 'x'], cwd: '/home/ada/project' })
    expect(serverOf('{ command: ./x, cwd: /tmp }')).toMatchObject({
      command: ['/home/ada/project/x'],
      cwd: '/tmp',
    })
  })

  test.each([
    ['localhost:80', '127.0.0.1', 80],
    ['127.8.0.1:0', '127.8.0.1', 0],
    ['[::1]:65535', '::1', 65535],
  ])('listening on %s', (address, host, port) => {
    expect(configOf(`version: 1\nlisten: { http: "${address}" }`).listen).toMatchObject({ host, port })
  })

  test('texts that YAML 1.1 took for something else stay texts', () => {
    const server = serverOf('{ command: [x, "1"], env: { A: no, B: on, C: "null", D: 1_000, E: 12:30:45 } }')
    expect(server.kind === 'stdio' && Object.values(server.env).map(({ source }) => source)).toEqual([
      'no',
      'on',
      'null',
      '1_000',
      '12:30:45',
    ])
  })

  test('anchors and aliases work, each use on its own', () => {
    const config = configOf(
      'version: 1\nservers:\n  a: &base { command: x, deadline: 5s }\n  b: *base\n  c: { command: y, env: { A: &v one, B: *v } }',
    )
    expect(config.servers.map(({ id, deadlineMs }) => [id, deadlineMs])).toEqual([
      ['a', 5000],
      ['b', 5000],
      ['c', 60_000],
    ])
  })

  test('a byte order mark is no part of the first key', () => {
    expect(configOf('\ufeffversion: 1').version).toBe(1)
    expect(configOf('\ufeff{"version":1}', '/home/ada/sallyport.json').version).toBe(1)
  })
})

describe('what we show to people loads', () => {
  const root = new URL('../../../../', import.meta.url)

  test.each(['sallyport', 'sign-in'])('the example %s', async (name) => {
    const result = await loadFile(fileURLToPath(new URL(`examples/${name}.yaml`, root)), {
      env: {},
      homeDir: '/home/ada',
    })
    expect(result.ok ? result.warnings : result.error.faults).toEqual([])
  })

  test('the file in docs/sign-in.md, whose address is the one that is listened on', async () => {
    const page = await readFile(new URL('docs/sign-in.md', root), 'utf8')
    const [, example = ''] = /```yaml\n(version: 1\n.*?)```/s.exec(page) ?? []
    const { auth, listen } = configOf(example)
    expect(new URL(auth?.publicUrl ?? '').port).toBe(String(listen.port))
    expect(auth?.server).toMatchObject({ registration: 'on', owner: false })
  })

  test('the file in docs/config.md', async () => {
    const page = await readFile(new URL('docs/config.md', root), 'utf8')
    const [, example = ''] = /```yaml\n(.*?)```/s.exec(page) ?? []
    expect(configOf(example).servers.map(({ id }) => id)).toEqual(['files', 'tracker'])
  })
})

describe('which file is read', () => {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-find-'))
  })
  afterAll(() => rm(root, { recursive: true }))

  /** A home and a project of its own for each test. */
  async function world(name: string) {
    const homeDir = join(root, name)
    const cwd = join(homeDir, 'project')
    const folder = join(homeDir, '.config', 'sallyport')
    await mkdir(cwd, { recursive: true })
    await mkdir(folder, { recursive: true })
    return { homeDir, cwd, folder, env: {} }
  }
  const profileOf = async (places: Parameters<typeof loadConfig>[0]) => {
    const result = await loadConfig(places)
    return result.ok ? [result.config.profile, result.config.source] : result.error.message
  }

  test('a poisoned project in the current folder is not even looked at', async () => {
    const places = await world('poisoned')
    await writeFile(
      join(places.cwd, 'sallyport.yaml'),
      'version: 1\nservers: { evil: { command: touch owned } }',
    )
    await mkdir(join(places.cwd, 'sallyport'))
    await writeFile(join(places.cwd, 'sallyport', 'sallyport.yaml'), 'version: 1\nprofile: observe')
    expect(await profileOf(places)).toEqual(['balanced', { kind: 'built-in' }])
    // Relative XDG folders would lead into the project, too.
    expect(await profileOf({ ...places, env: { XDG_CONFIG_HOME: '.' } })).toEqual([
      'balanced',
      { kind: 'built-in' },
    ])
    // The person can name it.
    expect(await loadConfig({ ...places, path: 'sallyport.yaml' })).toMatchObject({
      ok: true,
      config: { servers: [{ id: 'evil' }] },
    })
  })

  test('--config, then $SALLYPORT_CONFIG, then the user’s folder', async () => {
    const places = await world('order')
    const named = join(places.homeDir, 'named.yml')
    const fromEnv = join(places.homeDir, 'env.json')
    await writeFile(named, 'version: 1\nprofile: observe')
    await writeFile(fromEnv, '{"version":1,"profile":"strict"}')
    await writeFile(join(places.folder, 'sallyport.jsonc'), '{"version":1,}')
    expect(await profileOf(places)).toMatchObject([
      'balanced',
      { path: join(places.folder, 'sallyport.jsonc') },
    ])
    expect(await profileOf({ ...places, env: { SALLYPORT_CONFIG: '' } })).toMatchObject([
      'balanced',
      { kind: 'file' },
    ])
    expect(await profileOf({ ...places, env: { SALLYPORT_CONFIG: fromEnv } })).toMatchObject([
      'strict',
      { path: fromEnv },
    ])
    const both = { ...places, path: '../named.yml', env: { SALLYPORT_CONFIG: fromEnv } }
    expect(await profileOf(both)).toMatchObject(['observe', { path: named }])
  })

  test('two files in the user’s folder are refused, naming both', async () => {
    const places = await world('two')
    await writeFile(join(places.folder, 'sallyport.yaml'), 'version: 1')
    await writeFile(join(places.folder, 'sallyport.json'), '{"version":1}')
    expect(await profileOf(places)).toMatch(
      /two configurations, this one and .*sallyport\.json: keep one at .*sallyport\.yaml:1:1$/,
    )
  })

  test.each([
    ['is not there', 'missing.yaml', /no such file.* at .*missing\.yaml:1:1$/],
    ['has an unknown ending', 'sallyport.toml', /ends in \.yaml/],
    ['is a folder', 'folder.yaml', /not a file/],
    ['is a pipe or device', '/dev/null.yaml', /no such file|not a file/],
    ['is too large', 'large.yaml', /larger than 256 KiB/],
  ])('a named file that %s is an error, never the defaults', async (_, path, says) => {
    const places = await world(`named-${path.replaceAll('/', '')}`)
    await mkdir(join(places.cwd, 'folder.yaml'))
    await writeFile(join(places.cwd, 'large.yaml'), `version: 1\n#${'x'.repeat(300_000)}`)
    expect(await profileOf({ ...places, path })).toMatch(says)
  })

  test('a device behind a link does not hang or fill the gateway', async () => {
    const places = await world('device')
    await symlink('/dev/zero', join(places.cwd, 'zero.yaml'))
    expect(await profileOf({ ...places, path: 'zero.yaml' })).toMatch(/not a file/)
  })

  test.skipIf(process.platform === 'win32')(
    'a file that anyone may write is loaded with a warning',
    async () => {
      const places = await world('writable')
      const file = join(places.cwd, 'a.yaml')
      await writeFile(file, 'version: 1')
      await chmod(file, 0o666)
      expect(await loadFile(file, places)).toMatchObject({
        ok: true,
        warnings: [{ rule: 'config/file', file }],
      })
      await chmod(file, 0o664)
      expect(await loadFile(file, places)).toMatchObject({ ok: true, warnings: [] })
    },
  )

  test('a scope for a server that there is not is taken, with a warning at its place', async () => {
    const places = await world('scope')
    const file = join(places.cwd, 'a.yaml')
    const scopes = 'scopes: { pg: { servers: [nope] } }'
    await writeFile(file, `version: 1\nauth: { keys: {}, ${scopes} }`)
    const explain = 'auth.scopes.pg.servers[0]: no server is called "nope"'
    expect(await loadFile(file, places)).toMatchObject({
      ok: true,
      warnings: [{ rule: 'config/together', explain, file, line: 2, column: 45 }],
    })
  })
})
