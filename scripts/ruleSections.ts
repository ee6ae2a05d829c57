import { CONTROL_RULES } from '../packages/gateway/src/controlRules.ts'
import { GATEWAY_RULES } from '../packages/gateway/src/rules.ts'
import { SCAN_RULE_TEXTS } from '../packages/gateway/src/scan/rules.ts'

/** Rules beside the gateway's own, section by section, as `docs/rules.md` has them. */
export const RULE_SECTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...CONTROL_RULES,
  'Scans of configurations and bundles': Object.fromEntries(
    Object.entries(SCAN_RULE_TEXTS).filter(([id]) => !(id in GATEWAY_RULES)),
  ),
}
