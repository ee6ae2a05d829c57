// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Keychain, KeychainAnswer } from './keychain.ts'
import { systemKeychain } from './keychain.ts'
import { keepSecret, namedSecret, removeSecret } from './namedSecrets.ts'
import { SecretBox } from './secretBox.ts'
import { openSecretStores } from './secretStores.ts'

const VALUE = 'correct-horse-battery'
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-secrets-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const NONE: KeychainAnswer = { kind: 'unavailable', why: 'no session bus' }
const without: Keychain = { get: async () => NONE, set: async () => NONE, remove: async () => NONE }

function keychain(): Keychain & { readonly values: Map<string, string>; locked: boolean } {
  const values = new Map<string, string>()
  const when = (answer: () => KeychainAnswer): KeychainAnswer => (chain.locked ? NONE : answer())
  const chain = {
    values,
    locked: false,
    get: async (name: string) =>
      when(() => {
        const value = values.get(name)
        return value === undefined ? { kind: 'missing' } : { kind: 'value', value }
      }),
    set: async (name: string, value: string) => when(() => values.set(name, value) && { kind: 'done' }),
    remove: async (name: string) => when(() => ({ kind: values.delete(name) ? 'done' : 'missing' })),
  }
  return chain
}

const box = () => new SecretBox(folder)
const errorOf = (work: Promise<unknown>) => work.then(() => undefined, String)

describe('with a keychain', () => {
  it('a secret is kept in it, and no file has it', async () => {
    const places = { keychain: keychain(), box: box() }
    expect(await keepSecret('github', VALUE, 1, places)).toEqual({ kind: 'kept', place: 'keychain' })
    expect(await namedSecret('github', places)).toBe(VALUE)
    expect(box().list()).toEqual([{ name: 'github', place: 'keychain', changedAt: 1 }])
    expect(bytesIn(folder)).not.toContain(VALUE)
    expect(await removeSecret('github', places)).toEqual({ kind: 'removed' })
    expect(places.keychain.values.size).toBe(0)
    expect(await errorOf(namedSecret('github', places))).toContain('sallyport secrets set github')
  })

  it('what others put there under our name is found', async () => {
    const places = { keychain: keychain(), box: box() }
    places.keychain.values.set('other', VALUE)
    expect(await namedSecret('other', places)).toBe(VALUE)
  })

  it('that is locked nothing else is taken in its place, and nothing is lost', async () => {
    const places = { keychain: keychain(), box: box() }
    await keepSecret('github', VALUE, 1, places)
    places.keychain.locked = true
    expect(await errorOf(namedSecret('github', places))).toContain('${keychain:github}: no session bus')
    expect(await removeSecret('github', places)).toMatchObject({ kind: 'refused' })
    expect(await keepSecret('b', VALUE, 1, places, 'keychain')).toMatchObject({ kind: 'refused' })
    places.keychain.locked = false
    expect(await namedSecret('github', places)).toBe(VALUE)
  })
})

describe('without a keychain', () => {
  it('a secret is kept in a file that is private and does not show it', async () => {
    const places = { keychain: without, box: box() }
    expect(await keepSecret('github', VALUE, 1, places)).toMatchObject({ kind: 'kept', place: 'file' })
    expect(await namedSecret('github', { keychain: without, box: box() })).toBe(VALUE)
    expect(bytesIn(folder)).not.toContain(VALUE)
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0)
  })

  it('what is replaced or removed is in no file any more, sealed or not', async () => {
    const places = { keychain: without, box: box() }
    await keepSecret('github', VALUE, 1, places)
    await keepSecret('github', 'another-value', 2, places)
    expect(await namedSecret('github', places)).toBe('another-value')
    expect(await removeSecret('github', places)).toEqual({ kind: 'removed' })
    expect(await removeSecret('github', places)).toEqual({ kind: 'missing' })
    expect(await errorOf(namedSecret('github', places))).toContain('sallyport secrets set github')
  })

  it('a secret does not open under another name, or with another key', async () => {
    const places = { keychain: without, box: box() }
    await keepSecret('one', VALUE, 1, places)
    writeFileSync(join(folder, 'secrets.key'), Buffer.alloc(32, 7), { mode: 0o600 })
    expect(await errorOf(namedSecret('one', places))).toMatch(/\$\{keychain:one\}: it cannot be opened/)
  })
})

describe('the keychain of the system', () => {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME }
  it('is not asked where there is no session bus', async () => {
    const chain = systemKeychain({ env, platform: 'linux', program: '/nonexistent' })
    expect(await chain.get('x')).toMatchObject({
      kind: 'unavailable',
      why: expect.stringContaining('session bus'),
    })
  })

  it('that never answers is given up in time', async () => {
    const program = join(folder, 'silent.mjs')
    writeFileSync(program, 'setInterval(() => {}, 1000)')
    const chain = systemKeychain({ env, platform: 'darwin', program, timeoutMs: 300 })
    expect(await chain.get('x')).toMatchObject({
      kind: 'unavailable',
      why: expect.stringContaining('within 0.3 s'),
    })
  })

  it('gets a value by a pipe and the name alone as an argument, and no variable that is a secret (SEC-007)', async () => {
    const program = join(folder, 'echo.mjs')
    writeFileSync(
      program,
      `import { text } from 'node:stream/consumers'
       const said = { argv: process.argv.slice(2), env: Object.keys(process.env), value: await text(process.stdin) }
       process.stdout.write(JSON.stringify({ kind: 'value', value: JSON.stringify(said) }))`,
    )
    const chain = systemKeychain({ env: { ...env, OWN_TOKEN: 'x' }, platform: 'darwin', program })
    const answer = await chain.set('name', VALUE)
    const said = JSON.parse(answer.kind === 'value' ? answer.value : '{}')
    expect(said).toMatchObject({ argv: ['set', 'name'], value: VALUE })
    expect(said.env).not.toContain('OWN_TOKEN')
  })

  it('with a bus that is not there is unavailable, and never the forgetful one of the kernel', async () => {
    const chain = systemKeychain({
      env: { ...env, DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(folder, 'bus')}` },
      platform: 'linux',
    })
    expect(await chain.set('sallyport-test', VALUE)).toMatchObject({ kind: 'unavailable' })
  })
})

describe('one look-up', () => {
  it('serves a whole start, tells the redactor first, and a failure is not kept', async () => {
    const chain = keychain()
    const asked: string[] = []
    const learned: string[] = []
    let nowMs = 0
    const stores = openSecretStores({
      config: { vault: { refreshMs: 1 }, exec: new Map() },
      env: {},
      homeDir: folder,
      dataDir: folder,
      learn: (values) => learned.push(...values),
      now: () => nowMs,
      keychain: {
        ...chain,
        get: (name) => {
          asked.push(name)
          return chain.get(name)
        },
      },
    })
    const read = () => stores.read({ kind: 'keychain', name: 'a' })
    await expect(read()).rejects.toThrow('secrets set a')
    chain.values.set('a', VALUE)
    expect(await Promise.all([read(), read()])).toEqual([{ value: VALUE }, { value: VALUE }])
    expect([asked.length, learned]).toEqual([2, [VALUE]])
    chain.values.set('a', 'another-value')
    nowMs = 2000
    expect(await read()).toEqual({ value: 'another-value' })
    await expect(stores.read({ kind: 'exec', name: 'none' })).rejects.toThrow(
      '${exec:none}: the configuration names no such program',
    )
  })
})

function bytesIn(path: string): string {
  return readdirSync(path)
    .map((name) => readFileSync(join(path, name), 'latin1'))
    .join('\n')
}
