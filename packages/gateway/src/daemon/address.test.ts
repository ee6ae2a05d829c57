import { expect, it } from 'vitest'
import { daemonAddress, daemonEnvironment } from './address.ts'

const homeDir = '/home/ada'
const base = { env: { XDG_RUNTIME_DIR: '/run/user/1000' }, homeDir, config: '/home/ada/c.yaml' }
const keyOf = (more: object = {}, env: object = {}) =>
  daemonAddress({ ...base, ...more, env: { ...base.env, ...env } }).key

it('is the same for everybody who means the same', () => {
  expect(daemonAddress(base)).toEqual(daemonAddress(structuredClone(base)))
  expect(keyOf({}, { PATH: '/other', TOKEN: 'x', TERM: 'y' })).toBe(keyOf())
})

it('is another one for another configuration, other folders, or other certificates', () => {
  const keys = [
    keyOf(),
    keyOf({ config: '/home/ada/d.yaml' }),
    keyOf({ homeDir: '/home/bob' }),
    keyOf({}, { XDG_STATE_HOME: '/state' }),
    keyOf({}, { NODE_EXTRA_CA_CERTS: '/ca.pem' }),
    daemonAddress({ env: base.env, homeDir }).key,
  ]
  expect(new Set(keys).size).toBe(keys.length)
})

it('fits into a socket address, however long the home', () => {
  const { folder, socket } = daemonAddress({ env: {}, homeDir: `/home/${'a'.repeat(120)}` })
  expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(103)
  expect(folder).toMatch(/^\/tmp\/sallyport-\d+-[0-9a-f]{16}$/)
  const other = daemonAddress({ env: {}, homeDir: `/home/${'b'.repeat(120)}` })
  expect(other.folder).not.toBe(folder)
})

it('tells the daemon where things are, and nothing else of the host’s environment', () => {
  const env = { HOME: '/home/ada', XDG_STATE_HOME: '/s', API_TOKEN: 's', NODE_OPTIONS: '--require ./evil.js' }
  expect(daemonEnvironment(env)).toEqual({ HOME: '/home/ada', XDG_STATE_HOME: '/s' })
})
