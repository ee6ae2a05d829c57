import { visible } from '@sallyport/controls/text'
import type { AuditProblem, VerifyReport } from './verifyReport.ts'

const MAX_PROBLEMS = 20

/** What `audit verify` found, as lines for people: the verdict first, then where. */
export function printReport(report: VerifyReport): string[] {
  const { outcome, problems, notes, chains, checkpoints, keys } = report
  const records = chains.reduce((sum, chain) => sum + chain.records, 0)
  const size = `${records} records in ${chains.length} ${chains.length === 1 ? 'chain' : 'chains'}, ${checkpoints} checkpoints`
  const lines = [`${outcome}: ${size}`]
  for (const problem of problems.slice(0, MAX_PROBLEMS))
    lines.push(`  ${problem.reason}: ${placeOf(problem)}: ${visible(problem.explain)}`)
  if (problems.length > MAX_PROBLEMS) lines.push(`  and ${problems.length - MAX_PROBLEMS} more, see --json`)
  for (const { chain, segments, firstSeq, lastSeq, unsigned } of chains) {
    const open = unsigned === 0 ? 'all signed' : `${unsigned} not signed yet`
    lines.push(`  chain ${chain}: records ${firstSeq} to ${lastSeq} in ${segments} segments, ${open}`)
  }
  for (const { id, source } of keys) lines.push(`  key ${id} from ${visible(source)}`)
  for (const note of notes) lines.push(`  note: ${visible(note)}`)
  return lines
}

function placeOf({ chain, segment, line, seq, file }: AuditProblem): string {
  const parts = [
    file === undefined ? undefined : visible(file),
    chain === undefined ? undefined : `chain ${chain}`,
    segment === undefined ? undefined : `segment ${segment}`,
    line === undefined ? undefined : `line ${line}`,
    seq === undefined ? undefined : `record ${seq}`,
  ]
  return parts.filter((part) => part !== undefined).join(', ')
}
