/**
 * Interleaved rounds: in each one every subject does every workload once, in shuffled order, so that whatever else the
 * machine does hits them all alike; what is reported is the median over the rounds.
 */
import type { Workload } from '../workloads.ts'
import { restedCpuUs } from './cpu.ts'
import { quantile, type Spread, shuffled, spreadOf } from './figures.ts'
import type { LoadReport } from './load.ts'
import { keepApart } from './pin.ts'

/** Something that is called. */
export interface Subject {
  readonly name: string
  /** Processes whose CPU time a call costs; none for the upstream itself. */
  readonly pids: readonly number[]
  /** `keep`: more calls of the same workload follow at once. */
  call(workload: Workload, calls: number, keep: boolean): Promise<LoadReport>
}

export interface Sample {
  readonly p50Us: number
  readonly p99Us: number
  readonly callsPerSecond: number
  readonly cpuUsPerCall: number
}

/** For `Samples.figure`: one subject's CPU per call over another's. */
export function cpuRatio(ours: Sample, theirs: Sample): number {
  return ours.cpuUsPerCall / theirs.cpuUsPerCall
}

/** The same for what they add to the median of a direct call. No reading where the yardstick cannot be told from none. */
export function addedP50Ratio(direct: Sample, ours: Sample, theirs: Sample): number {
  const added = theirs.p50Us - direct.p50Us
  return added < 1 ? Number.NaN : (ours.p50Us - direct.p50Us) / added
}

export interface RoundsPlan {
  readonly subjects: readonly Subject[]
  readonly workloads: readonly Workload[]
  readonly rounds: number
  /** Calls that every subject answers before the first round, by the result's size. */
  warmUp(workload: Workload): number
  /** Processes at the other end: the load generator, the upstream, what a relay started. */
  others(): readonly number[]
  readonly random: () => number
  progress(text: string): void
}

/** An answer was not what it had to be: the figures of such a run mean nothing. */
export class WrongAnswers extends Error {
  constructor(subject: string, workload: string, report: LoadReport) {
    super(
      `${subject} answered ${report.wrong} of ${report.calls} calls of ${workload} wrongly:\n  ${report.faults.join('\n  ')}`,
    )
    this.name = 'WrongAnswers'
  }
}

/** Runs them all. Rejects with `WrongAnswers`, or when a subject cannot be called. */
export async function runRounds(plan: RoundsPlan): Promise<Samples> {
  const samples = new Samples()
  const measured = plan.subjects.flatMap(({ pids }) => pids)
  const checked = async (subject: Subject, workload: Workload, calls: number, keep: boolean) => {
    const report = await subject.call(workload, calls, keep)
    if (report.wrong > 0) throw new WrongAnswers(subject.name, workload.id, report)
    return report
  }
  for (const subject of plan.subjects) {
    plan.progress(`warming up ${subject.name}`)
    for (const workload of plan.workloads) await checked(subject, workload, plan.warmUp(workload), false)
  }
  for (let round = 1; round <= plan.rounds; round++) {
    plan.progress(`round ${round} of ${plan.rounds}`)
    keepApart(measured, plan.others())
    for (const workload of shuffled(plan.workloads, plan.random)) {
      for (const subject of shuffled(plan.subjects, plan.random)) {
        await checked(subject, workload, Math.max(workload.parallel, Math.ceil(workload.calls / 20)), true)
        const before = await restedCpuUs(subject.pids)
        const report = await checked(subject, workload, workload.calls, false)
        const used = (await restedCpuUs(subject.pids)) - before
        samples.add(workload.id, subject.name, {
          p50Us: report.p50Us,
          p99Us: report.p99Us,
          callsPerSecond: report.calls / report.seconds,
          cpuUsPerCall: used / report.calls,
        })
      }
    }
  }
  return samples
}

/** What was measured: for each workload and subject one sample a round. */
export class Samples {
  readonly #rounds = new Map<string, Sample[]>()

  add(workload: string, subject: string, sample: Sample): void {
    const key = JSON.stringify([workload, subject])
    const rounds = this.#rounds.get(key)
    if (rounds) rounds.push(sample)
    else this.#rounds.set(key, [sample])
  }

  /** One sample a round, in order; `undefined` when this was not measured. */
  of(workload: string, subject: string): readonly Sample[] | undefined {
    return this.#rounds.get(JSON.stringify([workload, subject]))
  }

  /** One measurement over the rounds: median, lowest and highest round. */
  spread(workload: string, subject: string, pick: (sample: Sample) => number): Spread | undefined {
    const rounds = this.of(workload, subject)
    return rounds && spreadOf(rounds.map(pick))
  }

  /**
   * A figure computed from several subjects' medians over the rounds; lowest and highest are what it would be with any one
   * round left out. (Not the median of the rounds' own ratios: one difference near zero below the line would be enough to
   * spoil it.) `undefined` when a subject was not measured, or `compute` makes no number of it.
   *
   * @example samples.figure('1 KB x 16', ['sallyport', 'nginx'], (ours, nginx) => ours.cpuUsPerCall / nginx.cpuUsPerCall)
   */
  figure(
    workload: string,
    subjects: readonly string[],
    compute: (...of: Sample[]) => number,
  ): Spread | undefined {
    const measured = subjects.map((subject) => this.of(workload, subject) ?? [])
    const rounds = Math.min(...measured.map(({ length }) => length))
    if (rounds === 0) return undefined
    const without = (left: number | undefined) =>
      compute(...measured.map((samples) => medianSample(samples.filter((_, round) => round !== left))))
    const others = rounds < 3 ? [] : Array.from({ length: rounds }, (_, round) => without(round))
    const median = without(undefined)
    const values = [median, ...others.filter(Number.isFinite)]
    return Number.isFinite(median)
      ? { median, low: Math.min(...values), high: Math.max(...values) }
      : undefined
  }
}

function medianSample(samples: readonly Sample[]): Sample {
  const median = (pick: (sample: Sample) => number) => quantile(samples.map(pick), 0.5)
  return {
    p50Us: median(({ p50Us }) => p50Us),
    p99Us: median(({ p99Us }) => p99Us),
    callsPerSecond: median(({ callsPerSecond }) => callsPerSecond),
    cpuUsPerCall: median(({ cpuUsPerCall }) => cpuUsPerCall),
  }
}
