import { knownSecrets } from '@sallyport/controls/secrets'
import { expect, it } from 'vitest'
import { secretPolicy } from '../config/secretPolicy.ts'
import { lastLook } from './lastLook.ts'

const OWN = ['canary', 'Zq8-vN3-kP5', 'tR9'].join('-')
const look = (profile: 'balanced' | 'observe', values: string[] = [OWN]) =>
  lastLook({
    known: () => knownSecrets(values),
    policy: () => secretPolicy('trusted', profile, []),
  })
const message = (params: object, method = 'notifications/cancelled') =>
  JSON.stringify({ jsonrpc: '2.0', method, params })

it.each([
  ['a text', { reason: OWN }],
  ['a name', { [OWN]: 1 }],
  ['two halves', { a: OWN.slice(0, 8), b: OWN.slice(8) }],
  ['Base64', { a: btoa(`me:${OWN}`) }],
  ['JSON in a text', { a: JSON.stringify({ OWN }) }],
])('an own secret in %s is held, and only seen where nothing is blocked', (_how, params) => {
  const method = 'notifications/cancelled'
  expect(look('balanced')('one', method, message(params))).toBe('held')
  expect(look('observe')('one', method, message(params))).toBe('seen')
  expect(look('balanced', [])('one', method, message(params))).toBe('clean')
})

it('a value that has quotes and backslashes is found as JSON writes it', () => {
  const value = 'p"q\\r-7Rm2xZp9'
  expect(look('balanced', [value])('one', 'ping', message({ a: value }))).toBe('held')
})

it('what is no secret of the gateway is clean, however long', () => {
  expect(look('balanced')('one', 'ping', message({ reason: 'the user gave up' }))).toBe('clean')
  expect(look('balanced')('one', 'tools/call', message({ a: 'canary-'.repeat(200_000) }))).toBe('clean')
})
