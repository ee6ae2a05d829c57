import { COMMAND_RULES } from '../packages/controls/commands/index.ts'
import { DETECTION_RULES } from '../packages/controls/detection/index.ts'
import { FORMAT_RULES } from '../packages/controls/formats/index.ts'
import { JSON_RULES } from '../packages/controls/json/index.ts'
import { LINK_RULES } from '../packages/controls/links/index.ts'
import { PATH_RULES } from '../packages/controls/paths/index.ts'
import { ACCESS_RULES } from '../packages/controls/policy/index.ts'
import { SCHEMA_RULES } from '../packages/controls/schema/index.ts'
import { SECRET_RULES } from '../packages/controls/secrets/index.ts'
import { SQL_RULES } from '../packages/controls/sql/index.ts'
import { MALFORMED_REASONS, SHADOW_RULES } from '../packages/controls/surface/index.ts'
import { TEXT_RULES } from '../packages/controls/text/index.ts'
import { URL_RULES } from '../packages/controls/urls/index.ts'
import { ARGUMENT_RULES } from '../packages/gateway/src/pipeline/controls/arguments.ts'
import { GATEWAY_RULES } from '../packages/gateway/src/rules.ts'
import { SCAN_RULE_TEXTS } from '../packages/gateway/src/scan/rules.ts'

/** Rules beside the gateway's own, section by section, as `docs/rules.md` has them. */
export const RULE_SECTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Strict JSON': JSON_RULES,
  'Access (docs/access.md)': ACCESS_RULES,
  'What hides in a text (docs/text.md)': TEXT_RULES,
  'What a text does to a model (docs/detection.md)': Object.fromEntries(
    DETECTION_RULES.filter(({ id }) => !(id in TEXT_RULES) && !(id in SHADOW_RULES)).map(
      ({ id, explain }) => [id, explain],
    ),
  ),
  'Links that carry data out (docs/answers.md)': LINK_RULES,
  "What could be taken for another server's": SHADOW_RULES,
  'Why an entry is malformed (`surface/malformed`)': MALFORMED_REASONS,
  'Whether a value has its form (docs/schema.md)': SCHEMA_RULES,
  'What an argument may be (docs/arguments.md)': ARGUMENT_RULES,
  'Where a path leads (docs/paths.md)': PATH_RULES,
  'Where a URL leads (docs/urls.md)': URL_RULES,
  'Secrets and personal data (docs/secrets.md)': SECRET_RULES,
  'SQL in arguments (docs/sql.md)': SQL_RULES,
  'Commands in arguments (docs/command-lines.md)': COMMAND_RULES,
  'Formats of arguments (docs/formats.md)': FORMAT_RULES,
  'Scans of configurations and bundles': Object.fromEntries(
    Object.entries(SCAN_RULE_TEXTS).filter(([id]) => !(id in GATEWAY_RULES)),
  ),
}
