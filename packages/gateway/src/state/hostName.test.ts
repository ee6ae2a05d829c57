import { spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import { hostName, type ProcessFacts } from './hostName.ts'

const RUNNERS: readonly (readonly string[])[] = [
  ['npm exec sallyport stdio', '', ''],
  ['node', '/usr/lib/node_modules/npm/bin/npx-cli.js', '-y', 'sallyport', 'stdio'],
  ['/usr/bin/node', '/usr/lib/node_modules/npm/bin/npm-cli.js', 'exec', 'sallyport'],
  ['node', '/opt/pnpm/bin/pnpm.cjs', 'dlx', 'sallyport', 'stdio'],
  ['bunx', 'sallyport'],
  ['bun', 'x', 'sallyport'],
]
const HOST: readonly string[] = ['/opt/host/host', '--x']
const SHELL: readonly string[] = ['/bin/sh', '-c', 'sallyport stdio']

/** From the relay's parent upwards: 100, 101, ...; the last one is a child of the system's first process. */
const tree = (...commands: readonly (readonly string[])[]) => {
  const known = new Map<number, ProcessFacts>(
    commands.map((command, at) => [
      100 + at,
      { parent: at === commands.length - 1 ? 1 : 101 + at, started: `s${at}`, command, isOwn: true },
    ]),
  )
  return { known, read: async (pid: number) => known.get(pid) }
}

it.each(RUNNERS.map((runner) => [runner.join(' '), runner] as const))(
  'a host that starts its relay through a runner each time is the same host: %s',
  async (_, runner) => {
    expect(await hostName(100, tree(runner, HOST, ['systemd']).read)).toBe('101:s1')
    expect(await hostName(100, tree(SHELL, runner, HOST, ['systemd']).read)).toBe('102:s2')
    expect(await hostName(100, tree(SHELL, runner, SHELL, HOST, ['systemd']).read)).toBe('103:s3')
  },
)

it.each<[string, readonly (readonly string[])[]]>([
  ['a host by itself', [HOST, SHELL, ['npm exec agent']]],
  [
    'a host that was started through a runner itself',
    [['node', '/opt/agent.js'], ['npm exec agent'], ['bash']],
  ],
  ['a shell in which somebody works', [['-bash'], HOST]],
  ['a shell command that nobody ran through a runner', [SHELL, HOST]],
  ['a program with the name of a runner among its arguments', [['agent', 'npm', 'exec'], HOST]],
  ['a script of a package', [['npm run start'], HOST]],
])('nothing else is passed over: %s', async (_, commands) => {
  expect(await hostName(100, tree(...commands).read)).toBe('100:s0')
})

it('a process of somebody else is not gone to, nor the first of the system, nor on and on', async () => {
  const npx = RUNNERS[0] ?? []
  const { known, read } = tree(npx, HOST)
  known.set(101, { parent: 1, started: 's1', command: HOST, isOwn: false })
  expect(await hostName(100, read)).toBe('100:s0')
  expect(await hostName(100, tree(npx).read)).toBe('100:s0')
  const circle = async () => ({ parent: 100, started: 's', command: npx, isOwn: true })
  expect(await hostName(100, circle)).toBe('100:s')
  expect(await hostName(100, async () => undefined)).toBe('100')
  expect([await hostName(undefined), await hostName(1)]).toEqual([undefined, undefined])
})

it.skipIf(process.platform !== 'linux')('is so of real processes', async () => {
  const script = `process.title = 'npm exec sallyport stdio'
    const child = require('node:child_process').spawn('/bin/sh', ['-c', 'sleep 30; :'])
    process.on('disconnect', () => { child.kill(); process.exit() })
    process.send(child.pid)`
  const names = await Promise.all(
    [1, 2].map(async () => {
      const runner = spawn(process.execPath, ['-e', script], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      const shell = await new Promise<number>((resolve) =>
        runner.once('message', (pid) => resolve(Number(pid))),
      )
      const name = await hostName(shell)
      runner.disconnect()
      return name
    }),
  )
  expect(names).toEqual(Array.from({ length: 2 }, () => expect.stringMatching(`^${process.pid}:`)))
})
