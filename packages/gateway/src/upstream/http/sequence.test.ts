import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Outbound } from '../transport.ts'
import { Sequence } from './sequence.ts'

const request = (id: number, method = 'tools/call'): Outbound => ({ kind: 'request', id, method, text: '' })
const note = (method: string): Outbound => ({ kind: 'notification', method, text: '' })
const reply: Outbound = { kind: 'response', text: '' }

function collect() {
  const gone: string[] = []
  const sequence = new Sequence((message) => gone.push(message.method ?? message.kind))
  return { gone, sequence }
}

describe('messages to a server with a session', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('nothing overtakes initialize and initialized', () => {
    const { gone, sequence } = collect()
    const initialize = request(1, 'initialize')
    const initialized = note('notifications/initialized')
    sequence.push(initialize)
    sequence.sent()
    sequence.push(initialized)
    sequence.push(request(2))
    expect(gone).toEqual(['initialize'])
    sequence.answered(initialize)
    expect(gone).toEqual(['initialize', 'notifications/initialized'])
    sequence.answered(initialized)
    expect(gone).toEqual(['initialize', 'notifications/initialized', 'tools/call'])
  })

  it('requests do not wait for each other, and a cancellation waits until its request is out', () => {
    const { gone, sequence } = collect()
    sequence.push(request(1, 'a'))
    sequence.push(request(2, 'b'))
    sequence.push(note('notifications/cancelled'))
    sequence.push(request(3, 'c'))
    expect(gone).toEqual(['a', 'b'])
    sequence.sent()
    expect(gone).toEqual(['a', 'b'])
    sequence.sent()
    expect(gone).toEqual(['a', 'b', 'notifications/cancelled', 'c'])
  })

  it('our answers wait for nothing', () => {
    const { gone, sequence } = collect()
    sequence.push(request(1, 'initialize'))
    sequence.push(request(2, 'a'))
    sequence.push(reply)
    expect(gone).toEqual(['initialize', 'response'])
  })

  it('a server that never acknowledges holds things up for a while only', () => {
    const { gone, sequence } = collect()
    sequence.push(note('notifications/initialized'))
    sequence.push(request(1, 'a'))
    vi.advanceTimersByTime(4_999)
    expect(gone).toEqual(['notifications/initialized'])
    vi.advanceTimersByTime(1)
    expect(gone).toEqual(['notifications/initialized', 'a'])
  })

  it('a request that was taken out never leaves', () => {
    const { gone, sequence } = collect()
    const initialized = note('notifications/initialized')
    sequence.push(initialized)
    sequence.push(request(1, 'a'))
    sequence.push(request(2, 'b'))
    expect(sequence.remove(1)).toBe(true)
    expect(sequence.remove(1)).toBe(false)
    sequence.answered(initialized)
    expect(gone).toEqual(['notifications/initialized', 'b'])
    expect(sequence.remove(2)).toBe(false)
  })
})
