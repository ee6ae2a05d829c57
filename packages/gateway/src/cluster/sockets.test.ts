import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { removeStaleSockets, workerSockets } from './sockets.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-sockets-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('what a killed primary left goes; what another one that runs uses, and every other file, stays', async () => {
  const gone = spawn(process.execPath, ['-e', '0'])
  await once(gone, 'exit')
  const own = 999_999_999 // no process has it: a pid that was used before is what we may have been given
  const stale = [...workerSockets(folder, gone.pid ?? 0, 2), ...workerSockets(folder, own, 1)]
  const kept = [...workerSockets(folder, process.pid, 2), join(folder, `${gone.pid}.sock`), join(folder, 'x')]
  for (const path of [...stale, ...kept]) writeFileSync(path, '')
  await removeStaleSockets(folder, own)
  expect(readdirSync(folder).sort()).toEqual(kept.map((path) => basename(path)).sort())
})

it('each worker has a socket of its own', () => {
  expect(workerSockets('/run', 4711, 3).map((path) => basename(path))).toEqual([
    '4711.0.worker',
    '4711.1.worker',
    '4711.2.worker',
  ])
})
