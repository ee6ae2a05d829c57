import { expect, it } from 'vitest'
import { liveTexts } from './liveTexts.ts'
import type { ResolvedTexts } from './resolvedTexts.ts'

it('headers whose time is over are looked for once, while requests go on with what is known (SEC-005)', async () => {
  let nowMs = 0
  let waiting: ((found: ResolvedTexts) => void) | undefined
  const faults: unknown[] = []
  const found = (token: string) => ({ values: { authorization: token }, secrets: [token], refreshMs: 1000 })
  let next: () => Promise<ResolvedTexts> = async () => found('one')
  const headers = await liveTexts(
    {},
    { resolve: () => next(), now: () => nowMs, failed: (error) => faults.push(error) },
  )
  let asked = 0
  next = () => {
    asked++
    return new Promise((resolve) => {
      waiting = resolve
    })
  }
  nowMs = 999
  expect([headers.values().authorization, asked]).toEqual(['one', 0])
  nowMs = 1000
  expect([headers.values().authorization, headers.values().authorization, asked]).toEqual(['one', 'one', 1])
  waiting?.(found('two'))
  await new Promise(setImmediate)
  expect([headers.values().authorization, asked]).toEqual(['two', 1])
  nowMs = 2000
  next = () => Promise.reject(new Error('sealed'))
  expect(headers.values().authorization).toBe('two')
  await new Promise(setImmediate)
  expect([headers.values().authorization, String(faults[0])]).toEqual(['two', 'Error: sealed'])
})
