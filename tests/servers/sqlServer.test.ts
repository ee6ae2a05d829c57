import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const SERVER = fileURLToPath(new URL('./sqlServer.ts', import.meta.url))

it('the SQL server runs whatever it is given, and its log says what that was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sql-server-'))
  const log = join(folder, 'log.jsonl')
  const server = spawn(process.execPath, [SERVER, '--log', log], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
    let id = 0
    const ask = async (method: string, params: object = {}) => {
      server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params })}\n`)
      const { value } = await lines.next()
      return JSON.parse(String(value)).result
    }
    const call = (name: string, given: object) => ask('tools/call', { name, arguments: given })
    expect((await ask('initialize', { protocolVersion: '2025-11-25' })).serverInfo.name).toBe('sql-server')
    expect((await ask('tools/list')).tools).toHaveLength(4)
    expect((await call('query', { sql: 'SELECT count(*) AS n FROM users' })).content[0].text).toBe(
      '[{"n":2}]',
    )
    expect(
      (await call('find_user', { name: "x' UNION SELECT id, token, 1 FROM secrets --" })).content[0].text,
    ).toContain('canary-token')
    await call('query', { sql: 'SELECT 1; DELETE FROM orders' })
    expect((await call('query', { sql: 'SELEC' })).isError).toBe(true)
    const entries = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(entries.filter((entry) => 'changes' in entry)).toMatchObject([
      { call: 'query', statements: 1, changes: 0 },
      { call: 'find_user', statements: 1, changes: 0 },
      { call: 'query', statements: 2, changes: 3 },
      { call: 'query', changes: 0, error: expect.any(String) },
    ])
  } finally {
    server.kill()
    rmSync(folder, { recursive: true, force: true })
  }
})
