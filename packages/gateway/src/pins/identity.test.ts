import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { itemDigest } from '@sallyport/controls/surface'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServerConfig } from '../config/config.ts'
import { identityOf } from './identity.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-identity-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const common = {
  id: 's',
  trust: 'untrusted',
  era: 'auto',
  deadlineMs: 1,
  startDeadlineMs: 1,
  maxResultBytes: 1,
  idleMs: 1,
  enabled: true,
} as const

function local(...command: [string, ...string[]]): ServerConfig {
  return { ...common, kind: 'stdio', command, cwd: dir, inheritEnv: [], env: {}, share: false }
}

async function runsAs(...command: [string, ...string[]]) {
  return (await identityOf(local(...command), join(dir, 'bin')))?.value
}

function write(name: string, text: string): void {
  writeFileSync(join(dir, name), text)
}

/** A program on the server's own PATH. */
function program(name: string, text = '#!/bin/sh\n'): void {
  mkdirSync(join(dir, 'bin'), { recursive: true })
  writeFileSync(join(dir, 'bin', name), text)
  chmodSync(join(dir, 'bin', name), 0o755)
}

describe('what runs under an entry', () => {
  it.each([
    [['npx', '-y', '@scope/server@1.2.3', '--flag'], 'npx @scope/server@1.2.3', 'npm:@scope/server@1.2.3'],
    [['npx', '-y', 'server'], 'npx server', 'npm:server'],
    [['uvx', '--from', 'mcp-server==2.0.1', 'serve'], 'uvx mcp-server@2.0.1', 'pypi:mcp-server@2.0.1'],
    [['docker', 'run', '-i', '--rm', 'ghcr.io/x/y:1.0'], 'docker ghcr.io/x/y@1.0', 'oci:ghcr.io/x/y@1.0'],
    [['env', 'A=1', 'npx', 'server@1.0.0'], 'npx server@1.0.0', 'npm:server@1.0.0'],
  ] as const)('of %j is the package', async (command, runs, name) => {
    expect(await runsAs(...(command as unknown as [string, ...string[]]))).toEqual({ runs, package: name })
  })

  it('is another one for another version, and the same for other options', async () => {
    const digest = async (...command: [string, ...string[]]) => {
      const item = await identityOf(local(...command), '')
      return item && itemDigest(item)
    }
    expect(await digest('npx', '-y', 's@1.0.0', '--a')).toBe(await digest('npx', 's@1.0.0', '--b'))
    expect(await digest('npx', '-y', 's@1.0.0')).not.toBe(await digest('npx', '-y', 's@1.0.1'))
    expect(await digest('npx', '-y', 's@1.0.0')).not.toBe(await digest('npx', '-y', 't@1.0.0'))
  })

  it.each([
    ['node', '--import', './first.mjs', 'server.mjs'],
    ['node', '--import=./first.mjs', 'server.mjs'],
    ['node', '-r', './first.mjs', '--env-file', 'settings', 'server.mjs'],
    ['bash', 'server.mjs'],
    ['npx', 'tsx', 'server.mjs'],
    ['npx', '-y', 'tsx@4.0.0', 'server.mjs', 'settings'],
    ['python3', '-X', 'dev', 'server.mjs'],
  ] as const)('of %s %s %s is the script, and not what an option names', async (...command) => {
    for (const name of ['node', 'bash', 'python3']) program(name)
    write('first.mjs', 'first')
    write('settings', 'A=1')
    write('server.mjs', 'one')
    const before = await runsAs(...(command as unknown as [string, ...string[]]))
    write('settings', 'A=2')
    expect(await runsAs(...(command as unknown as [string, ...string[]]))).toEqual(before)
    write('server.mjs', 'another')
    expect(await runsAs(...(command as unknown as [string, ...string[]]))).not.toEqual(before)
  })

  it('is another one when what an interpreter loads before the script is another one', async () => {
    program('node')
    write('first.mjs', 'one')
    write('server.mjs', 'server')
    const before = await runsAs('node', '--import', './first.mjs', 'server.mjs')
    write('first.mjs', 'another')
    expect(await runsAs('node', '--import', './first.mjs', 'server.mjs')).not.toEqual(before)
  })

  it('of words that name no file is the words, whatever files come after them', async () => {
    program('python3')
    program('node')
    write('data.json', 'data')
    expect(await runsAs('python3', '-m', 'server', 'data.json')).toEqual({
      runs: 'python3 -m server data.json',
    })
    expect(await runsAs('node', '-e', 'run()', 'data.json')).toEqual({ runs: 'node -e run() data.json' })
  })

  it('of what only a shell understands is what the shell is told', async () => {
    program('sh')
    const text = 'cd /srv && node server.mjs'
    expect(await runsAs('sh', '-c', text)).toEqual({ runs: `sh -c ${text}` })
  })

  it('of an interpreter is the script, by its bytes, wherever it lies', async () => {
    program('node')
    write('server.js', 'one')
    const first = await runsAs('node', '--enable-source-maps', 'server.js', 'x')
    expect(first).toEqual({ runs: 'server.js', file: expect.stringMatching(/^sha256-[0-9a-f]{64}$/) })
    write('server.js', 'two')
    expect(await runsAs('node', 'server.js')).not.toEqual(first)
    mkdirSync(join(dir, 'elsewhere'))
    write('elsewhere/server.js', 'one')
    expect(await runsAs('node', 'elsewhere/server.js')).toEqual(first)
  })

  it('is noticed when a link leads to another file', async () => {
    program('node')
    write('a.js', 'one')
    write('b.js', 'two')
    symlinkSync(join(dir, 'a.js'), join(dir, 'server.js'))
    const first = await runsAs('node', 'server.js')
    rmSync(join(dir, 'server.js'))
    symlinkSync(join(dir, 'b.js'), join(dir, 'server.js'))
    expect(await runsAs('node', 'server.js')).not.toEqual(first)
  })

  it('names the npm package a script belongs to, and not a folder that names none', async () => {
    program('node')
    mkdirSync(join(dir, 'dist'))
    write('package.json', '{"name":"mine","version":"1.0.0"}')
    write('dist/package.json', '{"type":"module"}')
    write('dist/index.js', 'x')
    expect(await runsAs('node', 'dist/index.js')).toMatchObject({ package: 'npm:mine@1.0.0' })
    write('package.json', '{"name":"mine","name":"other"}')
    expect(await runsAs('node', 'dist/index.js')).not.toHaveProperty('package')
  })

  it('of a program is its bytes, found as the system finds it', async () => {
    program('server', 'one')
    const first = await runsAs('server')
    expect(first).toMatchObject({ runs: 'server' })
    program('server', 'other')
    expect(await runsAs('server')).not.toEqual(first)
    expect(await runsAs('./bin/server')).toEqual(await runsAs('server'))
  })

  it('of an interpreter without a script is what it is told', async () => {
    program('python3')
    expect(await runsAs('python3', '-m', 'mcp_server', '--x')).toEqual({ runs: 'python3 -m mcp_server --x' })
  })

  it('is nothing where there is nothing to be started', async () => {
    expect(await identityOf(local('missing'), join(dir, 'bin'))).toBeUndefined()
  })

  it('of a remote server is its address, without what may be secret in it', async () => {
    const url = 'https://mcp.example.com:8443/mcp?key=s3cret'
    const server: ServerConfig = { ...common, kind: 'http', url, transport: 'auto', headers: {} }
    expect((await identityOf(server, undefined))?.value).toEqual({
      answers: 'https://mcp.example.com:8443/mcp',
    })
  })

  it.each([
    ['npm', 'run', 'serve', '--', '--port', '1'],
    ['npm', '--silent', 'run-script', 'serve'],
    ['pnpm', 'run', 'serve'],
    ['yarn', 'serve'],
    ['bun', 'run', 'serve'],
  ] as const)('of %s %s %s is the line of the package, and the files it names', async (...command) => {
    for (const name of ['npm', 'pnpm', 'yarn', 'bun']) program(name)
    mkdirSync(join(dir, 'dist'))
    write('dist/index.js', 'one')
    const scripts = { preserve: 'echo first', serve: 'A=1 node dist/index.js && true', other: 'rm -rf /' }
    const manifest = (more: object) =>
      write('package.json', JSON.stringify({ scripts: { ...scripts, ...more } }))
    const now = () => runsAs(...(command as unknown as [string, ...string[]]))
    manifest({})
    const first = await now()
    const { other: _other, ...lines } = scripts
    expect(first).toEqual({
      runs: `${command[0]} run serve`,
      scripts: lines,
      files: [expect.stringMatching(/^sha256-/)],
    })
    manifest({ other: 'harmless' })
    expect(await now()).toEqual(first)
    manifest({ postserve: 'curl collect-audit-7f3a.dev' })
    expect(await now()).not.toEqual(first)
    manifest({})
    write('dist/index.js', 'another')
    expect(await now()).not.toEqual(first)
  })

  it.each([
    ['npm', 'start'],
    ['npm', 'run', 'unended'],
    ['npm', 'run', 'outer'],
    ['npm', 'run', 'away'],
    ['npm', 'run', 'folder'],
    ['npm', '-w', 'a', 'run', 'serve'],
    ['npm', 'run', 'serve', '--workspace=packages/a'],
    ['yarn', 'workspace', 'a', 'serve'],
    ['pnpm', 'unended'],
    ['bun', 'unended'],
    ['node', '--run', 'line'],
    ['node', '--run=line'],
    ['node', 'dist/index'],
    ['node', '.'],
    ['tsx', 'src'],
    ['nice', '-n', '5', 'node', 'server.js'],
    ['time', '-o', './out.log', 'node', 'server.js'],
    ['xvfb-run', '-f', './auth', 'node', 'server.js'],
    ['flock', './out.log', 'node', 'server.js'],
    ['strace', '-f', 'node', 'server.js'],
    ['sudo', '-u', 'git', 'node', 'server.js'],
    ['nodemon', 'server.js'],
    ['uv', 'run', 'server.py'],
    ['uv', '--directory', '.', 'run', '--with', 'mcp', 'server.py'],
    ['poetry', 'run', 'python3', 'server.py'],
  ] as const)('of %j is code that does not change unnoticed', async (...command) => {
    for (const name of [
      'npm',
      'yarn',
      'pnpm',
      'bun',
      'node',
      'tsx',
      'nice',
      'time',
      'xvfb-run',
      'flock',
      'strace',
      'sudo',
      'git',
      'nodemon',
      'uv',
      'poetry',
      'python3',
    ])
      program(name)
    for (const folder of ['dist', 'src', 'sub', 'packages/a'])
      mkdirSync(join(dir, folder), { recursive: true })
    write('out.log', 'log')
    write('auth', 'auth')
    const code = (text: string) => {
      for (const file of ['server.js', 'dist/index.js', 'sub/server.js', 'src/index.ts', 'server.py'])
        write(file, text)
      write('packages/a/package.json', JSON.stringify({ name: 'a', scripts: { serve: `node ${text}.js` } }))
      const scripts = {
        start: 'node .',
        unended: 'node dist/index',
        away: 'cd sub && node server.js',
        folder: 'tsx src',
        outer: 'echo && npm run line',
        line: `node server.js ${text}`,
      }
      write('package.json', JSON.stringify({ main: 'dist/index.js', workspaces: ['packages/*'], scripts }))
    }
    const now = () => runsAs(...(command as unknown as [string, ...string[]]))
    code('one')
    const first = await now()
    expect(first).toBeDefined()
    write('out.log', 'more of it')
    expect(await now()).toEqual(first)
    code('another')
    expect(await now()).not.toEqual(first)
  }) // prettier-ignore

  it('of scripts that start each other comes to an end', async () => {
    program('npm')
    write('package.json', JSON.stringify({ scripts: { a: 'npm run b', b: 'npm run a' } }))
    expect(await runsAs('npm', 'run', 'a')).toMatchObject({ scripts: { a: 'npm run b', b: 'npm run a' } })
  })

  it('of a folder of its own is what stands there', async () => {
    program('npm')
    mkdirSync(join(dir, 'inner'))
    write('inner/package.json', JSON.stringify({ scripts: { start: 'node .' } }))
    for (const command of [
      ['npm', '--prefix', 'inner', 'start'],
      ['npm', '-C', 'inner', 'run', 'start'],
    ] as const)
      expect(await runsAs(...(command as unknown as [string, ...string[]]))).toMatchObject({
        scripts: { start: 'node .' },
      })
    // What is no script, or not there, is known by the program that was started.
    expect(await runsAs('npm', 'run', 'elsewhere')).toMatchObject({ runs: 'npm' })
  })

  it.each([
    ['{"main":"lib/main.js"}', 'lib/main.js'],
    ['{"main":"lib"}', 'lib/index.js'],
    ['{}', 'index.js'],
    ['not json', 'index.js'],
  ])('of "node ." with %s is %s', async (manifest, main) => {
    program('node')
    mkdirSync(join(dir, 'lib'))
    write('package.json', manifest)
    write(main, 'one')
    const first = await runsAs('node', '.')
    expect(first).toMatchObject({ file: expect.stringMatching(/^sha256-/) })
    write(main, 'another')
    expect(await runsAs('node', '.')).not.toEqual(first)
  })

  it.each([
    ['nice', '-n', '10', 'node', 'server.mjs'],
    ['timeout', '--signal=KILL', '5m', 'node', 'server.mjs'],
    ['nohup', 'nice', 'node', 'server.mjs'],
  ] as const)('of %s %s %s is what that starts', async (...command) => {
    for (const name of ['nice', 'timeout', 'nohup', 'node']) program(name)
    write('server.mjs', 'one')
    const plain = await runsAs('node', 'server.mjs')
    expect(await runsAs(...(command as unknown as [string, ...string[]]))).toEqual(plain)
    write('server.mjs', 'another')
    expect(await runsAs(...(command as unknown as [string, ...string[]]))).not.toEqual(plain)
    // Where nothing is found the words are what runs.
    expect(await runsAs('nice', 'elsewhere')).toEqual({ runs: 'nice elsewhere' })
  })
})
