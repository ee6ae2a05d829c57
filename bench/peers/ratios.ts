/** Sallyport against each peer, on the ways that the peer offers. Below 1: Sallyport needs less. */
import type { Spread } from '../measure/figures.ts'
import { addedP50Ratio, cpuRatio, type Samples } from '../measure/rounds.ts'
import { PEERS } from './catalogue.ts'
import type { PeerResults } from './suite.ts'

/** CPU per call at sixteen calls in flight; `undefined` when the peer was not measured there. */
export function peerCpuRatio(way: Samples, peer: string, ours = 'sallyport'): Spread | undefined {
  return way.figure('1 KB x 16', [ours, peer], cpuRatio)
}

/** Added median latency at one call in flight. */
export function peerP50Ratio(way: Samples, peer: string, ours = 'sallyport'): Spread | undefined {
  return way.figure('1 KB x 1', ['direct', ours, peer], addedP50Ratio)
}

/** Against one peer on all of its ways: what makes us look worst. */
export function worstRatio(
  { local, remote, pipe }: PeerResults,
  ratioOf: typeof peerCpuRatio,
  peer: string,
): Spread | undefined {
  return worst([local, remote, pipe].map((way) => ratioOf(way, peer)))
}

/** Against the best of all peers. `undefined` while one of them is missing: it may be the best. */
export function ratioToBest(results: PeerResults, ratioOf: typeof peerCpuRatio): Spread | undefined {
  if (results.missing.size > 0) return undefined
  return worst(PEERS.map(({ name }) => worstRatio(results, ratioOf, name)))
}

function worst(spreads: readonly (Spread | undefined)[]): Spread | undefined {
  return spreads
    .filter((spread) => spread !== undefined)
    .reduce<Spread | undefined>((most, one) => (most && most.median >= one.median ? most : one), undefined)
}
