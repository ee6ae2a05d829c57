import { visible } from '../text/index.ts'
import type { Severity, TextFinding } from './finding.ts'
import { explainRule } from './rules.ts'

export const MAX_EVIDENCE = 160

export function makeFinding(
  rule: string,
  severity: Severity,
  where: string,
  text: string,
  start: number,
  end: number,
): TextFinding {
  return {
    rule,
    severity,
    where,
    start,
    end,
    evidence: evidence(text, start, end),
    explain: explainRule(rule),
  }
}

/** The span as a person may see it. What is hidden in it takes more room when it is shown, so the cut comes after. */
function evidence(text: string, start: number, end: number): string {
  const shown = visible(
    text
      .slice(start, Math.min(end, start + MAX_EVIDENCE))
      .trim()
      .replace(/\s+/g, ' '),
  )
  if (shown === '' && end > start) return `(${end - start} characters of white space)`
  return shown.length <= MAX_EVIDENCE ? shown : `${shown.slice(0, MAX_EVIDENCE - 3)}...`
}
