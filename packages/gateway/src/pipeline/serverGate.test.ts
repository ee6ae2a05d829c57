import { describe, expect, it } from 'vitest'
import { configOf } from '../config/testing/parse.ts'
import type { Exchange } from './exchange.ts'
import { ANSWERED, type CallEnd, LEFT, type Passage, ServerGate } from './serverGate.ts'

const call: Exchange = {
  principal: 'ann',
  transport: 'http',
  direction: 'client-to-server',
  era: 'modern',
  method: 'tools/call',
  row: undefined,
  server: 's',
  name: 'read',
  params: {},
  bytes: 0,
  startedAt: 0,
  findings: [],
}
const FAILED: CallEnd = { kind: 'failed', rule: 'upstream/deadline' }

function gate(own: string, profile = 'balanced') {
  let now = 0
  const events: string[] = []
  const text = `version: 1\nprofile: ${profile}\nservers: { s: { command: x, ${own} }, t: { command: x } }`
  const one = new ServerGate(configOf(text), {
    now: () => now,
    event: (exchange, event) => events.push(`${event} ${exchange.principal}`),
  })
  const enter = (more: Partial<Exchange> = {}) => one.enter({ ...call, ...more })
  const passed = (more: Partial<Exchange> = {}): Passage => {
    const entered = enter(more)
    if (entered === undefined || 'rule' in entered) throw new Error(`refused: ${entered?.explain}`)
    return entered
  }
  const fail = (times: number, more: Partial<Exchange> = {}) => {
    for (let at = 0; at < times; at++) passed(more).end(FAILED)
  }
  const at = (ms: number) => {
    now = ms
  }
  return { one, enter, passed, fail, at, events }
}

describe('places at a server', () => {
  it('are for all principals together, and a place given back twice is free once', () => {
    const { enter, passed } = gate('maxInFlight: 2')
    const [first] = [passed(), passed({ principal: 'bob' })]
    expect(enter({ principal: 'cy' })).toMatchObject({ rule: 'limits/server-in-flight' })
    expect(enter({ server: 't' })).toHaveProperty('end')
    expect(enter({ method: 'tools/list' })).toBeUndefined()
    first.end(LEFT)
    first.end(LEFT)
    passed()
    expect(enter()).toHaveProperty('rule')
  })
})

describe('the circuit of a server', () => {
  it('opens for the principal whose calls fail, and for nobody else', () => {
    const { one, enter, passed, fail, at, events } = gate('circuit: { failures: 3, pause: 10s }')
    fail(3)
    at(4_000)
    expect(enter()).toMatchObject({
      rule: 'upstream/circuit',
      explain:
        '"s" failed 3 times in a row for this principal (last: upstream/deadline), so nothing was sent',
      remedy: expect.stringContaining('Retry after 6 s'),
      retryAfterMs: 6_000,
    })
    expect(one.circuit('s')).toEqual({ open: 1, retryAfterMs: 6_000 })
    passed({ principal: 'bob' }).end(ANSWERED)
    expect(enter()).toHaveProperty('rule')
    expect(enter({ server: 't' })).toHaveProperty('end')
    // Lists are how a client finds out that it is back.
    expect(enter({ method: 'tools/list' })).toBeUndefined()
    at(10_000)
    const probe = passed()
    expect(enter()).toHaveProperty('rule')
    probe.end(ANSWERED)
    passed()
    expect(one.circuit('s')).toBeUndefined()
    expect(events).toEqual(['circuit.opened ann', 'circuit.closed ann'])
  })

  it('a cancelled trial lets the next one try, and a call that says nothing is no failure', () => {
    const { enter, passed, fail, at } = gate('circuit: { failures: 2, pause: 10s }')
    for (let turn = 0; turn < 10; turn++) passed().end(LEFT)
    fail(2)
    at(10_000)
    passed().end(LEFT)
    passed()
    expect(enter()).toHaveProperty('rule')
  })

  it('in profile observe everything passes and is written down', () => {
    const { enter, fail } = gate('maxInFlight: 1, circuit: { failures: 1, pause: 10s }', 'observe')
    fail(1)
    const findings: Exchange['findings'] = []
    for (let turn = 0; turn < 3; turn++) expect(enter({ findings })).toHaveProperty('end')
    expect(new Set(findings.map(({ rule }) => rule))).toEqual(
      new Set(['upstream/circuit', 'limits/server-in-flight']),
    )
  })

  it('goes on over a reload', () => {
    const { one, enter, fail } = gate('circuit: { failures: 2, pause: 10s }')
    fail(2)
    one.follow(configOf('version: 1\nservers: { s: { command: x, circuit: { failures: 2, pause: 5s } } }'))
    expect(enter()).toHaveProperty('rule', 'upstream/circuit')
  })
})
