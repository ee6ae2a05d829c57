import { describe, expect, it } from 'vitest'
import { FIGURES, standingOf } from './gates.ts'
import { readOptions } from './options.ts'
import { figuresJson, table } from './report.ts'

describe('what the benchmark is asked for and what it says', () => {
  it('seven rounds of everything by default, two when quick', () => {
    expect(readOptions([])).toEqual({ quick: false, only: undefined, rounds: 7 })
    expect(readOptions(['--quick', '--only', 'stdio'])).toEqual({ quick: true, only: 'stdio', rounds: 2 })
    expect(readOptions(['--rounds', '9']).rounds).toBe(9)
  })

  it.each([['--rounds', '0'], ['--rounds', 'x'], ['--only', 'ftp'], ['--fast']])(
    'refuses %s %s',
    (...args) => {
      expect(() => readOptions(args)).toThrow()
    },
  )

  it('a figure stands at its goal, at its gate, or misses it, in its own direction', () => {
    const [cpu, throughput] = FIGURES
    if (!cpu || !throughput) throw new Error('no figures')
    expect([2, 3, 4, 5, 5.1].map((value) => standingOf(cpu, value))).toEqual([
      'goal',
      'goal',
      'gate',
      'gate',
      'MISSED',
    ])
    expect([0.4, 0.3, 0.1].map((value) => standingOf(throughput, value))).toEqual(['goal', 'gate', 'MISSED'])
  })

  it('what was not measured is left out of the JSON', () => {
    expect(figuresJson({})).toEqual({})
  })

  it('a table lines up', () => {
    expect(
      table([
        ['a', 'n'],
        ['long', '10'],
      ]),
    ).toBe('a      n\nlong  10')
  })
})
