import { describe, expect, it } from 'vitest'
import { Samples } from '../measure/rounds.ts'
import { standings } from '../report.ts'
import { PEERS } from './catalogue.ts'
import { peerCpuRatio, peerP50Ratio, ratioToBest, worstRatio } from './ratios.ts'

const sample = (p50Us: number, cpuUsPerCall: number) => ({
  p50Us,
  p99Us: p50Us,
  callsPerSecond: 1,
  cpuUsPerCall,
})

/** @param of subject to what it takes: its latency with one call in flight, its CPU with sixteen */
function way(of: Readonly<Record<string, readonly [number, number]>>): Samples {
  const samples = new Samples()
  for (const [subject, [p50Us, cpuUs]] of Object.entries(of)) {
    samples.add('1 KB x 1', subject, sample(p50Us, cpuUs))
    samples.add('1 KB x 16', subject, sample(p50Us, cpuUs))
  }
  return samples
}

const results = (missing: readonly (readonly [string, string])[] = []) => ({
  local: way({
    direct: [10, 0],
    sallyport: [110, 60],
    'mcp-proxy': [410, 200],
    supergateway: [210, 150],
    'mcp-hub': [135, 80],
  }),
  remote: way({ direct: [20, 0], sallyport: [120, 50], 'mcp-hub': [520, 400] }),
  pipe: way({ direct: [20, 0], sallyport: [70, 40], 'mcp-remote': [520, 400] }),
  missing: new Map(missing),
})

describe('the best peer', () => {
  it('is the one that makes us look worst, on the way on which it does best', () => {
    expect(worstRatio(results(), peerCpuRatio, 'mcp-hub')?.median).toBeCloseTo(60 / 80)
    expect(worstRatio(results(), peerP50Ratio, 'mcp-hub')?.median).toBeCloseTo(100 / 125)
    expect(ratioToBest(results(), peerCpuRatio)?.median).toBeCloseTo(60 / 80)
    expect(ratioToBest(results(), peerP50Ratio)?.median).toBeCloseTo(100 / 125)
  })

  it.each(PEERS.map(({ name }) => name))(
    'is not known while %s is missing: neither row has a reading',
    (name) => {
      const peers = results([[`${name}, local server`, 'no network']])
      expect(standings({ peers }, ['peers']).map(({ standing }) => standing)).toEqual([
        'no reading',
        'no reading',
      ])
    },
  )
})
