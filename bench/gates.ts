/**
 * The figures that are promised, and what they must be: `gate` holds in every release, `goal` is where it is going.
 * Each is a ratio between subjects of one interleaved run.
 */
import { AUDIT, CALL } from './auditShare/suite.ts'
import { BARE_GATE, WITH_CONTROLS } from './controlShare/suite.ts'
import type { Spread } from './measure/figures.ts'
import type { Readings } from './measure/readings.ts'
import { addedP50Ratio, cpuRatio, type Samples } from './measure/rounds.ts'
import { DAEMON, SERVE } from './memory/suite.ts'
import type { SuiteName } from './options.ts'
import { peerCpuRatio, peerP50Ratio, ratioToBest } from './peers/ratios.ts'
import type { PeerResults } from './peers/suite.ts'
import { BARE_NODE, RELAY, STANDALONE } from './start/suite.ts'

export interface Figure {
  readonly suite: SuiteName
  /** Its name in the JSON line, under `suite`; without one it is only in the table. */
  readonly name?: string
  readonly label: string
  readonly better: 'lower' | 'higher'
  readonly gate: number
  readonly goal: number
  /** Beyond this a smoke test fails. Only for ratios of CPU time, which a busy machine hardly moves. */
  readonly smoke?: number
  /** What the figure is, for whoever reads the page. */
  readonly means: string
  /** `undefined`: not measured in this run. */
  compute(measured: Measured): Spread | undefined
}

export interface Measured {
  readonly http?: Samples
  readonly stdio?: Samples
  readonly start?: Readings
  readonly memory?: Readings
  readonly audit?: Readings
  readonly controls?: Readings
  readonly peers?: PeerResults
}

export const FIGURES: readonly Figure[] = [
  {
    suite: 'http',
    name: 'cpuVsNginx',
    label: 'CPU per call / nginx (1 KB x 16)',
    better: 'lower',
    gate: 5,
    goal: 3,
    smoke: 15,
    means: 'CPU of all threads of `sallyport serve` per call, over nginx doing the same as a reverse proxy',
    compute: ({ http }) => http?.figure('1 KB x 16', ['sallyport', 'nginx'], cpuRatio),
  },
  {
    suite: 'http',
    name: 'throughputVsNginx',
    label: 'calls per CPU second / nginx (1 KB x 64)',
    better: 'higher',
    gate: 0.2,
    goal: 0.35,
    smoke: 0.06,
    means: 'calls that a second of CPU answers, over nginx: what one core carries',
    compute: ({ http }) => http?.figure('1 KB x 64', ['nginx', 'sallyport'], cpuRatio),
  },
  {
    suite: 'http',
    name: 'addedP50VsNginx',
    label: 'added p50 / nginx (1 KB x 1)',
    better: 'lower',
    gate: 2.5,
    goal: 1.6,
    means: 'median latency that the gateway adds to a direct call, over what nginx adds',
    compute: ({ http }) => http?.figure('1 KB x 1', ['direct', 'sallyport', 'nginx'], addedP50Ratio),
  },
  {
    suite: 'http',
    name: 'big1MbCpuVsNginx',
    label: 'CPU per call / nginx (1 MB x 1)',
    better: 'lower',
    gate: 9,
    goal: 5,
    smoke: 25,
    means: 'the first row with a result of 1 MB, every byte of which is parsed',
    compute: ({ http }) => http?.figure('1 MB x 1', ['sallyport', 'nginx'], cpuRatio),
  },
  {
    suite: 'http',
    name: 'sseDelayVsNginx',
    label: "delay of a stream's event / nginx",
    better: 'lower',
    gate: 6,
    goal: 3,
    means:
      'median time from the moment the server writes a progress event on a call’s stream until the client has it, over nginx',
    compute: ({ http }) =>
      http?.figure('events', ['sallyport', 'nginx'], (ours, theirs) => ours.p50Us / theirs.p50Us),
  },
  {
    suite: 'stdio',
    name: 'addedP50VsPipe',
    label: 'stdio added p50 / byte pipe (1 KB x 1)',
    better: 'lower',
    gate: 2,
    goal: 1.4,
    means: 'median latency that `stdio --standalone` adds to a call, over a relay that reads nothing',
    compute: ({ stdio }) => stdio?.figure('1 KB x 1', ['direct', 'sallyport', 'byte pipe'], addedP50Ratio),
  },
  {
    suite: 'start',
    name: 'vsNode',
    label: 'start to first list / bare node',
    better: 'lower',
    gate: 2,
    goal: 1.4,
    means:
      'from starting `sallyport stdio` until it answered `initialize` and `tools/list`, over `node -e 0`; with a daemon running where there is one',
    compute: ({ start }) => start?.ratio(RELAY, BARE_NODE) ?? start?.ratio(STANDALONE, BARE_NODE),
  },
  {
    suite: 'memory',
    name: 'vsNode',
    label: 'idle memory, 10 servers known / bare node',
    better: 'lower',
    gate: 2,
    goal: 1.5,
    means: 'resident memory of the idle gateway (the daemon where there is one), over a Node that waits',
    compute: ({ memory }) => memory?.ratio(DAEMON, BARE_NODE) ?? memory?.ratio(SERVE, BARE_NODE),
  },
  {
    suite: 'audit',
    name: 'share',
    label: "audit's share of the CPU per call",
    better: 'lower',
    gate: 0.2,
    goal: 0.15,
    smoke: 0.4,
    means: 'of the CPU of a call (1 KB x 16), what is spent in the audit trail, its threads included',
    compute: ({ audit }) => audit?.ratio(AUDIT, CALL),
  },
  {
    suite: 'controls',
    name: 'cpuVsBare',
    label: 'CPU per call, all controls on / bare gate',
    better: 'lower',
    gate: 1.5,
    goal: 1.25,
    smoke: 2.5,
    means: 'CPU of a call (1 KB x 16) with every control on, over what of it is no control',
    compute: ({ controls }) => controls?.ratio(WITH_CONTROLS, BARE_GATE),
  },
  {
    suite: 'peers',
    label: 'CPU per call / best peer (1 KB x 16)',
    better: 'lower',
    gate: 0.4,
    goal: 0.25,
    means: 'CPU per call of a legacy client, over the peer that needs the least on the same way',
    compute: ({ peers }) => peers && ratioToBest(peers, peerCpuRatio),
  },
  {
    suite: 'peers',
    label: 'added p50 / best peer (1 KB x 1)',
    better: 'lower',
    gate: 0.5,
    goal: 0.3,
    means:
      'median latency added to a legacy client’s call, over the peer that adds the least on the same way',
    compute: ({ peers }) => peers && ratioToBest(peers, peerP50Ratio),
  },
]

export type Standing = 'goal' | 'gate' | 'MISSED'

/** How a figure stands to its gate and goal. */
export function standingOf(figure: Figure, value: number): Standing {
  if (reaches(figure, value, figure.goal)) return 'goal'
  return reaches(figure, value, figure.gate) ? 'gate' : 'MISSED'
}

/** Is a figure so far off that even a smoke test says something? */
export function failsSmoke(figure: Figure, value: number): boolean {
  return figure.smoke !== undefined && !reaches(figure, value, figure.smoke)
}

function reaches({ better }: Figure, value: number, bound: number): boolean {
  return better === 'lower' ? value <= bound : value >= bound
}
