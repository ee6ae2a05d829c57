import { SEVERITIES, type Severity } from './finding.ts'

export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}

export function lowered(severity: Severity): Severity {
  return SEVERITIES[Math.max(0, rank(severity) - 1)] ?? severity
}

export function raised(severity: Severity): Severity {
  return SEVERITIES[Math.min(SEVERITIES.length - 1, rank(severity) + 1)] ?? severity
}
