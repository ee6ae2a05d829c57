import { TEXT_RULES } from '../text/index.ts'
import { CHANGE_RULES } from './change/changeRules.ts'
import type { Severity } from './finding.ts'
import { WORD_RULES } from './rules/wordRules.ts'
import { rank } from './severity.ts'

export interface DetectionRule {
  readonly id: string
  /** The highest that it gives a finding. */
  readonly severity: Severity
  readonly explain: string
  readonly sees: string
  readonly misses: string
}

const OTHER_RULES: readonly DetectionRule[] = [
  {
    id: 'poison/role-markup',
    severity: 'critical',
    explain:
      'It pretends to be a message of the system or marks itself as an order, as only the frame around a model may.',
    sees: 'marks of chat templates (`<|im_start|>`, `[INST]`), tags and brackets that say "system", "hidden", "important", `SYSTEM:` at the start of a line',
    misses: 'a voice of authority without a mark',
  },
  {
    id: 'shadow/steering',
    severity: 'critical',
    explain: "It gives orders about a tool of another server, whose work is none of this server's business.",
    sees: "the name of another server's tool with an order near it: must, always, before, instead, call, pass",
    misses: 'names that are ordinary words and stand without quotes; tools that are described but not named',
  },
  {
    id: 'shadow/mention',
    severity: 'medium',
    explain: 'It names a tool of another server, which it cannot know to be there.',
    sees: "the name of another server's tool",
    misses: 'names that are ordinary words and stand without quotes',
  },
  {
    id: 'poison/default',
    severity: 'critical',
    explain:
      'A default fills in an address, an account or a role that the server chose, where the user says nothing.',
    sees: 'e-mail addresses, telephone numbers, accounts, wallets, URLs, secret files and powerful roles as defaults of a schema, by what their field is for',
    misses: 'a default that is applied in the code of the tool',
  },
  {
    id: 'poison/field-name',
    severity: 'critical',
    explain: 'A parameter is called after a secret that a model is to put there.',
    sees: 'names such as `content_of_ssh_id_rsa`',
    misses: 'an innocent name with an innocent description',
  },
  {
    id: 'poison/encoded',
    severity: 'critical',
    explain: 'What was encoded, commented out or otherwise kept from sight gives orders when it is decoded.',
    sees: 'any other finding within Base64, hex digits, a comment, tag characters or a reversed run, or behind a gap of white space',
    misses: 'ciphers, and encodings that are described rather than used',
  },
  {
    id: 'poison/together',
    severity: 'critical',
    explain: 'Several signs stand together that alone would only be worth a look.',
    sees: 'two findings of severity high in one text, or one where the model agrees',
    misses: 'signs that are spread over several texts',
  },
  {
    id: 'poison/wording',
    severity: 'high',
    explain:
      'Its words are those of an attack rather than of a description, as far as a small model can tell.',
    sees: 'words, pairs of words and of concepts that stand in attacks more often than in honest definitions',
    misses: 'words that honest definitions have as well',
  },
  ...CHANGE_RULES.map(({ patterns: _patterns, ...rule }) => rule),
  {
    id: 'change/address',
    severity: 'medium',
    explain: 'It begins to speak of an address that nothing approved of this server knows.',
    sees: 'URLs and e-mail addresses in new sentences, by their host',
    misses:
      'another path at a host that was known; hosts without a scheme under other endings than the common ones',
  },
  {
    id: 'change/topic',
    severity: 'medium',
    explain:
      'It begins to speak of something that nothing approved of this server speaks of, and that attacks are about.',
    sees: "the first mention of secrets, a person's data, money, the conversation, others who get or keep something, or who has to agree",
    misses: 'a server that spoke of it before; other words for it',
  },
  {
    id: 'change/wording',
    severity: 'medium',
    explain:
      'What it adds reads a little like an attack; of a first version that would not be enough to wait.',
    sees: 'what `poison/wording` sees, at a lower threshold',
    misses: 'words that honest definitions have as well',
  },
  {
    id: 'text/too-large',
    severity: 'high',
    explain: 'It is longer than what is read of an item; what lies behind the cut was judged by nobody.',
    sees: 'more than 256 Ki characters in one item',
    misses: 'nothing',
  },
]

/** Every rule of detection but those of hidden text, which are the text control's own (`TEXT_RULES`). */
export const DETECTION_RULES: readonly DetectionRule[] = [
  ...WORD_RULES.map(({ id, explain, sees, misses, patterns }) => ({
    id,
    severity: (Object.keys(patterns) as Severity[]).reduce(
      (most, one) => (rank(one) > rank(most) ? one : most),
      'info',
    ),
    explain,
    sees,
    misses,
  })),
  ...OTHER_RULES,
]

const EXPLAINED: ReadonlyMap<string, string> = new Map([
  ...Object.entries(TEXT_RULES),
  ...DETECTION_RULES.map(({ id, explain }) => [id, explain] as const),
])

export function explainRule(id: string): string {
  return EXPLAINED.get(id) ?? id
}
