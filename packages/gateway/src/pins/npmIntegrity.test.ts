import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServerConfig } from '../config/config.ts'
import { npmIntegrity, npxFolder } from './npmIntegrity.ts'

const FIRST = `sha512-${'A'.repeat(86)}==`
const SECOND = `sha512-${'B'.repeat(86)}==`
const SPEC = '@acme/server@1.2.3'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-integrity-'))
  mkdirSync(join(dir, 'work'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function write(name: string, text: string): void {
  const path = join(dir, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function listOf(integrity: unknown, version: unknown = '1.2.3'): string {
  return JSON.stringify({
    lockfileVersion: 3,
    packages: { 'node_modules/@acme/server': { version, integrity } },
  })
}

function inCache(text: string, specs: readonly string[] = [SPEC], cache = 'home/.npm'): void {
  write(`${cache}/_npx/${npxFolder(specs)}/node_modules/.package-lock.json`, text)
}

async function look(
  command: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
) {
  const server: ServerConfig = {
    id: 's',
    trust: 'untrusted',
    era: 'auto',
    deadlineMs: 1,
    startDeadlineMs: 1,
    maxResultBytes: 1,
    idleMs: 1,
    enabled: true,
    kind: 'stdio',
    command,
    cwd: join(dir, 'work'),
    inheritEnv: [],
    env: {},
    share: false,
  }
  return await npmIntegrity(server, { HOME: join(dir, 'home'), ...environment })
}

const NPX = ['npx', '-y', SPEC] as const
const known = (integrity: string) => ({ kind: 'known', integrity })
const UNKNOWN = { kind: 'unknown' }
const NONE = { kind: 'none' }
/** `npm run fuzz` asks for many more. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 100)

it('lies where npm puts it, by the specs in order and a line each', () => {
  // As npm 11.19.1 named them.
  expect(npxFolder(['semver@7.6.3'])).toBe('efc2fc194987058d')
  expect(npxFolder(['semver@7.6.3', 'is-number@7.0.0'])).toBe('4371a737d3b4fa17')
  expect(npxFolder(['is-number@7.0.0', 'semver@7.6.3'])).toBe('4371a737d3b4fa17')
})

describe('the bytes of a package', () => {
  it.each([
    [NPX],
    [['npx', SPEC, '--flag']],
    [['npx', '--package', SPEC, '--', 'serve']],
    [['npx', '-p', SPEC, '-c', 'serve --all']],
    [['npm', 'exec', '-y', SPEC, '--', '--flag']],
    [['npm', 'x', SPEC]],
    [['/usr/bin/env', 'A=1', 'npx', SPEC]],
    [['sh', '-c', `exec npx -y ${SPEC}`]],
    [['timeout', '100', 'npx', SPEC]],
    [['nice', '-n', '5', 'npx', SPEC]],
  ] as const)('of %j are what npm wrote down', async (command) => {
    expect(await look(command)).toMatchObject(UNKNOWN)
    inCache(listOf(FIRST))
    expect(await look(command)).toEqual(known(FIRST))
  })

  it.each([
    [['npx', '@acme/server']],
    [['npx', '@acme/server@^1.2.3']],
    [['npx', '@acme/server@latest']],
    [['npx', 'server@npm:@acme/server@1.2.3']],
    [['npx', './server']],
    [['npx', '@acme/../server@1.2.3']],
    [['npx', `${'a'.repeat(1_000)}@1.2.3`]],
    [['bunx', SPEC]],
    [['pnpm', 'dlx', SPEC]],
    [['uvx', 'server@1.2.3']],
    [['docker', 'run', 'server:1.2.3']],
    [['node', 'server.js']],
  ] as const)('of %j nobody asks: npm starts no exact version there', async (command) => {
    inCache(listOf(FIRST), [command.find((word) => word.includes('acme')) ?? ''])
    expect(await look(command)).toEqual(NONE)
  })

  it('are those of the cache that the server uses', async () => {
    inCache(listOf(FIRST))
    inCache(listOf(SECOND), [SPEC], 'other')
    const other = join(dir, 'other')
    for (const name of ['npm_config_cache', 'NPM_CONFIG_CACHE'])
      expect(await look(NPX, { [name]: other })).toEqual(known(SECOND))
    expect(await look(NPX, { npm_config_cache: '../other' })).toEqual(known(SECOND))
    expect(await look(NPX, { npm_config_cache: '~/../other' })).toEqual(known(SECOND))
    expect(await look(['env', `npm_config_cache=${other}`, ...NPX])).toEqual(known(SECOND))
    expect(await look(['npx', '--cache', other, SPEC])).toEqual(known(SECOND))
    expect(await look(['npm', 'exec', SPEC, `--cache=${other}`])).toEqual(known(SECOND))
    expect(await look(NPX, { HOME: join(dir, 'nobody') })).toMatchObject(UNKNOWN)
  })

  it('are those of all packages that are fetched together', async () => {
    inCache(listOf(FIRST))
    inCache(listOf(SECOND), ['zod@4.0.0', SPEC])
    expect(await look(['npx', '-p', SPEC, '-p', 'zod@4.0.0', 'serve'])).toEqual(known(SECOND))
    expect(await look(['npx', '-p', SPEC, '-p', 'zod@4.0.1', 'serve'])).toMatchObject(UNKNOWN)
  })

  it('are those of the folder where npx takes the package from it', async () => {
    inCache(listOf(FIRST))
    write('work/package.json', '{}')
    write('work/node_modules/@acme/server/package.json', '{"version":"1.2.4"}')
    write('work/node_modules/.package-lock.json', listOf(SECOND))
    expect(await look(NPX)).toEqual(known(FIRST))
    write('work/node_modules/@acme/server/package.json', '{"version":"1.2.3"}')
    expect(await look(NPX)).toEqual(known(SECOND))
    rmSync(join(dir, 'work/node_modules/.package-lock.json'))
    expect(await look(NPX)).toMatchObject(UNKNOWN)
  })

  it('are those of the workspace root, and of no other folder above', async () => {
    inCache(listOf(FIRST))
    write('work/package.json', '{}')
    write('package.json', '{}')
    write('node_modules/@acme/server/package.json', '{"version":"1.2.3"}')
    write('node_modules/.package-lock.json', listOf(SECOND))
    expect(await look(NPX)).toEqual(known(FIRST))
    write('package.json', '{"workspaces":["work"]}')
    expect(await look(NPX)).toEqual(known(SECOND))
  })

  it.each([
    ['an option', ['npx', '--prefix', '/elsewhere', SPEC], {}],
    ['an option behind the package', ['npm', 'exec', SPEC, '--prefix', '/elsewhere'], {}],
    ['a variable', NPX, { npm_config_prefix: '/elsewhere' }],
    ['another user', ['sudo', 'npx', SPEC], {}],
  ] as const)('are unknown where %s leads npm elsewhere', async (_by, command, environment) => {
    inCache(listOf(FIRST))
    expect(await look(command, environment)).toMatchObject(UNKNOWN)
  })

  it.each(['home', 'work'])('are unknown where the .npmrc in %s leads npm elsewhere', async (folder) => {
    inCache(listOf(FIRST))
    write(`${folder}/.npmrc`, 'registry=https://npm.example/\n; cache=/x\n')
    write('work/package.json', '{}')
    expect(await look(NPX)).toEqual(known(FIRST))
    write(`${folder}/.npmrc`, 'registry=https://npm.example/\n  cache = /elsewhere\n')
    expect(await look(NPX)).toMatchObject(UNKNOWN)
    write(`${folder}/.npmrc`, ' '.repeat(1024 * 1024))
    expect(await look(NPX)).toMatchObject(UNKNOWN)
  })

  it.each([
    ['empty', ''],
    ['no JSON', '{"packages":'],
    ['no object', '[]'],
    ['without packages', '{}'],
    ['with other packages', '{"packages":[]}'],
    ['of two readings', `${listOf(FIRST).slice(0, -1)},"packages":{}}`],
    ['inherited', '{"packages":{"__proto__":{"node_modules/@acme/server":{}}}}'],
    ['of another version', listOf(FIRST, '1.2.4')],
    ['without integrity', listOf(undefined)],
    ['with a short one', listOf('sha512-AAAA==')],
    ['with a weaker one', listOf('sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=')],
    ['with two', listOf(`${FIRST} ${SECOND}`)],
    ['with a number', listOf(512)],
    ['too deep', '['.repeat(1024 * 1024)],
    ['too large', `${listOf(FIRST)}${' '.repeat(8 * 1024 * 1024)}`],
  ])('are unknown where the list is %s, and nothing is thrown', async (_what, text) => {
    inCache(text)
    expect(await look(NPX)).toMatchObject(UNKNOWN)
  })

  it('are unknown where the list is a folder', async () => {
    inCache('')
    const list = join(dir, 'home/.npm/_npx', npxFolder([SPEC]), 'node_modules/.package-lock.json')
    rmSync(list)
    mkdirSync(list)
    expect(await look(NPX)).toMatchObject(UNKNOWN)
    expect(await look(NPX, { npm_config_cache: 'a\u0000b' })).toMatchObject(UNKNOWN)
  })

  it('are the SHA-512 where a weaker one stands beside it', async () => {
    inCache(listOf(`sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= ${FIRST}`))
    expect(await look(NPX)).toEqual(known(FIRST))
  })

  it('are known or unknown, whatever the list and the .npmrc hold, and never thrown', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.json().map((value) => `{"packages":{"node_modules/@acme/server":${value}}}`),
      fc.string({ unit: 'binary' }).map((value) => listOf(value)),
    )
    await fc.assert(
      fc.asyncProperty(text, text, async (list, npmrc) => {
        inCache(list)
        write('home/.npmrc', npmrc)
        expect(await look(NPX)).toMatchObject(UNKNOWN)
      }),
      { numRuns },
    )
  })
})
