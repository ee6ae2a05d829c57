import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HARD_CAP } from '../config/callDeadline.ts'
import type { Era } from '../protocol/era.ts'
import { type Call, Link } from './link.ts'
import type { MessageContext, Outbound, TransportEvents } from './transport.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A link over a transport of the test's own: what is sent is seen, what a server sends is said. */
function connect(era: Era = 'legacy', kind: 'stdio' | 'http' = 'stdio', mostMs?: number) {
  const sent: Outbound[] = []
  const cancelled: number[] = []
  let transport: TransportEvents | undefined
  const events = {
    notification: vi.fn(),
    request: vi.fn(),
    dropped: vi.fn(),
    noise: vi.fn(),
    closed: vi.fn(),
  }
  const link = new Link({
    era,
    events,
    budget: {},
    mostMs,
    now: () => Date.now(),
    redact: (text: string) => text.replaceAll('hunter2', '[redacted]'),
    mayLeave: (_method, text) => !text.includes('canary'),
    open: (given) => {
      transport = given
      return {
        kind,
        start: async () => undefined,
        send: (message) => void sent.push(message),
        cancel: (id) => void cancelled.push(id),
        close: async () => undefined,
      }
    },
  })
  const say = (message: object, context: MessageContext = {}) =>
    transport?.message(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message })), context)
  const call = (more: Partial<Call> = {}) => {
    const hooks = { notification: vi.fn(), request: vi.fn(), answer: vi.fn(), failed: vi.fn() }
    const id = link.call({ method: 'tools/call', params: () => '{}', deadlineMs: 1_000, hooks, ...more })
    return { id, hooks }
  }
  const end = (explain: string) => transport?.closed({ code: 'exited', explain })
  return { link, sent, cancelled, events, say, call, end }
}
const progress = (progressToken: unknown, value: unknown) => ({
  method: 'notifications/progress',
  params: { progressToken, progress: value },
})

describe('an answer', () => {
  it.each<[string, (id: number) => object, MessageContext?]>([
    ['to an id that was never given', (id) => ({ id: id + 1, result: {} })],
    ['to the id as a text', (id) => ({ id: `${id}`, result: {} })],
    ['to the id as another spelling of the number', (id) => ({ id: id + 0.5, result: {} })],
    ['to nobody, on no stream', () => ({ id: null, error: { code: -1, message: 'x' } })],
    ["on another call's stream", (id) => ({ id, result: {} }), { relatedTo: 99 }],
  ])('%s reaches no call and is reported', (_, message, context) => {
    const { call, say, events } = connect()
    const { id, hooks } = call()
    say(message(id), context)
    expect(hooks.answer).not.toHaveBeenCalled()
    expect(events.dropped).toHaveBeenCalledOnce()
  })

  const refused = (id: number, data: unknown) => ({ id, error: { code: -32022, message: 'x', data } })

  it('that refuses our revision and offers it has the request sent again, once', () => {
    const { call, say, sent, events } = connect('modern', 'http')
    const { id, hooks } = call({ params: () => '{"a":1}', headers: { 'mcp-name': 'x' } })
    const offers = { supported: ['2026-07-28'], requested: '2026-07-28' }
    say(refused(id, offers), { relatedTo: id, status: 400 })
    expect(hooks.answer).not.toHaveBeenCalled()
    expect(sent).toHaveLength(2)
    expect(sent[1]).toEqual(sent[0])
    say(refused(id, offers), { relatedTo: id, status: 400 })
    expect([hooks.answer.mock.calls.length, sent.length, events.dropped.mock.calls.length]).toEqual([1, 2, 0])
  })

  it.each([
    ['offers another one', 'modern', { supported: ['2027-01-01'] }],
    ['offers none', 'modern', {}],
    ['is of the legacy era', 'legacy', { supported: ['2026-07-28'] }],
  ] as const)('that refuses our revision and %s is the answer', (_, era, data) => {
    const { call, say, sent } = connect(era)
    const { id, hooks } = call()
    say(refused(id, data))
    expect([hooks.answer.mock.calls.length, sent.length]).toEqual([1, 1])
  })

  it('reaches its call once, whoever else is open; a second one nobody', () => {
    const { call, say, events } = connect()
    const [one, other] = [call(), call()]
    say({ id: one.id, result: { mine: 1 } })
    say({ id: one.id, result: { mine: 2 } })
    expect(one.hooks.answer).toHaveBeenCalledOnce()
    expect(other.hooks.answer).not.toHaveBeenCalled()
    expect(events.dropped).toHaveBeenCalledExactlyOnceWith('relay/unknown-answer', expect.any(String))
  })

  it('after the deadline or a cancellation comes too late', () => {
    const { link, call, say, sent } = connect()
    const [slow, gone] = [call(), call()]
    link.cancel(gone.id, 'not wanted')
    vi.advanceTimersByTime(1_000)
    say({ id: slow.id, result: {} })
    say({ id: gone.id, result: {} })
    expect(slow.hooks.failed).toHaveBeenCalledExactlyOnceWith({
      kind: 'deadline',
      afterMs: 1_000,
      capped: false,
    })
    for (const { hooks } of [slow, gone]) expect(hooks.answer).not.toHaveBeenCalled()
    expect(gone.hooks.failed).not.toHaveBeenCalled()
    const told = sent.filter(({ method }) => method === 'notifications/cancelled')
    expect(told.map(({ text }) => JSON.parse(text).params.requestId)).toEqual([gone.id, slow.id])
  })
})

