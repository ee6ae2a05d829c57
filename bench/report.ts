/** Prints what was measured: tables for people, one JSON object for programs. */
import { FIGURES, type Measured, standingOf } from './gates.ts'
import type { Spread } from './measure/figures.ts'
import type { Sample, Samples } from './measure/rounds.ts'
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

export interface Standings {
  readonly text: string
  /** Figures that miss their gate. */
  readonly missed: number
  /** Figures of suites that ran without giving them: no yardstick, or one that adds nothing. */
  readonly unread: number
}

/** The promised figures of the suites that ran, against their gates. */
export function gatesTable(measured: Measured): Standings {
  const rows = [['figure', 'measured', 'gate', 'goal', 'holds']]
  let missed = 0
  let unread = 0
  for (const figure of FIGURES) {
    if (!(figure.key[0] in measured)) continue
    const value = figure.compute(measured)
    if (value === undefined) {
      unread++
      rows.push([figure.label, 'no reading', '', '', ''])
      continue
    }
    const standing = standingOf(figure, value.median)
    if (standing === 'MISSED') missed++
    const sign = figure.better === 'lower' ? '<=' : '>='
    rows.push([
      figure.label,
      spreadText(value, 2),
      `${sign} ${figure.gate}`,
      `${sign} ${figure.goal}`,
      standing,
    ])
  }
  return { text: table(rows), missed, unread }
}

/** The same figures as DESIGN 6 has them; only what was measured. */
export function figuresJson(measured: Measured): Record<string, Record<string, number>> {
  const json: Record<string, Record<string, number>> = {}
  for (const figure of FIGURES) {
    const value = figure.compute(measured)
    if (value === undefined) continue
    const [group, name] = figure.key
    json[group] = { ...json[group], [name]: Math.round(value.median * 1000) / 1000 }
  }
  return json
}

function spreadText(spread: Spread | undefined, digits: number): string {
  if (spread === undefined) return ''
  const { median, low, high } = spread
  const between = low < high ? ` [${low.toFixed(digits)}-${high.toFixed(digits)}]` : ''
  return `${median.toFixed(digits)}${between}`
}
