import { describe, expect, test } from 'vitest'
import { BASIC_VARIABLES, EnvironmentError, serverEnvironment } from './environment.ts'

const parent = {
  PATH: '/usr/bin:/bin',
  HOME: '/home/ada',
  LANG: 'en_GB.UTF-8',
  ANTHROPIC_API_KEY: 'k1',
  NODE_OPTIONS: '--require ./evil.js',
  LD_PRELOAD: '/tmp/evil.so',
  SSH_AUTH_SOCK: '/run/agent',
  HTTPS_PROXY: 'http://user:pass@proxy',
}

describe('serverEnvironment', () => {
  test('a server that was given nothing gets the basic variables and nothing else', () => {
    expect(serverEnvironment({ parent, inherit: [], declared: {} })).toEqual({
      PATH: '/usr/bin:/bin',
      HOME: '/home/ada',
      LANG: 'en_GB.UTF-8',
    })
    const everything = Object.fromEntries([...BASIC_VARIABLES, 'SECRET'].map((name) => [name, '/x']))
    expect(Object.keys(serverEnvironment({ parent: everything, inherit: [], declared: {} }))).toEqual([
      ...BASIC_VARIABLES,
    ])
  })

  test('a named variable is taken over, one that is not set is left out', () => {
    const env = serverEnvironment({ parent, inherit: ['SSH_AUTH_SOCK', 'NOT_SET'], declared: {} })
    expect(env.SSH_AUTH_SOCK).toBe('/run/agent')
    expect('NOT_SET' in env).toBe(false)
  })

  test('a declared value wins over an inherited one, also for PATH', () => {
    const declared = { PATH: 'relative/on/purpose', SSH_AUTH_SOCK: '' }
    const env = serverEnvironment({ parent, inherit: ['SSH_AUTH_SOCK'], declared })
    expect(env).toMatchObject(declared)
  })

  test.each([
    ['.:/usr/bin', '/usr/bin'],
    ['node_modules/.bin:/usr/bin::/bin:', '/usr/bin:/bin'],
  ])('a program is never looked up in the folder of a project: %s', (path, expected) => {
    expect(serverEnvironment({ parent: { PATH: path }, inherit: [], declared: {} }).PATH).toBe(expected)
  })

  test('a PATH of relative entries only is left out rather than empty, which would mean the working directory', () => {
    expect('PATH' in serverEnvironment({ parent: { PATH: '.' }, inherit: [], declared: {} })).toBe(false)
  })

  test('exported shell functions are not passed on (CVE-2014-6271)', () => {
    const env = serverEnvironment({ parent: { ...parent, F: '() { :; }; id' }, inherit: ['F'], declared: {} })
    expect('F' in env).toBe(false)
  })

  test('a variable called __proto__ is a variable', () => {
    const env = serverEnvironment({ parent, inherit: [], declared: JSON.parse('{"__proto__":"x"}') })
    expect(Object.entries(env)).toContainEqual(['__proto__', 'x'])
  })

  test.each([
    [{ 'A=B': 'x' }, 'cannot be the name'],
    [{ '': 'x' }, 'cannot be the name'],
    [{ 'A\0': 'x' }, 'cannot be the name'],
    [{ A: 'hunter2\0' }, 'NUL'],
    [{ SALLYPORT_GUARD: 'hunter2' }, "Sallyport's own"],
  ])('what no environment can hold, or what is ours, is refused without its value: %j', (declared, said) => {
    const build = () => serverEnvironment({ parent, inherit: [], declared })
    expect(build).toThrow(EnvironmentError)
    expect(build).toThrow(said)
    expect(build).not.toThrow(/hunter2/)
  })

  test('our own variables cannot be inherited either: a server of a nested gateway would carry the outer marker', () => {
    expect(() => serverEnvironment({ parent: {}, inherit: ['SALLYPORT_RUN'], declared: {} })).toThrow(
      EnvironmentError,
    )
  })
})
