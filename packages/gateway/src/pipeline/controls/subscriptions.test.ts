import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Exchange } from '../exchange.ts'
import { Subscriptions } from '../subscriptions.ts'
import { SUBSCRIBE, subscriptions } from './subscriptions.ts'

const exchange = (name: string, more: Partial<Exchange> = {}): Exchange => ({
  principal: 'ann',
  conversation: 'c1',
  transport: 'http',
  direction: 'client-to-server',
  era: 'legacy',
  method: SUBSCRIBE,
  row: undefined,
  server: 'files',
  name,
  params: { uri: name },
  bytes: 0,
  startedAt: 0,
  findings: [],
  ...more,
})

function world(most: number, enforced = true) {
  const held = new Subscriptions()
  const control = subscriptions({ held, most, enforced })
  const ask = (about: Exchange) => {
    const verdict = control.decide(about)
    if (verdict instanceof Promise) throw new Error('it waits')
    return verdict.kind === 'refuse' ? verdict.rule : verdict.kind
  }
  return { held, ask }
}

describe('resources of one conversation', () => {
  it('one more than its limit is refused, also while none of them is answered yet', () => {
    const { ask } = world(2)
    expect(['a', 'b', 'c'].map((name) => ask(exchange(name)))).toEqual([
      'pass',
      'pass',
      'limits/subscriptions',
    ])
  })

  it('what it has already costs no place, by another server it does, and another conversation has its own', () => {
    const { ask } = world(2)
    const all = [
      exchange('a'),
      exchange('a'),
      exchange('a', { server: 'mail' }),
      exchange('b'),
      exchange('b', { conversation: 'c2' }),
      exchange('b', { principal: 'bob' }),
    ]
    expect(all.map(ask)).toEqual(['pass', 'pass', 'pass', 'limits/subscriptions', 'pass', 'pass'])
  })

  it('a place is given back by what failed, what was unsubscribed, a stream and a session that ended', () => {
    const { held, ask } = world(1)
    const failed = exchange('a')
    ask(failed)
    held.settle(failed, false)
    const kept = exchange('b')
    expect(ask(kept)).toBe('pass')
    held.settle(kept, true)
    expect(ask(exchange('c'))).toBe('limits/subscriptions')
    held.drop(exchange('b'))
    const streamed = exchange('c')
    expect(ask(streamed)).toBe('pass')
    held.settle(streamed, true)
    held.release(streamed)
    expect(ask(exchange('d'))).toBe('pass')
    held.dropAll(exchange(''))
    expect(held.count(exchange(''))).toBe(0)
  })

  it('who was refused before it had a place takes none away from another that asks for the same', () => {
    const { held, ask } = world(1)
    ask(exchange('a'))
    held.settle(exchange('a'), false)
    expect(ask(exchange('b'))).toBe('limits/subscriptions')
  })

  it('in profile observe more are written down and pass', () => {
    const { ask } = world(1, false)
    const more = exchange('b')
    expect([ask(exchange('a')), ask(more)]).toEqual(['pass', 'pass'])
    expect(more.findings).toEqual([{ rule: 'limits/subscriptions', severity: 'medium' }])
  })

  it('whatever else is asked is not counted', () => {
    const { held, ask } = world(1)
    for (const method of ['tools/call', 'resources/read', 'resources/unsubscribe'])
      expect(ask(exchange('a', { method }))).toBe('pass')
    expect(held.count(exchange(''))).toBe(0)
  })

  it('in whatever order they come and go, never more than the limit, and none is left when all are gone', () => {
    const step = fc.tuple(
      fc.constantFrom('ask', 'keep', 'fail', 'release', 'drop'),
      fc.constantFrom('a', 'b', 'c', 'd', '__proto__'),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { held, ask } = world(2)
        const asked: Exchange[] = []
        for (const [what, name] of steps) {
          if (what === 'ask') {
            const one = exchange(name)
            if (ask(one) === 'pass') asked.push(one)
          } else if (what === 'keep' || what === 'fail') {
            const one = asked.shift()
            if (one !== undefined) held.settle(one, what === 'keep')
          } else held[what](exchange(name))
          expect(held.count(exchange(''))).toBeLessThanOrEqual(2)
        }
        for (const one of asked) held.settle(one, false)
        for (const name of ['a', 'b', 'c', 'd', '__proto__']) held.drop(exchange(name))
        expect(held.count(exchange(''))).toBe(0)
      }),
    )
  })
})
