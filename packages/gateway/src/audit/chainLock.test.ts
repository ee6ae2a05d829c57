import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockChain } from './chainLock.ts'

let dir: string
let child: ChildProcess | undefined
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-lock-'))
})
afterEach(() => {
  child?.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

it('one holder at a time, in one process too', () => {
  const lock = lockChain(dir)
  expect(lock).toBeDefined()
  expect(lockChain(dir)).toBeUndefined()
  lock?.release()
  const again = lockChain(dir)
  expect(again).toBeDefined()
  again?.release()
})

it('a killed holder holds nothing, whoever has its pid next, and leaves no file but the empty lock', async () => {
  const program = `import { lockChain } from ${JSON.stringify(new URL('./chainLock.ts', import.meta.url).href)}
    const lock = lockChain(process.argv[1])
    process.stdout.write(lock ? 'held' : 'busy'); setInterval(() => lock.release, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '-e', program, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child = holder
  const [said] = await once(holder.stdout, 'data')
  expect(String(said)).toBe('held')
  expect(lockChain(dir)).toBeUndefined()
  holder.kill('SIGKILL')
  await once(holder, 'close')
  const lock = lockChain(dir)
  expect(lock).toBeDefined()
  expect(readdirSync(dir)).toEqual(['lock'])
  expect(statSync(join(dir, 'lock')).mode & 0o777).toBe(0o600)
  lock?.release()
})