describe('progress', () => {
  it.each([
    ['of a stranger', (id: number) => progress(id + 1, 1), 'relay/unknown-progress'],
    ['under a text', (id: number) => progress(`${id}`, 1), 'relay/unknown-progress'],
    ['that does not grow', (id: number) => progress(id, 0), 'relay/progress-order'],
    ['that is no number', (id: number) => progress(id, '9'), 'relay/progress-order'],
  ])('%s is dropped and keeps nothing alive', (_, message, rule) => {
    const { call, say, events } = connect()
    const { id, hooks } = call()
    say(progress(id, 0.5))
    vi.advanceTimersByTime(900)
    say(message(id))
    expect(hooks.notification).toHaveBeenCalledOnce()
    expect(events.dropped).toHaveBeenCalledExactlyOnceWith(rule, expect.any(String))
    vi.advanceTimersByTime(100)
    expect(hooks.failed).toHaveBeenCalledOnce()
  })

  it('that grows keeps a call alive, but not for ever', () => {
    const { call, say } = connect()
    const { id, hooks } = call()
    for (let at = 1; at < HARD_CAP * 2; at++) {
      vi.advanceTimersByTime(900)
      say(progress(id, at))
    }
    expect(hooks.failed).toHaveBeenCalledExactlyOnceWith({
      kind: 'deadline',
      afterMs: 1_000 * HARD_CAP,
      capped: true,
    })
  })
})

describe('the most a call may take in all', () => {
  it('is what the server is configured for', () => {
    const { call, say } = connect('legacy', 'stdio', 2_500)
    const { id, hooks } = call()
    for (let at = 1; at < 10; at++) {
      vi.advanceTimersByTime(500)
      say(progress(id, at))
    }
    const failure = { kind: 'deadline', afterMs: 2_500, capped: true }
    expect(hooks.failed).toHaveBeenCalledExactlyOnceWith(failure)
  })

  it('counts from the first round of a call of several', () => {
    const { call } = connect('modern', 'stdio', 2_000)
    const beganAt = Date.now()
    vi.advanceTimersByTime(1_600)
    const { hooks } = call({ beganAt })
    vi.advanceTimersByTime(399)
    expect(hooks.failed).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(hooks.failed).toHaveBeenCalledExactlyOnceWith({ kind: 'deadline', afterMs: 2_000, capped: true })
  })
})

