import type { TextFinding } from '../../packages/controls/detection/index.ts'
import { isDecisive } from '../../packages/controls/text/index.ts'

/** A finding of hidden text that decides. */
export function isDecisiveRule({ rule, severity }: TextFinding): boolean {
  return rule.startsWith('text/') && severity !== 'info' && isDecisive({ severity })
}
