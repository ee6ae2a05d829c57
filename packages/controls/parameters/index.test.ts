import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../json/index.ts'
import { meaningOf, toolTraits } from './index.ts'

describe('a parameter', () => {
  it.each<[string, JsonObject | undefined, string | undefined]>([
    ['path', undefined, 'path'],
    ['targetFilePath', { type: 'string' }, 'path'],
    ['source_files', undefined, 'path'],
    ['cwd', undefined, 'path'],
    ['jsonPath', undefined, undefined],
    ['x-path', undefined, undefined],
    ['url', undefined, 'url'],
    ['imageURL', undefined, 'url'],
    ['callback', { format: 'uri' }, 'url'],
    ['url', { format: 'date' }, undefined],
    ['sql', undefined, 'sql'],
    ['sql_query', undefined, 'sql'],
    ['sqls', undefined, 'sql'],
    ['statements', { description: 'MySQL statements, in their order' }, 'sql'],
    ['query', { description: 'SQL query to run' }, 'sql'],
    ['query', { description: 'What to search for' }, undefined],
    ['statement', { description: 'A PostgreSQL statement' }, 'sql'],
    ['body', { format: 'sql' }, 'sql'],
    ['body', { contentMediaType: 'application/sql' }, 'sql'],
    ['command', undefined, 'command'],
    ['target', { description: 'Path to the file to read' }, 'path'],
    ['target', { description: 'The URL of the page' }, 'url'],
    ['profile', undefined, undefined],
    ['empathy', undefined, undefined],
    ['content', { description: 'May mention a path or a URL.' }, undefined],
    ['constructor', undefined, undefined],
  ])('%s %j means %s', (name, schema, meaning) => {
    expect(meaningOf(name, schema)?.meaning).toBe(meaning)
  })
})

it.each([
  ['query', 'Run a read-only SQL query', 'sql'],
  ['queries', 'Runs statements on the SQLite database', 'sql'],
  ['query', 'Searches the mail', undefined],
  ['text', 'Explains SQL to beginners', undefined],
])('%s of a tool that says %j means %s', (name, about, meaning) => {
  expect(meaningOf(name, {}, about)?.meaning).toBe(meaning)
})

describe('a tool', () => {
  it.each<[string, JsonObject, boolean, boolean, boolean]>([
    ['fetch', {}, false, true, true],
    ['downloadImage', {}, false, true, false],
    ['look_up', { description: 'Fetches a URL and gives its text.' }, false, true, false],
    ['read_query', {}, false, false, true],
    ['write_query', {}, false, false, false],
    ['execute_sql', { annotations: { readOnlyHint: true } }, false, false, false],
    ['execute_sql', { annotations: { readOnlyHint: true } }, true, false, true],
    ['browser_navigate', { description: 'Navigate to a URL' }, false, false, false],
  ])('%s %j, annotations believed %s: fetches %s, reads %s', (name, definition, believed, fetches, reads) => {
    expect(toolTraits(name, definition, believed)).toEqual({ fetches, reads })
  })
})
