/** Sallyport against each peer, on the way that the peer offers. Below 1: Sallyport needs less. */
import type { Spread } from '../measure/figures.ts'
import { addedP50Ratio, cpuRatio } from '../measure/rounds.ts'
import { PEERS } from './catalogue.ts'
import type { PeerResults } from './suite.ts'

/** CPU per call at sixteen calls in flight; `undefined` when the peer was not measured. */
export function peerCpuRatio({ http, stdio }: PeerResults, peer: string): Spread | undefined {
  const subjects = ['sallyport', peer]
  return http.figure('1 KB x 16', subjects, cpuRatio) ?? stdio.figure('1 KB x 16', subjects, cpuRatio)
}

/** Added median latency at one call in flight. */
export function peerP50Ratio({ http, stdio }: PeerResults, peer: string): Spread | undefined {
  const subjects = ['direct', 'sallyport', peer]
  return http.figure('1 KB x 1', subjects, addedP50Ratio) ?? stdio.figure('1 KB x 1', subjects, addedP50Ratio)
}

/** Against the best of them: the one that makes us look worst. */
export function worstCpuRatio(results: PeerResults): Spread | undefined {
  return worst(PEERS.map(({ name }) => peerCpuRatio(results, name)))
}

export function worstP50Ratio(results: PeerResults): Spread | undefined {
  return worst(PEERS.map(({ name }) => peerP50Ratio(results, name)))
}

function worst(spreads: readonly (Spread | undefined)[]): Spread | undefined {
  return spreads
    .filter((spread) => spread !== undefined)
    .reduce<Spread | undefined>((most, one) => (most && most.median >= one.median ? most : one), undefined)
}
