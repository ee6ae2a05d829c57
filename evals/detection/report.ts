import type { Evaluation, Verdict } from './evaluate.ts'
import { isDecisiveRule } from './hidden.ts'

const isBlocked = ({ inspection }: Verdict) => inspection.verdict === 'block'
const isFlagged = ({ inspection }: Verdict) => inspection.verdict !== 'pass'
const share = (verdicts: readonly Verdict[], is: (verdict: Verdict) => boolean) =>
  verdicts.length === 0 ? 0 : verdicts.filter(is).length / verdicts.length
const round = (value: number, digits = 4) => Number(value.toFixed(digits))
const percent = (value: number) => `${(100 * value).toFixed(2)} %`
const servers = (verdicts: readonly Verdict[]) => new Set(verdicts.map(({ row }) => row.server)).size

/** A table for people, and as the last line one JSON object with the same figures. */
export function printReport({ benign, malicious, results, prompts, steering, trainMs }: Evaluation): void {
  const out: string[] = []
  const sources = Map.groupBy(malicious, ({ row }) => row.source)
  const hidden = malicious.filter(({ row }) => row.meta?.uni === true)
  const hiddenAlarms = benign.filter(({ inspection }) => inspection.findings.some(isDecisiveRule))
  const latencies = [...benign, ...malicious]
    .map(({ latencyMs }) => latencyMs)
    .sort((one, other) => one - other)
  const latency = (quantile: number) => round(latencies[Math.floor(quantile * latencies.length)] ?? 0, 3)

  out.push('Attacks by source, judged by a model that has not seen the source', '')
  out.push(row('source', 'tools', 'block', 'review'))
  const perSource: Record<string, { tools: number; block: number; review: number }> = {}
  for (const [source, verdicts] of sources) {
    const figures = {
      tools: verdicts.length,
      block: round(share(verdicts, isBlocked)),
      review: round(share(verdicts, isFlagged)),
    }
    perSource[source] = figures
    out.push(row(source, String(figures.tools), percent(figures.block), percent(figures.review)))
  }
  const places = Map.groupBy(
    malicious.filter(({ row }) => row.meta?.loc !== undefined),
    ({ row }) => row.meta?.loc ?? '',
  )
  out.push('', 'The generated ones by place', '')
  for (const [place, verdicts] of places) {
    out.push(
      row(
        place,
        String(verdicts.length),
        percent(share(verdicts, isBlocked)),
        percent(share(verdicts, isFlagged)),
      ),
    )
  }

  const blocked = benign.filter(isBlocked)
  const flagged = benign.filter(isFlagged)
  out.push('', 'False positives on servers that no model has seen', '')
  out.push(row('', 'of', 'block', 'review'))
  out.push(
    row(
      'tools',
      String(benign.length),
      percent(blocked.length / benign.length),
      percent(flagged.length / benign.length),
    ),
  )
  const all = servers(benign)
  out.push(row('servers', String(all), percent(servers(blocked) / all), percent(servers(flagged) / all)))
  for (const { row: benignRow, inspection } of flagged) {
    const [first] = inspection.findings
    out.push(
      `  ${inspection.verdict} ${benignRow.server} ${benignRow.tool?.name ?? ''}: ${first?.rule} "${first?.evidence}"`,
    )
  }

  out.push('', 'Texts that are no definitions', '')
  out.push(row('', 'texts', 'block', 'review'))
  const kinds = [
    ...Map.groupBy(
      results.malicious,
      (verdict) => `attack ${verdict.row.source} ${verdict.row.meta?.cat ?? ''}`,
    ),
  ]
  for (const [name, verdicts] of [
    ...kinds,
    ['attack prompts', prompts] as const,
    ...Map.groupBy(results.benign, ({ row }) => `benign ${row.source.replace(/:.*/, '')}`),
    ['benign results, all', results.benign] as const,
  ]) {
    out.push(
      row(
        name,
        String(verdicts.length),
        percent(share(verdicts, isBlocked)),
        percent(share(verdicts, isFlagged)),
      ),
    )
  }

  out.push(
    '',
    `Hidden text: ${hidden.filter(isBlocked).length} of ${hidden.length} blocked; ${hiddenAlarms.length} benign tools`,
  )
  out.push(
    `Steering: ${steering.found} of ${steering.attacks}; ${steering.alarms} alarms (and ${steering.mentions} mentions) in ${steering.checks} checks of benign tools`,
  )
  for (const missed of steering.missed.slice(0, 12)) out.push(`  missed ${missed.replaceAll('\n', ' ')}`)
  out.push(
    `A tool: p50 ${latency(0.5)} ms, p99 ${latency(0.99)} ms. Training of a fold: ${trainMs.map((ms) => (ms / 1000).toFixed(1)).join(', ')} s`,
  )
  process.stdout.write(`${out.join('\n')}\n`)

  const bySource = Object.values(perSource)
  const mean = (of: 'block' | 'review') =>
    round(bySource.reduce((sum, figures) => sum + figures[of], 0) / bySource.length)
  process.stdout.write(
    `${JSON.stringify({
      block: { recall: mean('block'), fpr: round(blocked.length / benign.length, 5) },
      review: { recall: mean('review'), fpr: round(flagged.length / benign.length, 5) },
      hidden: { recall: round(share(hidden, isBlocked)), fp: hiddenAlarms.length },
      steering: {
        recall: round(steering.found / Math.max(1, steering.attacks)),
        fpr: round(steering.alarms / Math.max(1, steering.checks), 6),
      },
      perSource,
      servers: { block: round(servers(blocked) / all), review: round(servers(flagged) / all) },
      latencyMs: { p50: latency(0.5), p99: latency(0.99) },
    })}\n`,
  )
}

function row(name: string, ...cells: readonly string[]): string {
  return name.slice(0, 46).padEnd(48) + cells.map((cell) => cell.padStart(10)).join('')
}
