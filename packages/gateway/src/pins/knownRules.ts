import { DETECTION_RULES } from '@sallyport/controls/detection'
import { SHADOW_RULES } from '@sallyport/controls/surface'
import { TEXT_RULES } from '@sallyport/controls/text'

/** Ids of the rules that a finding in a surface can have: those an exception may name. */
export function knownRules(): ReadonlySet<string> {
  return new Set([
    ...DETECTION_RULES.map(({ id }) => id),
    ...Object.keys(SHADOW_RULES),
    ...Object.keys(TEXT_RULES),
  ])
}
