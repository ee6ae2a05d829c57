/** What the operator sees and does: status, reload, records, and a trail that proves itself after a kill. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SALLYPORT } from '../program.ts'
import {
  ENVELOPE,
  eventually,
  faultOnPipe,
  type Home,
  makeHome,
  PipeClient,
  postModern,
  startHttpGateway,
} from './harness.ts'

let home: Home
beforeEach(() => {
  home = makeHome()
})
afterEach(() => home.remove())

/** Runs a command of the gateway in this home; never rejects for its exit code. */
async function command(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [SALLYPORT, ...args], {
      env: home.env,
      cwd: home.dir,
      maxBuffer: 64 * 1024 * 1024,
    })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}

const records = async (file: string) =>
  (await command('audit', 'export', '--config', file)).stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

describe('a running gateway', () => {
  it('shows itself, its servers, and which of them nobody can see now', async () => {
    const gone = { url: 'http://127.0.0.1:9/mcp' }
    const gateway = await startHttpGateway(home, {
      servers: { old: faultOnPipe(home, 'old', 'legacy'), gone },
    })
    try {
      const [one] = JSON.parse((await command('status', '--json')).stdout).gateways
      expect(one).toMatchObject({ command: 'serve', auditHealthy: true })
      expect(one.excluded).toEqual([{ server: 'gone', why: 'cannot be reached now' }])
      expect((await command('status')).stdout).toContain(
        'not seen by any client: gone (cannot be reached now)',
      )
      const found = await postModern(gateway.url, 1, 'server/discover', {})
      expect(found.messages[0]?.result?.instructions).toContain('gone (cannot be reached now)')
    } finally {
      await gateway.stop()
    }
    expect((await command('status')).stdout).toContain('No gateway is running')
  })

  it('takes over a changed configuration, and keeps the old one when the new one is broken', async () => {
    const gateway = await startHttpGateway(home, { servers: { bad: faultOnPipe(home, 'bad', 'modern') } })
    const port = new URL(gateway.url).port
    try {
      const listen = { http: `127.0.0.1:${port}` }
      writeFileSync(home.path('sallyport.json'), '{"version": 1, "servers": {"bad": }}')
      await eventually('the refusal', () => gateway.stderr().includes('config.refused'))
      expect(gateway.stderr()).toMatch(/sallyport\.json:1:\d+/)
      expect((await postModern(`${gateway.url}/bad`, 1, 'tools/list', {})).status).toBe(200)
      home.configure({ servers: { other: faultOnPipe(home, 'other', 'modern') }, listen })
      await eventually('the reload', () => gateway.stderr().includes('config.reloaded'))
      expect((await postModern(`${gateway.url}/bad`, 2, 'tools/list', {})).status).toBe(404)
      expect((await postModern(`${gateway.url}/other`, 3, 'tools/list', {})).status).toBe(200)
      const found = await postModern(gateway.url, 4, 'tools/call', { name: 'bad__echo', arguments: {} })
      expect(found.messages[0]?.error?.message).toContain('unknown tool')
    } finally {
      await gateway.stop()
    }
  })

  it('wraps one command under its own names, with no environment but what is named', async () => {
    const client = new PipeClient(
      { ...home, env: { ...home.env, SECRET_OF_THE_HOST: 'hunter2', WANTED: 'yes' } },
      [
        'run',
        '--trust',
        'trusted',
        '--confirm',
        'never',
        '--env',
        'WANTED',
        '--',
        process.execPath,
        '-e',
        ENV_SERVER,
      ],
    )
    await client.initialize()
    const text = (await client.call(1, 'env')).result?.content?.[0]?.text ?? ''
    expect(text).toContain('WANTED')
    expect(text).not.toContain('SECRET_OF_THE_HOST')
    await client.close()
  })
})

/** A landing has little time; by hand it is tried for longer. */
const KILLS = process.env.CI ? 20 : 50

describe('the record', () => {
  it('has every exchange once, with outcome and rule, arguments redacted, and verifies', async () => {
    const file = home.configure({ servers: { bad: faultOnPipe(home, 'bad', 'legacy') } })
    const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
    await client.initialize()
    await client.call('ok', 'bad__echo', {
      password: 'correct horse',
      note: 'Bearer abcdefghijklmnopqrstuvwxyz0123456789',
    })
    await client.call('crash', 'bad__crash')
    await client.request('no', 'vendor/secret-method', {})
    await client.call('unknown', 'nobody__tool')
    await client.close()
    const all = await records(file)
    const of = (id: string) => all.filter((record) => record.requestId === JSON.stringify(id))
    expect(of('ok')).toHaveLength(1)
    expect(of('ok')[0]).toMatchObject({
      outcome: 'ok',
      server: 'bad',
      name: 'echo',
      method: 'tools/call',
      transport: 'stdio',
      era: 'legacy',
    })
    expect(JSON.stringify(of('ok')[0])).not.toContain('correct horse')
    expect(JSON.stringify(all)).not.toContain('abcdefghijklmnopqrstuvwxyz0123456789')
    expect(of('ok')[0].argumentsDigest).toMatch(/^[0-9a-f]{64}$/)
    expect(of('crash')[0]).toMatchObject({ outcome: 'upstream-lost', rule: 'upstream/exited' })
    expect(of('no')[0]).toMatchObject({ outcome: 'refused', errorCode: -32601 })
    expect(of('unknown')[0]).toMatchObject({ outcome: 'refused', rule: 'route/unknown-tool' })
    expect((await command('audit', 'verify', '--config', file)).code).toBe(0)
  })

  it(`of every answer that was sent survives kill -9 under load, ${KILLS} times over`, async () => {
    const file = home.configure({ servers: { bad: faultOnPipe(home, 'bad', 'modern') } })
    const answered = new Set<string>()
    for (let round = 0; round < KILLS; round++) {
      const client = new PipeClient(home, ['stdio', '--standalone', '--config', file])
      const id = (at: number) => `r${round}-${at}`
      const enough = client.next((answer) => answer.id === id(12 + (round % 20)))
      for (let at = 0; at < 60; at++) {
        client.send(
          JSON.stringify({
            jsonrpc: '2.0',
            id: id(at),
            method: 'tools/call',
            params: { name: 'bad__echo', arguments: { at }, _meta: ENVELOPE },
          }),
        )
      }
      await enough
      client.child.kill('SIGKILL')
      await client.exited
      for (const line of client.lines) answered.add(JSON.stringify(JSON.parse(line).id))
    }
    const recorded = new Set((await records(file)).map((record) => record.requestId))
    expect([...answered].filter((id) => !recorded.has(id))).toEqual([])
    expect(answered.size).toBeGreaterThan(KILLS * 10)
    expect((await command('audit', 'verify', '--config', file)).code).toBe(0)
  }, 180_000)
})

/** A legacy server in one line: says which variables it sees. */
const ENV_SERVER =
  `process.stdin.on('data', (chunk) => { for (const line of String(chunk).split(String.fromCharCode(10)).filter(Boolean)) {
  const { id, method } = JSON.parse(line);
  const say = (result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
  if (method === 'initialize') say({ protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'env', version: '1' } });
  else if (method === 'tools/list') say({ tools: [{ name: 'env', inputSchema: { type: 'object' } }] });
  else if (method === 'tools/call') say({ content: [{ type: 'text', text: Object.keys(process.env).join(' ') }] });
  else if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }))
} })`.replaceAll('\n', ' ')
