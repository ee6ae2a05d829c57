import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isServerId } from '../protocol/names.ts'
import { serverIdOf } from './serverIdOf.ts'

const at = (...command: string[]) => serverIdOf(command, '/home/ada')

describe('the id of a wrapped command', () => {
  it.each([
    [['npx', '-y', '@modelcontextprotocol/server-memory'], 'memory'],
    [['npx', '-y', '@modelcontextprotocol/server-filesystem@2026.8.31', 'notes'], 'filesystem'],
    [['uvx', 'mcp-server-fetch'], 'fetch'],
    [['docker', 'run', '--rm', '-i', 'mcp/postgres'], 'postgres'],
    [['weather-mcp', '--units', 'metric'], 'weather'],
    [['/usr/bin/env', 'weather-mcp'], 'weather'],
  ])('%j is the package or program that it runs: %s', (command, id) => expect(at(...command)).toBe(id))

  it.each([
    [['node', 'weather/dist/index.js'], /^weather_[0-9a-f]{4}$/],
    [['node', '--import', 'tsx', './src/server.ts'], /^ada_[0-9a-f]{4}$/],
    [['/opt/tools/main.py'], /^tools_[0-9a-f]{4}$/],
    [['python3', '/my files/über/tide table.py'], /^tide_table_[0-9a-f]{4}$/],
    [['node', '-e', 'process.exit(0)'], /^server_[0-9a-f]{4}$/],
  ])('%j is a file of this machine, by its telling name and its place: %s', (command, id) =>
    expect(at(...command)).toMatch(id),
  )

  it('two programs with files of one name are two', () => {
    expect(at('node', 'a/server.mjs')).not.toBe(at('node', 'b/server.mjs'))
    expect(serverIdOf(['node', './server.mjs'], '/a')).not.toBe(serverIdOf(['node', './server.mjs'], '/b'))
    expect(at('node', '-e', 'one()')).not.toBe(at('node', '-e', 'two()'))
  })

  it('one program is one, whatever its arguments and however its file is named', () => {
    const id = at('node', '/home/ada/a/server.mjs')
    expect(at('node', 'a/server.mjs', '--port', '7')).toBe(id)
    expect(at('node', './a/../a/server.mjs')).toBe(id)
    expect(serverIdOf(['node', 'server.mjs'], '/home/ada/a')).toBe(id)
  })

  it('is always one that a server may have', () => {
    const words = fc.array(fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(words, fc.constantFrom('/', '/home/ada', '/ä b'), (command, cwd) =>
        isServerId(serverIdOf(command, cwd)),
      ),
    )
  })
})
