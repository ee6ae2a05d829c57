import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { endProcesses, makeProcessSearch, readProcesses } from './processTree.ts'
import { alive, until } from './testing/processWitness.ts'

const LIMITS = { termGraceMs: 200, deadlineMs: 4000 }

/** A shell in a session of its own; `entry` is its marker. */
function shell(script: string) {
  const marker = randomBytes(16).toString('hex')
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, TEST_MARKER: marker },
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const target = { groups: new Set([child.pid ?? 0]), entry: `TEST_MARKER=${marker}` }
  return { child, target, lines: createInterface({ input: child.stdout }) }
}

const ended = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

describe.skipIf(process.platform !== 'linux')('the processes of a server', () => {
  test('what ends on SIGTERM may do so in peace', async () => {
    const { child, target, lines } = shell(
      'trap "echo bye; exit 7" TERM; echo up; while :; do sleep 0.01; done',
    )
    await once(lines, 'line')
    const said = once(lines, 'line')
    expect(await endProcesses(target, { termGraceMs: 30_000, deadlineMs: 40_000 })).toEqual([])
    expect(await said).toEqual(['bye'])
    await until(() => ended(child), 20_000)
    expect(child.exitCode).toBe(7)
  })

  test('what forks while it is being killed gains nothing', async () => {
    const { target, lines } = shell('trap "" TERM HUP; hop() { sleep 0.01; hop & }; echo up; hop; wait')
    await once(lines, 'line')
    expect(await endProcesses(target, LIMITS)).toEqual([])
    expect(await makeProcessSearch(target)()).toEqual([])
  })

  test('what lost its group, its session, its environment and its parent is known once it was seen', async () => {
    const { child, target, lines } = shell('env -i setsid sh -c "echo \\$\\$; exec sleep 60" & wait')
    const stranger = Number((await once(lines, 'line'))[0])
    const search = makeProcessSearch(target)
    expect((await search()).map((row) => row.pid)).toContain(stranger)
    child.kill('SIGKILL')
    await until(() => ended(child), 20_000)
    expect((await search()).map((row) => row.pid)).toEqual([stranger])
    expect(await makeProcessSearch(target)()).toEqual([])
    expect(await endProcesses(target, LIMITS, search)).toEqual([])
    expect(await until(() => !alive(stranger), 20_000)).toBeDefined()
  })

  test('nothing that belongs to others is found', async () => {
    const mine = shell('echo up; sleep 60')
    const other = shell('echo up; sleep 60')
    await Promise.all([once(mine.lines, 'line'), once(other.lines, 'line')])
    const found = (await makeProcessSearch(mine.target)()).map((row) => row.pid)
    expect(found).toContain(mine.child.pid)
    expect(found).not.toContain(other.child.pid)
    expect(found).not.toContain(process.pid)
    expect(await endProcesses(mine.target, LIMITS)).toEqual([])
    expect(ended(other.child)).toBe(false)
    await endProcesses(other.target, LIMITS)
  })

  test('what cannot be ended in time is named', async () => {
    const { child, target, lines } = shell('trap "" TERM; echo up; while :; do sleep 0.05; done')
    await once(lines, 'line')
    const left = await endProcesses(target, { termGraceMs: 1000, deadlineMs: 150 })
    expect(left).toContain(child.pid)
    expect(await endProcesses(target, LIMITS)).toEqual([])
  })

  test('this process is listed as what it is', async () => {
    const row = (await readProcesses()).find((candidate) => candidate.pid === process.pid)
    expect(row).toMatchObject({ pid: process.pid, parent: process.ppid })
  })
})
