// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { describe, expect, test } from 'vitest'
import type { Config } from './config.ts'
import { diffConfig, isEmptyDiff, needsRestart, SETTINGS } from './diff.ts'
import { configOf } from './testing/parse.ts'

const servers = (text: string, head = '') => configOf(`version: 1\n${head}\nservers: {${text}}`)

describe('servers', () => {
  test('added, removed and changed, with the keys of the file', () => {
    const diff = diffConfig(
      servers(
        'a: { command: x }, b: { command: x }, c: { command: x, env: { A: "${env:A}" } }, d: { command: x }',
      ),
      servers(
        'b: { command: x }, c: { command: x, env: { A: "${env:B}" }, deadline: 5s }, d: { url: "https://x/" }, e: { command: x }',
      ),
    )
    expect(diff.added.map(({ id }) => id)).toEqual(['e'])
    expect(diff.removed.map(({ id }) => id)).toEqual(['a'])
    expect(diff.changed.map(({ id, keys }) => [id, [...keys].sort()])).toEqual([
      ['c', ['deadline', 'env']],
      ['d', ['command', 'cwd', 'defaults.env', 'env', 'headers', 'share', 'transport', 'url']],
    ])
    expect(diff.settings).toEqual([])
  })

  test('a default that changes shows in the servers it reaches', () => {
    const text = 'a: { command: x }, b: { command: x, deadline: 9s }'
    const diff = diffConfig(servers(text), servers(text, 'defaults: { deadline: 7s }'))
    expect(diff.changed.map(({ id, keys }) => [id, keys])).toEqual([['a', ['deadline']]])
  })

  test('a profile changes itself and what it shifts', () => {
    const diff = diffConfig(servers('a: { command: x }'), servers('a: { command: x }', 'profile: strict'))
    expect(diff.changed.map(({ id, keys }) => [id, keys])).toEqual([['a', ['deadline', 'rate', 'maxResult']]])
    expect(diff.settings).toEqual([{ key: 'profile', before: 'balanced', after: 'strict', restart: false }])
  })

  test('another way to write the same is no difference', () => {
    const before = servers('a: { command: "x y", env: { A: b, C: d } }')
    const after = servers('a: { env: { C: d, A: b }, command: [x], args: [y] } # moved\n')
    expect(isEmptyDiff(diffConfig(before, after))).toBe(true)
  })
})

describe('settings', () => {
  const base = configOf('version: 1')

  /** Every value of the configuration but the servers, by its path. */
  function leaves(value: unknown, path: readonly string[] = []): (readonly string[])[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
  }
  const paths = leaves(base).filter(([top = '']) => !['version', 'source', 'servers'].includes(top))

  function changedAt(config: Config, path: readonly string[]): Config {
    const copy: Config = structuredClone(config)
    let owner: object = copy
    for (const key of path.slice(0, -1)) {
      const inner: unknown = Reflect.get(owner, key)
      if (typeof inner === 'object' && inner !== null) owner = inner
    }
    const last = path.at(-1) ?? ''
    const old: unknown = Reflect.get(owner, last)
    Reflect.set(owner, last, typeof old === 'number' ? old + 1 : Array.isArray(old) ? ['new'] : 'new')
    return copy
  }

  test.each(paths.map((path) => [path.join('.'), path] as const))('a change of %s is seen', (_, path) => {
    expect(diffConfig(base, changedAt(base, path)).settings).toHaveLength(1)
  })

  test.each([
    ['auth.keys', 'auth: { keys: { header: X-Key } }', 'auth: { keys: { header: X-Other } }'],
    ['auth.scopes', 'auth: { keys: {}, scopes: { a: {} } }', 'auth: { keys: {}, scopes: { b: {} } }'],
    [
      'secrets.toServer',
      'secrets: { toServer: { token: pass } }',
      'secrets: { toServer: { token: refuse } }',
    ],
    ['secrets.except', 'secrets: { except: [secret/jwt] }', 'secrets: { except: [secret/github] }'],
  ])('a change of %s, which a configuration need not have, is seen', (key, before, after) => {
    const diff = diffConfig(configOf(`version: 1\n${before}`), configOf(`version: 1\n${after}`))
    expect(diff.settings.map((setting) => setting.key)).toEqual([key])
  })

  test('every setting is a key of the file', () => {
    for (const key of Object.keys(SETTINGS)) expect(() => needsRestart(key)).not.toThrow()
    expect(paths.length).toBeGreaterThan(20)
  })

  test('what cannot change while running says so', () => {
    const after = configOf(
      'version: 1\nlisten: { http: "127.0.0.1:8000" }\naudit: { dir: ./a }\nmethods: { allow: [x/y] }',
    )
    expect(diffConfig(base, after).settings.map(({ key, restart }) => [key, restart])).toEqual([
      ['listen.http', true],
      ['audit.dir', true],
      ['methods.allow', false],
    ])
  })
})
