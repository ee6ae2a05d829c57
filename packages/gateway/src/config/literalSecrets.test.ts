// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { describe, expect, test } from 'vitest'
import { namesSecret } from './literalSecrets.ts'
import { faultsOf, parse } from './testing/parse.ts'

// Put together here, so that no scanner takes this file for a leak.
const TOKEN = ['ghp', 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6'].join('_')
const PASSWORD = ['hunter2', 'hunter2'].join('-')

const local = (entry: string) => `version: 1\nservers:\n  a: { command: x, ${entry} }`
const remote = (entry: string) => `version: 1\nservers:\n  a: { url: "https://x.example/", ${entry} }`

describe('a secret written into the file is refused at its key, and never repeated', () => {
  test.each([
    ['a token under a harmless name', local(`env: { NOTE: "${TOKEN}" }`), '/servers/a/env/NOTE', '3:27'],
    ['a token inside a longer text', local(`env: { NOTE: "x ${TOKEN} y" }`), '/servers/a/env/NOTE', '3:27'],
    [
      'a password by its name',
      local(`env: { DB_PASSWORD: "${PASSWORD}" }`),
      '/servers/a/env/DB_PASSWORD',
      '3:27',
    ],
    [
      'a token by its name in the middle',
      local(`env: { MY_TOKEN_PROD: "${PASSWORD}" }`),
      '/servers/a/env/MY_TOKEN_PROD',
      '3:27',
    ],
    ['a number', local('env: { API_KEY: 1234567890 }'), '/servers/a/env/API_KEY', '3:27'],
    [
      'a header',
      remote(`headers: { Authorization: "Bearer ${PASSWORD}" }`),
      '/servers/a/headers/Authorization',
      '3:46',
    ],
    ['a key header', remote(`headers: { X-Api-Key: "${PASSWORD}" }`), '/servers/a/headers/X-Api-Key', '3:46'],
    ['an argument after its option', local(`args: [--token, "${PASSWORD}"]`), '/servers/a/args/1', '3:36'],
    ['an argument with its option', local(`args: ["--api-key=${PASSWORD}"]`), '/servers/a/args/0', '3:27'],
    [
      'an argument inside the command',
      `version: 1\nservers:\n  a: { command: "x --password ${PASSWORD}" }`,
      '/servers/a/command',
      '3:8',
    ],
    [
      'a password in an address',
      `version: 1\nservers:\n  a: { command: "x postgres://app:${PASSWORD}@db/x" }`,
      '/servers/a/command',
      '3:8',
    ],
    [
      'a token in a query',
      `version: 1\nservers:\n  a: { url: "https://x.example/?access_token=${PASSWORD}" }`,
      '/servers/a/url',
      '3:8',
    ],
    ['a token under an unknown key', `version: 1\ntoken: "${TOKEN}"`, '/token', '2:1'],
    [
      'a token where a number belongs',
      `version: 1\nlimits: { maxKeys: "${TOKEN}" }`,
      '/limits/maxKeys',
      '2:11',
    ],
  ])('%s', (_, text, path, at) => {
    for (const file of ['/x/a.yaml', '/x/a.yml']) {
      const result = parse(text, file)
      if (result.ok) throw new Error('it was accepted')
      const fault = result.error.faults.find(({ rule }) => rule === 'config/secret')
      expect(fault).toMatchObject({ path })
      expect(`${fault?.line}:${fault?.column}`).toBe(at)
      expect(fault?.hint).toMatch(/\$\{(?:env|file):/)
      expect(JSON.stringify(result.error.faults) + result.error.message).not.toContain(TOKEN.slice(4))
      expect(JSON.stringify(result.error.faults) + result.error.message).not.toContain(PASSWORD)
    }
  })

  test('a secret that became a key is not repeated either', () => {
    const result = parse(local(`env: { ${TOKEN}: }`))
    expect(result.ok ? '' : result.error.message).toMatch(/env/)
    expect(JSON.stringify(result)).not.toContain(TOKEN.slice(4))
  })

  test('a syntax error does not quote the line it is in', () => {
    for (const text of [
      `a: "${PASSWORD}`,
      `a: [${PASSWORD}`,
      `${PASSWORD}\nb: c`,
      `a: ${PASSWORD}: ${PASSWORD}`,
    ]) {
      for (const file of ['/x/a.yaml', '/x/a.json']) {
        const result = parse(text, file)
        expect(result.ok).toBe(false)
        expect(JSON.stringify(result.ok ? '' : [result.error.faults, result.error.message])).not.toContain(
          PASSWORD,
        )
      }
    }
  })
})

describe('what is no secret passes', () => {
  test.each([
    ['a reference', local('env: { API_TOKEN: "${env:API_TOKEN}" }')],
    ['a reference in a text', remote('headers: { Authorization: "Bearer ${file:/run/secrets/t}" }')],
    ['a password reference in an address', local('env: { DSN: "postgres://app:${env:PG}@db/x" }')],
    ['where a secret is', local('env: { TOKEN_FILE: /run/secrets/token, PASSWORD_PATH: /run/secrets/pw }')],
    ['a credentials file', local('env: { GOOGLE_APPLICATION_CREDENTIALS: /etc/google/key.json }')],
    ['a limit on tokens', local('env: { MAX_TOKENS: "100000000", KEYBOARD: "abcdefghijkl" }')],
    ['a short word', local('env: { TOKEN: none }')],
    [
      'an option that names no value',
      local('args: [--token-file, /run/secrets/t, --no-password, --verbose-output]'),
    ],
    [
      'a package',
      `version: 1\nservers:\n  a: { command: "npx -y @modelcontextprotocol/server-filesystem@2026.8.31 ~/code" }`,
    ],
    [
      'an image by digest',
      `version: 1\nservers:\n  a: { command: "docker run x@sha256:${'0123456789abcdef'.repeat(4)}" }`,
    ],
    ['a plain query', `version: 1\nservers:\n  a: { url: "https://x.example/mcp?project=abcdefghijkl" }`],
  ])('%s', (_, text) => {
    expect(faultsOf(text)).toEqual([])
  })
})

test.each([
  ['GITHUB_TOKEN', true],
  ['Authorization', true],
  ['X-Api-Key', true],
  ['dbPassword', true],
  ['--auth-token', true],
  ['CLIENT_SECRET', true],
  ['AWS_SECRET_ACCESS_KEY', true],
  ['MAX_TOKENS', false],
  ['TOKEN_FILE', false],
  ['TOKEN_URL', false],
  ['PATH', false],
  ['AUTHOR', false],
  ['SECRETARY', false],
  ['', false],
])('%s names a secret: %s', (name, expected) => {
  expect(namesSecret(name)).toBe(expected)
})
