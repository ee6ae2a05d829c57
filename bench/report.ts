/** Prints what was measured: tables for people, one JSON object for programs. */
import { FIGURES, failsSmoke, type Measured, standingOf } from './gates.ts'
import type { Spread } from './measure/figures.ts'
import type { Readings } from './measure/readings.ts'
import type { Sample, Samples } from './measure/rounds.ts'
import type { SuiteName } from './options.ts'
import { PEERS } from './peers/catalogue.ts'
import { peerCpuRatio, peerP50Ratio, worstRatio } from './peers/ratios.ts'
import { FLOOR, type PeerResults } from './peers/suite.ts'
import type { Row } from './results.ts'
import type { Workload } from './workloads.ts'

/** Columns padded to their widest cell; the first is text, the others are numbers. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
  return rows.map((row) => line(row).trimEnd()).join('\n')
}

/** One row for each workload and subject. */
export function samplesTable(
  samples: Samples,
  workloads: readonly Workload[],
  subjects: readonly string[],
  yardstick: string,
): string {
  const rows = [['workload', 'p50 us', 'added', 'p99 us', 'CPU us/call', `CPU / ${yardstick}`, 'calls/s']]
  for (const { id } of workloads) {
    for (const subject of subjects) {
      if (samples.of(id, subject) === undefined) continue
      const column = (digits: number, pick: (sample: Sample) => number) =>
        spreadText(samples.spread(id, subject, pick), digits)
      const against = (other: string, digits: number, compute: (ours: Sample, other: Sample) => number) =>
        spreadText(samples.figure(id, [subject, other], compute), digits)
      const proxy = subject !== 'direct'
      rows.push([
        `${id}  ${subject}`,
        column(0, ({ p50Us }) => p50Us),
        proxy ? against('direct', 0, (ours, direct) => ours.p50Us - direct.p50Us) : '',
        column(0, ({ p99Us }) => p99Us),
        proxy ? column(1, ({ cpuUsPerCall }) => cpuUsPerCall) : '',
        proxy ? against(yardstick, 2, (ours, other) => ours.cpuUsPerCall / other.cpuUsPerCall) : '',
        column(0, ({ callsPerSecond }) => callsPerSecond),
      ])
    }
  }
  return table(rows)
}

/** One row for each subject, against the yardstick. */
export function readingsTable(readings: Readings, yardstick: string, unit: string, digits: number): string {
  const rows = [['', unit, `/ ${yardstick}`]]
  for (const subject of readings.subjects) {
    rows.push([
      subject,
      spreadText(readings.spread(subject), digits),
      subject === yardstick ? '' : spreadText(readings.ratio(subject, yardstick), 2),
    ])
  }
  return table(rows)
}

/**
 * One row for each peer and way: how Sallyport compares, and a relay that does nothing else, below which nobody comes; or why
 * it could not be told.
 */
export function peersTable({ local, remote, pipe, missing }: PeerResults): string {
  const rows = [['CPU per call and added p50 over the peer’s', 'CPU', 'p50', `CPU of ${FLOOR}`, 'p50', '']]
  const ways = { 'local server': local, 'remote server': remote, 'on a pipe': pipe }
  for (const { name, version } of PEERS) {
    for (const [way, samples] of Object.entries(ways)) {
      if (samples.of('1 KB x 1', name) === undefined) continue
      const cells = ['sallyport', FLOOR].flatMap((ours) => [
        spreadText(peerCpuRatio(samples, name, ours), 2),
        spreadText(peerP50Ratio(samples, name, ours), 2),
      ])
      rows.push([`${name} ${version}, ${way}`, ...cells, ''])
    }
  }
  for (const [peer, why] of missing) rows.push([peer, '', '', '', '', `NOT MEASURED: ${why}`])
  return table(rows)
}

/** The promised figures of the suites that were to run, against their gates. */
export function standings(measured: Measured, suites: readonly SuiteName[]): Row[] {
  return FIGURES.filter(({ suite }) => suites.includes(suite)).map((figure) => {
    const value = figure.compute(measured)
    const { label, means, better, gate, goal } = figure
    const row = { label, means, better, gate, goal }
    if (value === undefined) return { ...row, standing: 'no reading' as const, smokeFails: false }
    const { median } = value
    return { ...row, value, standing: standingOf(figure, median), smokeFails: failsSmoke(figure, median) }
  })
}

export function standingsTable(rows: readonly Row[]): string {
  const lines = rows.map(({ label, value, better, gate, goal, standing }) => {
    const sign = better === 'lower' ? '<=' : '>='
    return [label, spreadText(value, 2), `${sign} ${gate}`, `${sign} ${goal}`, standing]
  })
  return table([['figure', 'measured', 'gate', 'goal', 'holds'], ...lines])
}

type Groups = Record<string, Record<string, number | Record<string, number>>>

/** The same figures as DESIGN 6 has them; only what was measured. */
export function figuresJson(measured: Measured): Groups {
  const json: Groups = {}
  for (const { suite, name, compute } of FIGURES) {
    const value = compute(measured)
    if (value !== undefined && name !== undefined) json[suite] = { ...json[suite], [name]: rounded(value) }
  }
  const { peers } = measured
  for (const { name } of peers === undefined ? [] : PEERS) {
    const cpu = peers && worstRatio(peers, peerCpuRatio, name)
    const p50 = peers && worstRatio(peers, peerP50Ratio, name)
    if (cpu && p50) json.peers = { ...json.peers, [name]: { cpuRatio: rounded(cpu), p50Ratio: rounded(p50) } }
  }
  return json
}

function rounded({ median }: Spread): number {
  return Math.round(median * 1000) / 1000
}

/** `2.31 [2.10-2.52]`: the figure, and between what it would be with any one round left out. */
export function spreadText(spread: Spread | undefined, digits: number): string {
  if (spread === undefined) return ''
  const { median, low, high } = spread
  const between = low < high ? ` [${low.toFixed(digits)}-${high.toFixed(digits)}]` : ''
  return `${median.toFixed(digits)}${between}`
}
