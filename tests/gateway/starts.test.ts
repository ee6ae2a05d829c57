/** Of many local servers that are needed at once only so many start at a time (`limits.concurrentStarts`). */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ENVELOPE, eventually, type Home, makeHome, PipeClient, textOf } from './harness.ts'

const SLOW_START = fileURLToPath(new URL('./slowStartServer.ts', import.meta.url))
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']

let home: Home
let client: PipeClient
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await client.close()
  home.remove()
})

/** How many were starting when each of them came. */
function peaks(): number[] {
  const file = home.path('peaks')
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number) : []
}

/** Six servers of which two may start at a time. */
function open(era: 'legacy' | 'auto'): void {
  const places = ['--folder', home.path('starting'), '--peaks', home.path('peaks')]
  const command = [process.execPath, SLOW_START, ...places]
  const servers = Object.fromEntries(NAMES.map((name) => [name, { command, era }]))
  const config = home.configure({ servers, limits: { concurrentStarts: 2 } })
  client = new PipeClient(home, ['stdio', '--standalone', '--config', config])
}

it('six servers that are called at once start two at a time, and every call is answered', async () => {
  open('legacy')
  const calls = NAMES.map((name) =>
    client.request(name, 'tools/call', { name: `${name}__work`, arguments: {}, _meta: ENVELOPE }),
  )
  expect((await Promise.all(calls)).map(textOf)).toEqual(NAMES.map(() => 'worked'))
  expect(peaks()).toHaveLength(NAMES.length)
  expect(Math.max(...peaks())).toBe(2)
})

it('so do the processes that are started to ask six servers for their era', async () => {
  open('auto')
  // What comes of it is another matter: whoever lists does not wait for ever for servers that do not say their era.
  void client.request('list', 'tools/list', { _meta: ENVELOPE }).catch(() => undefined)
  await eventually('a process of each', () => peaks().length >= NAMES.length, 40_000)
  expect(Math.max(...peaks())).toBe(2)
})
