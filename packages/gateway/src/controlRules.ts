import { COMMAND_RULES } from '@sallyport/controls/commands'
import { DETECTION_RULES } from '@sallyport/controls/detection'
import { FLOW_RULES } from '@sallyport/controls/flow'
import { FORMAT_RULES } from '@sallyport/controls/formats'
import { JSON_RULES } from '@sallyport/controls/json'
import { LINK_RULES } from '@sallyport/controls/links'
import { PATH_RULES } from '@sallyport/controls/paths'
import { ACCESS_RULES } from '@sallyport/controls/policy'
import { SCHEMA_RULES } from '@sallyport/controls/schema'
import { SECRET_RULES } from '@sallyport/controls/secrets'
import { SQL_RULES } from '@sallyport/controls/sql'
import { MALFORMED_REASONS, SHADOW_RULES } from '@sallyport/controls/surface'
import { TEXT_RULES } from '@sallyport/controls/text'
import { URL_RULES } from '@sallyport/controls/urls'
import { ARGUMENT_RULES } from './pipeline/controls/arguments.ts'

/** Rules of the controls, section by section, as `docs/rules.md` has them. */
export const CONTROL_RULES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Strict JSON': JSON_RULES,
  'Access (docs/access.md)': ACCESS_RULES,
  'What hides in a text (docs/text.md)': TEXT_RULES,
  'What a text does to a model (docs/detection.md)': Object.fromEntries(
    DETECTION_RULES.filter(({ id }) => !(id in TEXT_RULES) && !(id in SHADOW_RULES)).map(
      ({ id, explain }) => [id, explain],
    ),
  ),
  'What must not flow where (docs/flow.md)': FLOW_RULES,
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
}

/** The sentence of a rule of a control. @example sentenceOf('secret/jwt') // 'A JSON Web Token.' */
export function sentenceOf(rule: string): string | undefined {
  for (const rules of Object.values(CONTROL_RULES)) if (Object.hasOwn(rules, rule)) return rules[rule]
  return undefined
}
