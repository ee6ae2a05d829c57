import { describe, expect, it } from 'vitest'
import {
  EventReader,
  type EventsCall,
  eventsRequest,
  eventText,
  lastEventText,
  readEventsCall,
} from './events.ts'

const call: EventsCall = { id: 7, token: 7, nonce: '7', events: 2, gapMs: 1 }
const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

describe('timed events', () => {
  it('a request says how many events, and is told from any other', () => {
    const bytes = eventsRequest({ tool: 'count', events: 2, gapMs: 1 }, 7)
    expect(readEventsCall(JSON.parse(bytes.toString()))).toEqual(call)
    expect(readEventsCall({ id: 1, method: 'tools/list' })).toBeUndefined()
  })

  it('events are read in order however the bytes are cut, and their delay is what passed since they were written', () => {
    const text = chunked(eventText(call, 1)) + chunked(eventText(call, 2)) + chunked(lastEventText(call))
    for (const size of [1, 7, text.length]) {
      const reader = new EventReader(7)
      for (let at = 0; at < text.length; at += size)
        reader.take(text.slice(at, at + size), process.hrtime.bigint())
      expect(reader).toMatchObject({ faults: [], done: true })
      expect(reader.delaysUs).toHaveLength(2)
      for (const delay of reader.delaysUs) expect(delay).toBeGreaterThan(0)
    }
  })

  it('an event of another call, one too many and an error are faults', () => {
    const reader = new EventReader(8)
    reader.take(eventText(call, 1), process.hrtime.bigint())
    reader.take(eventText({ ...call, nonce: '8' }, 3), process.hrtime.bigint())
    reader.take('data: {"jsonrpc":"2.0","id":8,"error":{}}\n\n', process.hrtime.bigint())
    expect(reader.faults).toHaveLength(3)
    expect(reader.done).toBe(false)
  })
})
