import { describe, expect, it } from 'vitest'
import { type RoundsPlan, runRounds, Samples } from './rounds.ts'

const workload = { id: 'w', resultBytes: 10, parallel: 1, calls: 100 }
const report = { calls: 100, seconds: 0.1, p50Us: 50, p99Us: 90, wrong: 0, faults: [] }

function plan(change: Partial<RoundsPlan>): RoundsPlan {
  return {
    subjects: [],
    workloads: [workload],
    rounds: 3,
    warmUp: () => 7,
    others: () => [],
    random: Math.random,
    progress: () => {},
    ...change,
  }
}

describe('rounds', () => {
  it('every subject does every workload once a round, after a warm-up by count', async () => {
    const calls: string[] = []
    const subject = (name: string) => ({
      name,
      pids: [],
      call: async (_: unknown, count: number, keep: boolean) => {
        calls.push(`${name} ${count}${keep ? ' keep' : ''}`)
        return report
      },
    })
    const samples = await runRounds(plan({ subjects: [subject('a'), subject('b')] }))
    expect(calls.slice(0, 2)).toEqual(['a 7', 'b 7'])
    expect(calls.slice(2).filter((call) => call === 'a 100')).toHaveLength(3)
    expect(calls.slice(2).filter((call) => call === 'b 5 keep')).toHaveLength(3)
    expect(samples.of('w', 'a')).toHaveLength(3)
    expect(samples.spread('w', 'a', ({ callsPerSecond }) => callsPerSecond)).toEqual({
      median: 1000,
      low: 1000,
      high: 1000,
    })
  })

  it('a run with a wrong answer gives no figures', async () => {
    const call = async () => ({ ...report, wrong: 2, faults: ['call 5: answered with id 6'] })
    await expect(runRounds(plan({ subjects: [{ name: 'mixed up', pids: [], call }] }))).rejects.toThrow(
      /mixed up answered 2 of 100 calls of w wrongly:\n {2}call 5: answered with id 6/,
    )
  })

  it('a figure compares medians, and says how much it hangs on one round', () => {
    const samples = new Samples()
    const add = (subject: string, cpuUsPerCall: number) =>
      samples.add('w', subject, { p50Us: 1, p99Us: 1, callsPerSecond: 1, cpuUsPerCall })
    for (const cpu of [30, 40, 1000]) add('ours', cpu)
    for (const cpu of [10, 10, 10]) add('theirs', cpu)
    const ratio = samples.figure(
      'w',
      ['ours', 'theirs'],
      (ours, theirs) => ours.cpuUsPerCall / theirs.cpuUsPerCall,
    )
    expect(ratio).toEqual({ median: 4, low: 3.5, high: 52 })
    expect(samples.figure('w', ['ours', 'nobody'], () => 1)).toBeUndefined()
  })
})
