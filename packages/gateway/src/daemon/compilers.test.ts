import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Compilers } from './compilers.ts'
import { COMPILERS_OFF } from './startDaemon.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function compilers(isOff = true) {
  const parts = { cpu: 0, switchOn: vi.fn(), cpuMs: () => parts.cpu }
  return { parts, made: new Compilers(isOff, parts) }
}

it('a start and its lists leave them off, and the clock alone', () => {
  const { parts, made } = compilers()
  for (const method of [
    'initialize',
    'notifications/initialized',
    'tools/list',
    'server/discover',
    'ping',
    'resources/templates/list',
  ])
    made.hear(method)
  vi.advanceTimersByTime(60_000)
  expect(parts.switchOn).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
}) // prettier-ignore

it.each(['tools/call', 'resources/read', 'prompts/get', 'completion/complete', 'unknown', 'list'])(
  '%s switches them on, once',
  (method) => {
    const { parts, made } = compilers()
    made.hear(method)
    made.hear(method)
    vi.advanceTimersByTime(60_000)
    expect(parts.switchOn).toHaveBeenCalledTimes(1)
    expect(vi.getTimerCount()).toBe(0)
  },
)

it('a start with much to do switches them on', () => {
  const { parts } = compilers()
  for (let look = 0; look < 20; look++) {
    parts.cpu += 150
    vi.advanceTimersByTime(200)
  }
  expect(parts.switchOn).toHaveBeenCalledTimes(1)
})

it('much to do later on, for a list, does too', () => {
  const { parts, made } = compilers()
  vi.advanceTimersByTime(60_000)
  made.hear('tools/list')
  for (let look = 0; look < 10; look++) {
    parts.cpu += 150
    vi.advanceTimersByTime(200)
  }
  expect(parts.switchOn).toHaveBeenCalledTimes(1)
})

it('where they were never off nothing is done', () => {
  const { parts, made } = compilers(false)
  made.hear('tools/call')
  expect(parts.switchOn).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})

it('this V8 takes both switches, and optimizes from then on', () => {
  const program = `
    const { Compilers } = await import(${JSON.stringify(new URL('compilers.ts', import.meta.url).href)})
    const sum = (a) => a.x + a.y
    const run = () => { for (let i = 0; i < 300_000; i++) sum({ x: i, y: 1 }) }
    const optimized = () => (%GetOptimizationStatus(sum) & 16) !== 0 || (%GetOptimizationStatus(sum) & 32) !== 0
    run()
    const before = optimized()
    new Compilers(process.execArgv.includes('--no-opt')).hear('tools/call')
    for (let i = 0; i < 200 && !optimized(); i++) { run(); await new Promise((resolve) => setImmediate(resolve)) }
    console.log(before, optimized())
  `
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...COMPILERS_OFF, '--allow-natives-syntax', '--input-type=module', '-e', program],
    { encoding: 'utf8' },
  )
  expect([stdout.trim(), stderr]).toEqual(['false true', ''])
})
