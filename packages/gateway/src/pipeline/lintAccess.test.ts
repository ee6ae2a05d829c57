import { describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.ts'
import { lintAccess } from './lintAccess.ts'

const notes = (
  more: object,
  items: readonly string[] = ['tool/query', 'tool/list_all', 'prompt/summary'],
) => {
  const servers = { pg: { command: 'x', ...('tools' in more ? { tools: more.tools } : {}) } }
  const { tools: _tools, ...rest } = more as Record<string, unknown>
  const text = JSON.stringify({ version: 1, servers, ...rest })
  const result = parseConfig(Buffer.from(text), '/c.json', { env: {}, homeDir: '/h' })
  if (!result.ok) throw result.error
  return lintAccess(result.config, () => items).map(({ from, explain }) => `${from}: ${explain}`)
}

describe('what has no effect', () => {
  it.each<[string, object, readonly string[]]>([
    ['nothing', {}, []],
    ['names that there are', { tools: { allow: ['query', 'list_*'], deny: ['*'] } }, []],
    [
      'a name that no approved tool has, by its own case',
      { tools: { deny: ['Query'] } },
      ['servers.pg.tools.deny[0]: no approved tool is called "Query"'],
    ],
    [
      'a question about what its own list refuses, all of it',
      { tools: { ask: ['query', 'list_all', 'list_*'], deny: ['list_a*'], hide: ['query'] } },
      [
        'servers.pg.tools.ask[0]: never asks, since servers.pg.tools.hide[0] refuses it',
        'servers.pg.tools.ask[1]: never asks, since servers.pg.tools.deny[0] refuses it',
      ],
    ],
    [
      'the same of other kinds, and nothing of what only other lists refuse',
      {
        access: [
          { resources: { ask: ['file:///etc/*'], deny: ['file:///*'] } },
          { tools: { ask: ['query'] } },
          { tools: { deny: ['query'] }, principals: ['local eve'] },
        ],
      },
      ['access[0].resources.ask[0]: never asks, since access[0].resources.deny[0] refuses it'],
    ],
    [
      'an entry for a server that there is not',
      { access: [{ servers: ['files'], tools: { deny: ['x'] } }] },
      ['access[0]: no server is meant by it'],
    ],
    [
      'an entry for a trust level that nobody has',
      { access: [{ trust: ['partial'], tools: { deny: ['x'] } }] },
      ['access[0]: no server is meant by it'],
    ],
    [
      'rules behind one that always holds',
      {
        rules: [
          { when: 'true', do: 'ask' },
          { when: 'tool.readOnly', do: 'allow' },
        ],
      },
      ['rules[1]: never reached, since rules[0] always holds'],
    ],
    [
      'a scope for a server that there is not',
      { auth: { keys: {}, scopes: { 'pg:read': { servers: ['pg', 'nope'] }, all: {} } } },
      ['auth.scopes.pg:read.servers[1]: no server is called "nope"'],
    ],
  ])('%s', (_, config, expected) => {
    expect(notes(config)).toEqual(expected)
  })

  it('is not said of names of a server that was never seen', () => {
    expect(notes({ tools: { deny: ['anything'] } }, [])).toEqual([])
  })
})
