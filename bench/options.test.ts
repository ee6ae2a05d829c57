import { describe, expect, it } from 'vitest'
import { FIGURES, failsSmoke, standingOf } from './gates.ts'
import { readOptions, SUITES } from './options.ts'
import { figuresJson, standings, standingsTable, table } from './report.ts'

describe('what the benchmark is asked for and what it says', () => {
  it('seven rounds of everything by default; two of all but the peers when quick', () => {
    const base = { save: undefined, write: false }
    expect(readOptions([])).toEqual({ ...base, quick: false, suites: SUITES, rounds: 7 })
    const quick = ['http', 'stdio', 'start', 'memory', 'audit', 'controls']
    expect(readOptions(['--quick'])).toEqual({ ...base, quick: true, suites: quick, rounds: 2 })
    expect(readOptions(['--only', 'stdio,http']).suites).toEqual(['http', 'stdio'])
    expect(readOptions(['--rounds', '9']).rounds).toBe(9)
  })

  it.each([
    ['--rounds', '0'],
    ['--rounds', 'x'],
    ['--only', 'ftp'],
    ['--fast', ''],
    ['--quick', '--write'],
  ])('refuses %s %s', (...args) => {
    expect(() => readOptions(args)).toThrow()
  })

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

  it('what was to be measured and was not is said, never left out of the table', () => {
    const rows = standings({}, ['start', 'peers'])
    expect(rows.map(({ standing }) => standing)).toEqual(['no reading', 'no reading', 'no reading'])
    expect(standingsTable(rows).split('\n')).toHaveLength(4)
  })

  it('a smoke test fails on CPU ratios alone, and only on those far off', () => {
    expect(FIGURES.filter(({ smoke }) => smoke !== undefined).map(({ name }) => name)).toEqual([
      'cpuVsNginx',
      'throughputVsNginx',
      'big1MbCpuVsNginx',
      'share',
      'cpuVsBare',
    ])
    for (const figure of FIGURES) {
      expect(failsSmoke(figure, figure.gate)).toBe(false)
      if (figure.smoke === undefined) expect(failsSmoke(figure, 1e9)).toBe(false)
    }
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
