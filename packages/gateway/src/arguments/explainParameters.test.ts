import { expect, it } from 'vitest'
import { parseConfig } from '../config/load.ts'
import { explainParameters } from './explainParameters.ts'

it('what is made of parameters is shown with where it came from', () => {
  const text = {
    version: 1,
    servers: {
      s: {
        command: 'x',
        arguments: { 'read_*': { path: { path: { roots: ['data'] } }, 'to.*': { format: 'email' } } },
      },
    },
  }
  const parsed = parseConfig(Buffer.from(JSON.stringify(text)), '/srv/sallyport.json', {
    env: {},
    homeDir: '/',
  })
  const [server] = parsed.ok ? parsed.config.servers : []
  if (server === undefined) throw new Error('no server')
  const properties = {
    path: { type: 'string' },
    url: { type: 'string' },
    files: { type: 'array', items: { type: 'string' } },
    note: { type: 'string' },
  }
  const value = { name: 'fetch_all', inputSchema: { type: 'object', properties } }
  const query = { properties: { query: { type: 'string' } } }
  const items = [
    { kind: 'tool', name: 'fetch_all', value },
    { kind: 'tool', name: 'ask', value: { description: 'Runs SQL', inputSchema: query } },
    { kind: 'tool', name: 'find', value: { description: 'Searches mail', inputSchema: query } },
  ] as const
  expect(explainParameters(server, items)).toEqual([
    { tool: 'read_*', place: 'path', taken: 'path within /srv/data', from: 'configuration' },
    { tool: 'read_*', place: 'to.*', taken: 'email', from: 'configuration' },
    { tool: 'fetch_all', place: 'path', taken: 'path, no folder demanded', from: 'name' },
    { tool: 'fetch_all', place: 'url', taken: 'URL that is fetched: public hosts only', from: 'name' },
    { tool: 'fetch_all', place: 'files.*', taken: 'path, no folder demanded', from: 'name' },
    { tool: 'ask', place: 'query', taken: expect.stringContaining('SQL'), from: 'description' },
  ])
})
