import type { Severity } from '@sallyport/controls/detection'
import type { Place } from '../../config/fault.ts'
import type { ScanRuleId } from '../rules.ts'

/** A finding before the file and server are known; what is left out is as the rule says. The evidence is made safe later. */
export interface Notice {
  readonly rule: ScanRuleId
  readonly place: Place
  readonly pointer: string
  readonly evidence: string
  readonly severity?: Severity
  readonly explain?: string
  readonly advice?: string
}
