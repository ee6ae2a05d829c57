/** Audit never fails open (DESIGN 4): what cannot be recorded is not answered, and nothing more is sent until it can be. */
import { execFileSync, spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, ENVELOPE, faultOnPipe, type Home, makeHome, PipeClient } from './harness.ts'

let home: Home
let client: PipeClient | undefined
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await client?.close()
  home.remove()
})

/** No file of the gateway takes another byte, as on a full disk; or takes them again. */
function fillDisk(full: boolean): void {
  execFileSync('prlimit', ['--pid', String(client?.child.pid), `--fsize=${full ? 1 : 'unlimited'}:unlimited`])
}

function reached(): number {
  return home.witness('fault.log').filter(({ method }) => method === 'tools/call').length
}

/** Ids of their own, and what a modern request says of itself. */
function ask(id: number, era: 'legacy' | 'modern', method: string, params: object): Promise<Answer> {
  if (client === undefined) throw new Error('no client yet')
  return client.request(id, method, era === 'modern' ? { ...params, _meta: ENVELOPE } : params)
}

const call = (id: number, era: 'legacy' | 'modern') =>
  ask(id, era, 'tools/call', { name: 'fault__echo', arguments: { secret: `nonce-${id}` } })

describe.skipIf(process.platform !== 'linux' || spawnSync('prlimit', ['--version']).status !== 0).each([
  ['legacy', 'legacy'],
  ['legacy', 'modern'],
  ['modern', 'modern'],
  ['modern', 'legacy'],
] as const)('a %s client of a %s server whose calls cannot be recorded', (era, serverEra) => {
  it('gets no answer of the server, nothing more reaches it, and both end when records are written again', async () => {
    const config = home.configure({ servers: { fault: faultOnPipe(home, 'fault', serverEra) } })
    client = new PipeClient(home, ['--config', config, 'stdio', '--standalone'])
    if (era === 'legacy') await client.initialize()
    expect(JSON.stringify(await call(1, era))).toContain('nonce-1')

    fillDisk(true)
    // This one was sent before anybody could know: what came of it does not leave.
    const first = await call(2, era)
    expect(JSON.stringify(first)).not.toContain('nonce-2')
    expect(JSON.stringify(first)).toContain('audit/unavailable')
    const before = reached()
    const refused = await call(3, era)
    expect(refused.result?.isError).toBe(true)
    expect(refused.result?.content?.[0]?.text).toMatch(
      /audit trail.*\[rule audit\/unavailable\].*permissions/,
    )
    expect(reached()).toBe(before)
    const list = await ask(4, era, 'tools/list', {})
    expect(list.result).toBeUndefined()
    expect(list.error?.data).toMatchObject({
      rule: 'audit/unavailable',
      remedy: expect.stringContaining('disk'),
    })

    fillDisk(false)
    let again = await call(5, era)
    for (let id = 6; again.result?.isError === true; id++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      again = await call(id, era)
    }
    expect(JSON.stringify(again)).toContain('nonce-')
    expect(reached()).toBe(before + 1)
  })
})
