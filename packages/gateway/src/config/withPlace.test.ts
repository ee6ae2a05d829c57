// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { expect, test } from 'vitest'
import { resolveSecret } from './secrets.ts'
import { configOf, FILE } from './testing/parse.ts'
import { withPlace } from './withPlace.ts'

const config = configOf(
  [
    'version: 1',
    'auth:',
    '  issuers:',
    '    - issuer: https://idp.example',
    '      introspection: { url: "https://idp.example/i", clientId: g, clientSecret: "${env:NOT_SET}" }',
    '  server:',
    '    broker:',
    '      issuer: https://login.example',
    '      clientId: gate',
    '      clientSecret: ${env:NOT_SET}',
    '      allow: [anyone]',
    '    clients: { nightly: { secret: "${env:NOT_SET}" } }',
    'tokenVault: { key: "${env:NOT_SET}" }',
  ].join('\n'),
)

const said = (text: Parameters<typeof resolveSecret>[0] | undefined) =>
  resolveSecret(text ?? { source: '', secret: false }, { env: {} }).then(
    () => 'it was resolved',
    (error: Error) => withPlace(error.message, config.source),
  )
const why = '${env:NOT_SET}: the variable is not set where the gateway runs'

test.each([
  ['auth.server.broker.clientSecret', '10:21', () => config.auth?.server?.broker?.clientSecret],
  ['auth.server.clients.nightly.secret', '12:35', () => config.auth?.server?.clients[0]?.secret],
  [
    'auth.issuers[0].introspection.clientSecret',
    '5:81',
    () => config.auth?.issuers?.[0]?.introspection?.clientSecret,
  ],
  ['tokenVault.key', '13:20', () => config.vaultKey],
])('a secret that cannot be had is told with its key, %s, and its place', async (key, at, text) => {
  expect(await said(text())).toBe(`${key}: ${why} at ${FILE}:${at}`)
})

test('a sentence that begins with no key of the file is left as it is', () => {
  const others = [
    'the door is shut',
    'auth.keys: no',
    '',
    '__proto__: x',
    ': x',
    'auth EADDRINUSE: x',
    'auth.',
  ]
  for (const sentence of others) expect(withPlace(sentence, config.source)).toBe(sentence)
  expect(withPlace('auth.server: x', { kind: 'built-in' })).toBe('auth.server: x')
})
