/** Queries at a server that runs whatever is in a text: its own log has every call that reached it. */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Home, type HttpGateway, makeHome, startHttpGateway } from './harness.ts'
import { PlainClient } from './plainClient.ts'

const SERVER = fileURLToPath(new URL('../servers/sqlServer.ts', import.meta.url))

describe.each(['legacy', 'modern'] as const)('for a %s client, the SQL server', (era) => {
  let home: Home
  let gateway: HttpGateway
  let client: PlainClient

  beforeAll(async () => {
    home = makeHome()
    const sql = {
      command: [process.execPath, SERVER, '--log', home.path('sql.log')],
      trust: 'partial',
      arguments: {
        query: { sql: { sql: { dialect: 'sqlite', mode: 'read', tables: ['users', 'orders'] } } },
        find_user: { name: { format: 'id' } },
      },
    }
    gateway = await startHttpGateway(home, { servers: { sql } })
    client = (await PlainClient.connect(`${gateway.url}/sql`, era)).client
    await client.request('tools/list')
  })
  afterAll(async () => {
    await gateway.stop()
    home.remove()
  })

  const call = async (name: string, args: object): Promise<{ text: string; reached: number }> => {
    const before = home.witness('sql.log').length
    const { result, error }: Answer = await client.request('tools/call', { name, arguments: args })
    const text = error?.message ?? result?.content?.map((part) => part.text).join('\n') ?? ''
    return { text, reached: home.witness('sql.log').length - before }
  }

  it.each([
    ['query', { sql: 'SELECT 1; DELETE FROM orders' }, 'sql/multiple'],
    ['query', { sql: 'DELETE FROM orders' }, 'sql/write'],
    ['query', { sql: 'SELECT token FROM secrets' }, 'sql/table'],
    ['query', { sql: 'SELECT id FROM users UNION SELECT token FROM secrets' }, 'sql/table'],
    ['query', { sql: "ATTACH 'x.db' AS x" }, 'sql/'],
    ['query', { sql: 'SELECT 1', also: 'SELECT 2' }, 'schema/undeclared'],
    ['execute', { sql: 'DELETE FROM orders WHERE id = 1; DROP TABLE users' }, 'sql/multiple'],
    ['find_user', { name: "x' UNION SELECT id, token, 1 FROM secrets --" }, 'format/id'],
  ])('%s gets no %j', async (name, args, rule) => {
    const { text, reached } = await call(name, args)
    expect(text).toContain(`[rule ${rule}`)
    expect(reached).toBe(0)
  })

  it('runs honest queries, and has all that was there before', async () => {
    expect((await call('query', { sql: 'SELECT count(*) AS n FROM orders' })).text).toBe('[{"n":3}]')
    expect((await call('query', { sql: "SELECT name FROM users WHERE name != '; DROP'" })).reached).not.toBe(
      0,
    )
    expect((await call('find_user', { name: 'Ann' })).text).toContain('Ann')
  })
})
