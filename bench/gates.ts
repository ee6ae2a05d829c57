/**
 * The figures that are promised, and what they must be: `gate` holds in every release, `goal` is where it is going.
 * Each is a ratio between subjects of one interleaved run.
 */
import type { Spread } from './measure/figures.ts'
import type { Sample, Samples } from './measure/rounds.ts'

export interface Figure {
  /** Where it stands in the JSON line, e.g. `['http', 'cpuVsNginx']`. */
  readonly key: readonly [string, string]
  readonly label: string
  readonly better: 'lower' | 'higher'
  readonly gate: number
  readonly goal: number
  /** `undefined`: not measured in this run. */
  compute(measured: Measured): Spread | undefined
}

export interface Measured {
  readonly http?: Samples
  readonly stdio?: Samples
}

const cpuRatio = (ours: Sample, theirs: Sample) => ours.cpuUsPerCall / theirs.cpuUsPerCall
/** No reading where the yardstick cannot be told from no proxy at all. */
const addedRatio = (direct: Sample, ours: Sample, theirs: Sample) => {
  const added = theirs.p50Us - direct.p50Us
  return added < 1 ? Number.NaN : (ours.p50Us - direct.p50Us) / added
}

export const FIGURES: readonly Figure[] = [
  {
    key: ['http', 'cpuVsNginx'],
    label: 'CPU per call / nginx (1 KB x 16)',
    better: 'lower',
    gate: 5,
    goal: 3,
    compute: ({ http }) => http?.figure('1 KB x 16', ['sallyport', 'nginx'], cpuRatio),
  },
  {
    key: ['http', 'throughputVsNginx'],
    label: 'calls per CPU second / nginx (1 KB x 64)',
    better: 'higher',
    gate: 0.2,
    goal: 0.35,
    compute: ({ http }) => http?.figure('1 KB x 64', ['nginx', 'sallyport'], cpuRatio),
  },
  {
    key: ['http', 'addedP50VsNginx'],
    label: 'added p50 / nginx (1 KB x 1)',
    better: 'lower',
    gate: 2.5,
    goal: 1.6,
    compute: ({ http }) => http?.figure('1 KB x 1', ['direct', 'sallyport', 'nginx'], addedRatio),
  },
  {
    key: ['http', 'big1MbCpuVsNginx'],
    label: 'CPU per call / nginx (1 MB x 1)',
    better: 'lower',
    gate: 9,
    goal: 5,
    compute: ({ http }) => http?.figure('1 MB x 1', ['sallyport', 'nginx'], cpuRatio),
  },
  {
    key: ['stdio', 'addedP50VsPipe'],
    label: 'stdio added p50 / byte pipe (1 KB x 1)',
    better: 'lower',
    gate: 2,
    goal: 1.4,
    compute: ({ stdio }) => stdio?.figure('1 KB x 1', ['direct', 'sallyport', 'byte pipe'], addedRatio),
  },
]

export type Standing = 'goal' | 'gate' | 'MISSED'

/** How a figure stands to its gate and goal. */
export function standingOf(figure: Figure, value: number): Standing {
  const reaches = (bound: number) => (figure.better === 'lower' ? value <= bound : value >= bound)
  if (reaches(figure.goal)) return 'goal'
  return reaches(figure.gate) ? 'gate' : 'MISSED'
}
