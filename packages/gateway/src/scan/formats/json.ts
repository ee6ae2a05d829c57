import { SEVERITIES, type Severity } from '@sallyport/controls/detection'
import { type ScanReport, uncheckedOf } from '../report.ts'

/** The report as one JSON object on one line; `docs/scan.md` describes its members. */
export function jsonReport(report: ScanReport): string {
  return JSON.stringify({
    sallyport: report.version,
    scannedAt: report.scannedAt,
    summary: {
      targets: report.targets.length,
      servers: report.servers.length,
      findings: countBySeverity(report),
      unchecked: uncheckedOf(report).length,
    },
    targets: report.targets,
    servers: report.servers,
    findings: report.findings,
    unchecked: uncheckedOf(report),
  })
}

/** How many findings of each severity. */
export function countBySeverity({ findings }: ScanReport): Record<Severity, number> {
  const counts: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const { severity } of findings) counts[severity]++
  return counts
}

/** The worst first. */
export const WORST_FIRST: readonly Severity[] = [...SEVERITIES].reverse()
