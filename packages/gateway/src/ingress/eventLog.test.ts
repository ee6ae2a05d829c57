import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventLog, eventId, readEventId } from './eventLog.ts'

const limits = { maxEvents: 4, maxBytes: 100 }
const bytes = (length: number) => Buffer.alloc(length)

describe('the log of a session', () => {
  it('gives back what a stream was sent after a point, and nothing of another stream', () => {
    const log = new EventLog(limits)
    const first = log.append(1, Buffer.from('a')).event
    log.append(2, Buffer.from('b'))
    log.append(1, Buffer.from('c'))
    expect(log.after(first).map((event) => event.bytes.toString())).toEqual(['c'])
    expect(log.after({ stream: 1, sequence: 0 }).map((event) => event.bytes.toString())).toEqual(['a', 'c'])
    expect(log.after({ stream: 9, sequence: 0 })).toEqual([])
  })

  it('keeps its bounds, and the newest whatever its size', () => {
    const log = new EventLog(limits)
    for (let i = 0; i < 10; i++) log.append(0, bytes(1))
    expect(log.after({ stream: 0, sequence: 0 }).map((event) => event.sequence)).toEqual([7, 8, 9, 10])
    expect(log.append(0, bytes(98)).dropped).toBe(2)
    expect(log.bytes).toBe(100)
    expect(log.append(0, bytes(5000)).dropped).toBe(3)
    expect(log.after({ stream: 0, sequence: 0 })).toHaveLength(1)
    expect(log.append(0, bytes(1)).dropped).toBe(1)
    expect(log.bytes).toBe(1)
  })

  it('for any use: bounded, in order, counted right', () => {
    const use = fc.array(fc.record({ stream: fc.nat(3), length: fc.nat(60) }), { maxLength: 40 })
    fc.assert(
      fc.property(use, (events) => {
        const log = new EventLog(limits)
        for (const { stream, length } of events) log.append(stream, bytes(length))
        const kept = [0, 1, 2, 3].flatMap((stream) => log.after({ stream, sequence: 0 }))
        expect(kept.length).toBeLessThanOrEqual(limits.maxEvents)
        expect(log.bytes).toBe(kept.reduce((sum, event) => sum + event.bytes.length, 0))
        if (kept.length > 1) expect(log.bytes).toBeLessThanOrEqual(limits.maxBytes)
        expect(log.sequence).toBe(events.length)
      }),
    )
  })
})

describe('event ids', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (stream, sequence) => {
        expect(readEventId(eventId({ stream, sequence }))).toEqual({ stream, sequence })
      }),
    )
  })

  it.each([
    '',
    '-',
    '1',
    '1-',
    '-1',
    '01-1',
    '1-01',
    '1-1 ',
    '1-1-1',
    '1.5-1',
    '1e3-1',
    '٣-1',
    '9999999999999999-1',
    'x',
  ])('%j is none', (text) => {
    expect(readEventId(text)).toBeUndefined()
  })
})
