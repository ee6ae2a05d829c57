/** Local servers that take their time to say which era they are of: who comes first is answered by those that are there. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ENVELOPE, type Home, makeHome, PipeClient } from './harness.ts'

const SERVER = fileURLToPath(new URL('./surfaceServer.ts', import.meta.url))

let home: Home
let client: PipeClient
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await client.close()
  home.remove()
})

/** Servers by name, and how long each takes to answer first, in milliseconds. */
function open(servers: Readonly<Record<string, number>>): void {
  const entries = Object.entries(servers).map(([name, startMs]) => {
    const surface = home.path(`${name}.json`)
    const tools = [{ name: 'read', description: 'Reads a note.', inputSchema: { type: 'object' } }]
    writeFileSync(surface, JSON.stringify({ tools, startMs }))
    const command = [process.execPath, SERVER, '--surface', surface, '--log', home.path(`${name}.log`)]
    return [name, { command }] as const
  })
  const config = home.configure({ servers: Object.fromEntries(entries) })
  client = new PipeClient(home, ['stdio', '--standalone', '--config', config])
}

const list = async (): Promise<string[]> => {
  const { result, error } = await client.request('list', 'tools/list', { _meta: ENVELOPE })
  expect(error).toBeUndefined()
  return ((result?.tools ?? []) as { name: string }[]).map(({ name }) => name)
}

it('a modern client waits for the only server, and is not told that its protocol is unknown here', async () => {
  open({ slow: 3_000 })
  expect(await list()).toEqual(['slow__read'])
})

it('and does not wait for a slow one where another is there', async () => {
  open({ quick: 0, slow: 30_000 })
  const began = Date.now()
  expect(await list()).toEqual(['quick__read'])
  expect(Date.now() - began).toBeLessThan(9_000)
})