describe('what belongs to no call', () => {
  it('a modern server may not ask anything; a legacy one may, on a stream or beside it', () => {
    const modern = connect('modern')
    modern.say({ id: 1, method: 'roots/list' })
    expect(modern.events.request).not.toHaveBeenCalled()
    expect(modern.events.dropped).toHaveBeenCalledOnce()
    const legacy = connect()
    const { id, hooks } = legacy.call()
    legacy.say({ id: 7, method: 'roots/list' }, { relatedTo: id })
    legacy.say({ id: 8, method: 'roots/list' })
    expect(hooks.request).toHaveBeenCalledOnce()
    expect(legacy.events.request).toHaveBeenCalledOnce()
  })

  it('a message with two readings ends the call on whose stream it came, and its secrets are not repeated', () => {
    const { call, say, events } = connect('legacy', 'http')
    const [hit, spared] = [call(), call()]
    say({ id: hit.id, result: {}, Result: {}, hunter2: 1 }, { relatedTo: hit.id })
    expect(hit.hooks.failed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ kind: 'malformed' }))
    expect(spared.hooks.failed).not.toHaveBeenCalled()
    expect(JSON.stringify([hit.hooks.failed.mock.calls, events.dropped.mock.calls])).not.toContain('hunter2')
  })
})

describe('a log message of a modern server on a pipe, which names no call', () => {
  const log = { method: 'notifications/message', params: { level: 'info', data: 'x' } }

  it('goes to the call whose client asked for logs, though the gateway looks at a list meanwhile', () => {
    const { call, say } = connect('modern')
    const asked = call({ logs: true })
    const own = call({ method: 'tools/list' })
    const listens = call({ method: 'subscriptions/listen' })
    say(log)
    expect(asked.hooks.notification).toHaveBeenCalledOnce()
    for (const { hooks } of [own, listens]) expect(hooks.notification).not.toHaveBeenCalled()
  })

  it('goes to the latest of several that asked', () => {
    const { call, say } = connect('modern')
    const [first, second] = [call({ logs: true }), call({ logs: true })]
    say(log)
    expect(second.hooks.notification).toHaveBeenCalledOnce()
    expect(first.hooks.notification).not.toHaveBeenCalled()
  })
})

describe('the end of a connection', () => {
  it('fails every open call once, and a later one later, never from within', () => {
    const { link, call, end, events } = connect()
    const [one, other] = [call(), call()]
    end('gone')
    end('gone again')
    for (const { hooks } of [one, other]) expect(hooks.failed).toHaveBeenCalledOnce()
    expect(events.closed).toHaveBeenCalledOnce()
    expect(link.openCalls).toBe(0)
    const late = call()
    expect(late.hooks.failed).not.toHaveBeenCalled()
    return vi.waitFor(() => expect(late.hooks.failed).toHaveBeenCalledOnce(), { timeout: 20_000 })
  })
})

describe('while a person answers a question of the server', () => {
  it('deadlines wait, up to the hard cap', () => {
    const { link, call } = connect()
    const { hooks } = call()
    const answered = link.waitForClient()
    vi.advanceTimersByTime(5_000)
    expect(hooks.failed).not.toHaveBeenCalled()
    answered()
    answered()
    vi.advanceTimersByTime(1_000)
    expect(hooks.failed).toHaveBeenCalledOnce()
  })
})

describe('what may not leave', () => {
  it('is not sent: a call fails, and nothing is open or cancelled for it', async () => {
    const { link, call, sent, cancelled } = connect()
    const { id, hooks } = call({ params: () => '{"a":"canary"}' })
    expect(hooks.failed).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(hooks.failed).toHaveBeenCalledExactlyOnceWith({ kind: 'held', explain: expect.any(String) })
    link.cancel(id, 'left')
    expect([sent, cancelled, link.openCalls]).toEqual([[], [], 0])
  })

  it('is not sent as a notification, and an answer becomes an error without it', () => {
    const { link, sent } = connect()
    link.notify('notifications/progress', '{"message":"canary"}')
    link.respond('"q"', '"result":{"a":"canary"}')
    expect(sent.map(({ text }) => text)).toEqual([
      '{"jsonrpc":"2.0","id":"q","error":{"code":-31403,"message":"refused by policy"}}',
    ])
  })

  it('is left out of a cancellation, which goes all the same', () => {
    const { link, call, sent } = connect()
    const { id } = call()
    link.cancel(id, 'canary')
    expect(sent.at(-1)?.text).toBe(
      `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}`,
    )
  })
})
