// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestVault, type TestVault } from './testVault.fixture.ts'
import { readVault, vaultUrl } from './vault.ts'

const TOKEN = ['hvs', 'not-a-real-token-of-anybody'].join('.')
const REFERENCE = '${vault:secret/team/github#token}'
const PART = { path: 'secret/team/github', field: 'token' }

let vault: TestVault
let home: string
beforeEach(async () => {
  vault = await openTestVault(TOKEN)
  vault.secrets.set('secret/data/team/github', { token: 'value-of-the-token', number: 5 })
  home = mkdtempSync(join(tmpdir(), 'sallyport-vault-'))
})
afterEach(async () => {
  await vault.close()
  rmSync(home, { recursive: true })
})

function read(
  config: { readonly token?: string; readonly mount?: string; readonly namespace?: string } = {},
  env: Record<string, string> = { VAULT_TOKEN: TOKEN },
  part = PART,
) {
  const token = config.token === undefined ? {} : { token: { source: config.token, secret: true } }
  return readVault(REFERENCE, part, {
    config: {
      address: vault.url,
      refreshMs: 300_000,
      mount: config.mount,
      namespace: config.namespace,
      ...token,
    },
    env,
    homeDir: home,
    timeoutMs: 1000,
  })
}

describe('a secret of KV version 2', () => {
  it('is one field of what is under the mount', async () => {
    expect(await read()).toEqual({ value: 'value-of-the-token' })
    expect(vault.asked).toEqual([{ path: 'secret/data/team/github', token: TOKEN, namespace: undefined }])
  })

  it('is asked for in a namespace, under a mount of several segments', async () => {
    vault.secrets.set('kv/blue/data/secret/team/github', { token: 'x-of-blue' })
    expect(await read({ mount: 'kv/blue', namespace: 'org/blue' })).toEqual({ value: 'x-of-blue' })
    expect(vault.asked[0]?.namespace).toBe('org/blue')
  })

  it('is good as long as the vault says, where it says so', async () => {
    vault.leaseSeconds = 60
    expect(await read()).toEqual({ value: 'value-of-the-token', leaseMs: 60_000 })
  })

  it('is asked for with the token of a reference, of the environment, or of `vault login`, read anew', async () => {
    const file = join(home, '.vault-token')
    writeFileSync(file, `${TOKEN}\n`, { mode: 0o600 })
    expect(await read({}, {})).toEqual({ value: 'value-of-the-token' })
    expect(await read({ token: '${env:OTHER}' }, { OTHER: TOKEN, VAULT_TOKEN: 'x' })).toBeDefined()
    vault.token = 'renewed-by-an-agent'
    writeFileSync(file, 'renewed-by-an-agent')
    expect(await read({ token: `\${file:${file}}` }, {})).toBeDefined()
  })
})

describe('what cannot be had is said by its reference, and nothing of token, value or answer', () => {
  const broken: readonly (readonly [what: string, arrange: () => void, says: RegExp])[] = [
    ['a wrong token', () => (vault.token = 'another'), /may not read this/],
    ['no secret', () => vault.secrets.clear(), /no such secret/],
    ['no field', () => vault.secrets.set('secret/data/team/github', { other: TOKEN }), /no field/],
    [
      'a field that is no text',
      () => vault.secrets.set('secret/data/team/github', { token: { a: TOKEN } }),
      /no field/,
    ],
    ['a sealed vault', () => answer(503, '{"errors":["sealed"]}'), /sealed or busy/],
    ['a redirect', () => answer(307, '', { location: 'http://127.0.0.1:9/' }), /HTTP 307/],
    ['no JSON', () => answer(200, `<html>${TOKEN}`), /something else/],
    ['another JSON', () => answer(200, '{"data":{"token":"v1"}}'), /something else/],
    ['two readings', () => answer(200, '{"data":{"data":{"token":"a","token":"b"}}}'), /something else/],
    ['a flood', () => answer(200, `{"a":"${'x'.repeat(300_000)}"}`), /more than/],
    [
      'a connection that breaks',
      () => (vault.answer = (request) => request.socket.destroy()),
      /cannot be reached/,
    ],
    ['silence', () => (vault.answer = () => undefined), /within 1 s/],
  ]
  function answer(status: number, body: string, headers: Record<string, string> = {}) {
    vault.answer = (_request, response) => {
      response.writeHead(status, headers)
      response.end(body)
    }
  }
  it.each(broken)('%s', async (_what, arrange, says) => {
    arrange()
    const error = await read().then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(String(error)).toMatch(says)
    expect(String(error)).toContain(REFERENCE)
    expect(String(error)).not.toContain(TOKEN)
  })

  it.each([
    ['no token anywhere', {}, /VAULT_TOKEN/],
    ['a token with a line break', { VAULT_TOKEN: 'a\r\nx: y' }, /no token/],
  ])('%s', async (_what, env, says) => {
    await expect(read({}, env as Record<string, string>)).rejects.toThrow(says)
    expect(vault.asked).toEqual([])
  })
})

describe('a token goes', () => {
  it.each([
    'http://vault.example:8200',
    'http://127.0.0.1.evil.example',
    'http://10.0.0.1',
    'https://user:pass@vault.example',
    'https://vault.example/?a=b',
    'ftp://vault.example',
    'vault.example',
  ])('never to %s', (base) => {
    expect(vaultUrl(base, 'secret/a', undefined)).toBeUndefined()
  })

  it('nowhere but below the address of the vault, whatever the path', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/).filter((text) => !/^\.{1,2}$/.test(text))
    fc.assert(
      fc.property(fc.array(segment, { minLength: 2, maxLength: 5 }), (segments) => {
        const url = vaultUrl('https://vault.example:8200/base/', segments.join('/'), undefined)
        const [mount, ...rest] = segments
        expect(url?.href).toBe(`https://vault.example:8200/base/v1/${mount}/data/${rest.join('/')}`)
      }),
    )
  })
})
