/** Of many local servers that are needed at once only so many start at a time (`limits.concurrentStarts`). */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ENVELOPE, type Home, makeHome, PipeClient, textOf } from './harness.ts'

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
const peaks = () => readFileSync(home.path('peaks'), 'utf8').split('\n').filter(Boolean).map(Number)

it.each([
  ['whose era is known', 'legacy', 1],
  ['that are asked for their era first, in a process of its own', 'auto', 2],
])(
  'six servers %s, all called at once: never more than two start at a time, and every call is answered',
  async (_what, era, processes) => {
    const command = [
      process.execPath,
      SLOW_START,
      '--folder',
      home.path('starting'),
      '--peaks',
      home.path('peaks'),
    ]
    const servers = Object.fromEntries(NAMES.map((name) => [name, { command, era }]))
    const config = home.configure({ servers, limits: { concurrentStarts: 2 } })
    client = new PipeClient(home, ['stdio', '--standalone', '--config', config])
    const calls = NAMES.map((name) =>
      client.request(name, 'tools/call', { name: `${name}__work`, arguments: {}, _meta: ENVELOPE }),
    )
    expect((await Promise.all(calls)).map(textOf)).toEqual(NAMES.map(() => 'worked'))
    expect(peaks()).toHaveLength(NAMES.length * processes)
    expect(Math.max(...peaks())).toBe(2)
  },
)
