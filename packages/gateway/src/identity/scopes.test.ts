import { describe, expect, it } from 'vitest'
import type { View } from '../ingress/port.ts'
import { readInbound } from '../protocol/message.ts'
import { exposeName } from '../protocol/names.ts'
import { Scopes, scopesInSight } from './scopes.ts'

const ALL: View = { kind: 'all' }
const one = (server: string): View => ({ kind: 'one', server })

function message(method: string, params: object = {}, id: number | null = 1) {
  const text = JSON.stringify({ jsonrpc: '2.0', ...(id === null ? {} : { id }), method, params })
  const inbound = readInbound(Buffer.from(text), {
    maxBytes: 10_000,
    maxDepth: 16,
    maxKeys: 100,
    maxValues: 100,
    maxStringLength: 10_000,
    maxNumberLength: 100,
  })
  if (!inbound.ok) throw new Error(inbound.explain)
  return inbound.message
}
const call = (name: string) => message('tools/call', { name, arguments: {} })

describe('what is in sight', () => {
  const scopes = new Scopes([
    { name: 'pg:read', servers: ['pg'], tools: ['select_*'] },
    { name: 'pg', servers: ['pg'] },
    { name: 'lists', methods: ['tools/list'] },
    { name: 'texts', servers: ['docs*'], methods: ['resources/*'] },
  ])

  it.each<[string[], string, boolean]>([
    [['pg:read'], 'pg', true],
    [['pg:read'], 'pgx', false],
    [['pg:read', 'texts'], 'docs_2', true],
    [['lists'], 'anything', true],
    [['unknown'], 'pg', false],
    [[], 'pg', false],
  ])('%j reach %s: %s', (granted, server, reached) => {
    expect(scopes.reach(granted, server)).toBe(reached)
  })

  it.each<[string[], string, string, string | undefined, boolean]>([
    [['pg:read'], 'pg', 'tools/list', 'select_rows', true],
    [['pg:read'], 'pg', 'tools/list', 'drop_table', false],
    [['pg:read', 'pg'], 'pg', 'tools/list', 'drop_table', true],
    // A scope for one thing lends its servers to none of another.
    [['pg:read', 'texts'], 'docs', 'tools/list', 'select_rows', false],
    [['texts'], 'docs', 'resources/list', undefined, true],
    [['texts'], 'docs', 'prompts/list', undefined, false],
    [['lists'], 'pg', 'tools/list', 'drop_table', true],
  ])('%j show at %s in %s the item %s: %s', (granted, server, list, tool, shown) => {
    expect(scopes.show(granted, server, list, tool)).toBe(shown)
  })

  it('has to be looked at only where a scope limits servers or tools', () => {
    expect(scopesInSight({ auth: undefined })).toBeUndefined()
    expect(scopesInSight({ auth: {} })).toBeUndefined()
    expect(scopesInSight({ auth: { scopes: [{ name: 'a', methods: ['tools/*'] }] } })).toBeUndefined()
    expect(scopesInSight({ auth: { scopes: [{ name: 'a', tools: ['x'] }] } })).toBeInstanceOf(Scopes)
  })
})

describe('the built-in scopes', () => {
  const scopes = new Scopes(undefined)

  it.each<[string, readonly string[], ReturnType<typeof message>, readonly string[] | undefined]>([
    ['mcp calls', ['mcp'], call('pg__query'), undefined],
    ['mcp:read does not call', ['mcp:read'], call('pg__query'), ['mcp:read', 'mcp']],
    ['mcp:read lists', ['mcp:read'], message('tools/list'), undefined],
    ['mcp:read reads', ['mcp:read'], message('resources/read', { uri: 'x://y' }), undefined],
    ['mcp:read cancels no task', ['mcp:read'], message('tasks/cancel', { taskId: 't' }), ['mcp:read', 'mcp']],
    ['mcp:read opens', ['mcp:read'], message('initialize'), undefined],
    ['mcp:read notifies', ['mcp:read'], message('notifications/initialized', {}, null), undefined],
    ['other scopes open nothing', ['openid', 'profile'], message('initialize'), ['mcp:read']],
    ['none call nothing', [], call('pg__query'), ['mcp']],
    ['a method nobody knows needs all', ['mcp:read'], message('vendor/do'), ['mcp:read', 'mcp']],
  ])('%s', (_, granted, asked, missing) => {
    expect(scopes.missing(granted, ALL, asked)).toEqual(missing)
  })

  it('of others open no stream', () => {
    expect(scopes.missing(['openid'], ALL, undefined)).toEqual(['mcp:read'])
    expect(scopes.missing(['mcp:read'], ALL, undefined)).toBeUndefined()
  })

  it('are advertised, and a new client asks for the whole', () => {
    expect(scopes.names).toEqual(['mcp:read', 'mcp'])
    expect(scopes.initial).toEqual(['mcp'])
  })
})

describe('configured scopes', () => {
  const scopes = new Scopes([
    { name: 'pg:read', servers: ['pg'], tools: ['select_*'] },
    { name: 'pg', servers: ['pg'] },
    { name: 'files', servers: ['files_*'] },
    { name: 'offline_access' },
  ])

  it.each<[string, readonly string[], View, ReturnType<typeof message>, readonly string[] | undefined]>([
    ['a tool of the scope', ['pg:read'], ALL, call('pg__select_one'), undefined],
    ['by its own name at its server', ['pg:read'], one('pg'), call('select_one'), undefined],
    ['another tool', ['pg:read'], ALL, call('pg__drop'), ['pg:read', 'pg']],
    ['a tool of another server', ['pg'], ALL, call('files_a__read'), ['pg', 'files']],
    [
      'the same name at another server',
      ['pg:read'],
      one('files_a'),
      call('select_one'),
      ['pg:read', 'files'],
    ],
    ['a glob on servers', ['files'], one('files_b'), call('read'), undefined],
    ['lists of all servers', ['pg:read'], ALL, message('tools/list'), undefined],
    [
      'a list at a server it is not for',
      ['pg:read'],
      one('files_a'),
      message('tools/list'),
      ['pg:read', 'files'],
    ],
    [
      'a conversation with a server it is not for',
      ['pg'],
      one('web'),
      message('initialize'),
      ['pg', 'offline_access'],
    ],
    [
      'a resource of some server',
      ['pg'],
      ALL,
      message('resources/read', { uri: 'x://y' }),
      ['pg', 'offline_access'],
    ],
    ['a resource at its server', ['pg'], one('pg'), message('resources/read', { uri: 'x://y' }), undefined],
    ['a name without a server', ['pg'], ALL, call('select_one'), ['pg', 'offline_access']],
    ['no name', ['pg:read'], one('pg'), message('tools/call', { name: 7 }), ['pg:read', 'pg']],
  ])('%s', (_, granted, view, asked, missing) => {
    expect(scopes.missing(granted, view, asked)).toEqual(missing)
  })

  it('a name that was altered to fit is no match for a glob: the own name may be another one', () => {
    const altered = exposeName('pg', 'select-*; drop')
    expect(scopes.missing(['pg:read'], ALL, call(altered))).toEqual(['pg:read', 'pg'])
    expect(scopes.missing(['pg'], ALL, call(altered))).toBeUndefined()
  })

  it('never advertise offline_access', () => {
    expect(scopes.names).toEqual(['pg:read', 'pg', 'files'])
  })
})
