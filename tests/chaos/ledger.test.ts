import { describe, expect, it } from 'vitest'
import { Ledger } from './ledger.ts'

const text = (value: string) => ({ result: { content: [{ text: `slow ${value}` }] } })

describe('the ledger notices', () => {
  it.each<[string, (ledger: Ledger) => void, RegExp]>([
    [
      'an answer that is another call’s',
      (ledger) => {
        const [mine, other] = [ledger.open('a', 't'), ledger.open('b', 't')]
        mine.answer(text(other.value))
      },
      /got v2x/,
    ],
    [
      'an error that speaks of another call',
      (ledger) => {
        const [mine, other] = [ledger.open('a', 't'), ledger.open('b', 't')]
        mine.answer({ error: { code: 1, message: `not ${other.value}` } })
      },
      /got v2x/,
    ],
    ['an answer that is nobody’s', (ledger) => ledger.open('a', 't').answer(text('else')), /another answer/],
    [
      'two answers',
      (ledger) => {
        const call = ledger.open('a', 't')
        call.answer(text(call.value))
        call.answer(text(call.value))
      },
      /answered twice/,
    ],
  ])('%s', (_, happen, says) => {
    const ledger = new Ledger('t')
    happen(ledger)
    expect(ledger.violations.join('\n')).toMatch(says)
  })

  it('nothing where every call ends as it may', () => {
    const ledger = new Ledger('t')
    const [good, refused, cut] = [ledger.open('a', 't'), ledger.open('a', 't'), ledger.open('a', 't')]
    good.answer(text(good.value))
    refused.answer({ result: { isError: true, content: [{ text: 'no' }] } })
    cut.cut()
    expect(ledger.violations).toEqual([])
    expect(ledger.tally).toEqual({ calls: 3, answered: 1, refused: 1, cut: 1 })
    expect(ledger.answeredValues).toEqual(new Set([good.value]))
    expect(ledger.openCalls).toBe(0)
  })

  it('who is answered, and who is not any more', () => {
    const ledger = new Ledger('t')
    const call = ledger.open('a', 't')
    expect(ledger.unserved(['a', 'b'])).toEqual(['a', 'b'])
    call.answer(text(call.value))
    expect(ledger.unserved(['a', 'b'])).toEqual(['b'])
    ledger.countAnew()
    expect(ledger.unserved(['a'])).toEqual(['a'])
  })
})
