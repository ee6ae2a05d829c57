import { expect, test } from 'vitest'
import { askedSecret } from './index.ts'

const form = (field: string, schema: object = {}, message = 'Please fill in.') =>
  ({
    message,
    requestedSchema: { type: 'object', properties: { [field]: { type: 'string', ...schema } } },
  }) as never

test.each([
  ['password', form('password')],
  ['password', form('dbPassword')],
  ['password', form('x', { title: 'P\u0430ssw\u043erd' })],
  ['password', form('x', { title: 'Pass\u200bword' })],
  ['password', form('x', { title: 'P a s s w o r d' })],
  ['password', form('x', { title: '\uff30\uff41\uff53\uff53\uff57\uff4f\uff52\uff44' })],
  ['password', form('x', { format: 'password' })],
  ['password', form('x', { title: 'Contrase\u00f1a' })],
  ['password', form('x', { title: 'Contrasena' })],
  ['password', form('x', { description: 'Ihr Passwort f\u00fcr die Datenbank' })],
  ['password', form('x', { title: '\u041f\u0430\u0440\u043e\u043b\u044c' })],
  ['password', form('x', { title: '\u8bf7\u8f93\u5165\u5bc6\u7801' })],
  ['password', form('x', { title: '\ube44\ubc00\ubc88\ud638' })],
  ['password', form('x', { title: 'Mot de passe' })],
  ['key', form('api_key')],
  ['key', form('token')],
  ['key', form('x', { title: 'GitHub personal access token' })],
  ['key', form('x', { description: 'The seed phrase of your wallet' })],
  ['code', form('otp', { type: 'integer' })],
  ['code', form('x', { title: 'One-time code' })],
  ['code', form('x', { title: '\u9a8c\u8bc1\u7801' })],
  ['card', form('cardNumber')],
  ['card', form('cvv')],
  ['password', form('answer', {}, 'Please enter your password to go on.')],
  ['code', form('answer', {}, 'Type the verification code that we sent.')],
])('a form is found out that asks for a %s', (kind, params) => {
  expect(askedSecret(params)?.kind).toBe(kind)
})

test.each([
  form('name'),
  form('max_tokens', { type: 'integer' }),
  form('tokenCount'),
  form('pageToken'),
  form('keyword'),
  form('passenger'),
  form('compass'),
  form('save_password', { type: 'boolean' }),
  form('method', { enum: ['password', 'token'] }),
  form('branch', {}, 'The password is not needed for this.'),
  form('spinner'),
  form('pinned'),
  { message: 'Enter your password', mode: 'url', url: 'https://a.example/login' } as never,
])('its twin passes: %j', (params) => {
  expect(askedSecret(params)).toBeUndefined()
})

test('a form with ten thousand fields of a megabyte costs no more than its bounds', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, at) => [`f${at}`, { type: 'string', title: 'x'.repeat(5000) }]),
  )
  expect(
    askedSecret({ message: 'm'.repeat(1 << 20), requestedSchema: { properties } } as never),
  ).toBeUndefined()
})
