import { expect, it } from 'vitest'
import { callDeadline } from './callDeadline.ts'
import { parseConfig } from './load.ts'

const parse = (more: object) =>
  parseConfig(
    Buffer.from(JSON.stringify({ version: 1, servers: { s: { command: 'x', ...more } } })),
    '/c.json',
    {
      env: {},
      homeDir: '/h',
    },
  )

it('the first glob that fits a tool gives its deadline; others, and what is no tool, have the server’s', () => {
  const parsed = parse({ deadline: '20s', deadlines: { build_all: '10m', 'build_*': '5m' } })
  if (!parsed.ok) throw parsed.error
  const [server] = parsed.config.servers
  if (server === undefined) throw new Error('no server')
  expect(
    ['build_all', 'build_one', 'Build_one', 'read', undefined].map((tool) => callDeadline(server, tool)),
  ).toEqual([
    { deadlineMs: 600_000, key: 'deadlines["build_all"]' },
    { deadlineMs: 300_000, key: 'deadlines["build_*"]' },
    { deadlineMs: 20_000, key: 'deadline' },
    { deadlineMs: 20_000, key: 'deadline' },
    { deadlineMs: 20_000, key: 'deadline' },
  ])
})

it.each([
  [
    { deadlineCap: '2m', deadlines: { slow: '3m' } },
    /servers\.s\.deadlines\.slow is more than the cap of "s", 2m/,
  ],
  [{ deadlines: { slow: '3' } }, /deadlines/],
  [{ deadlines: { slow: '25h' } }, /deadlines/],
])('%j is refused with its place', (more, explain) => {
  const parsed = parse(more)
  expect(parsed.ok).toBe(false)
  if (!parsed.ok) expect(parsed.error.message).toMatch(explain)
})
