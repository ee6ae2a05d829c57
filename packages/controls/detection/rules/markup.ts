import type { Severity } from '../finding.ts'

/** A mark that speaks to a model in the voice of its own system. */
export interface Mark {
  readonly start: number
  readonly end: number
  readonly severity: Severity
}

/**
 * Marks of chat templates, pretended system messages, tags and brackets that demand attention, and `SYSTEM:` before a line as chats
 * are written down. Patterns begin with a literal and are bounded: linear in the text.
 */
export function marksIn(text: string): Mark[] {
  if (!TRIGGER.test(text)) return []
  const marks: Mark[] = []
  const add = (pattern: RegExp, severityOf: (match: RegExpExecArray) => Severity) => {
    for (const match of text.matchAll(pattern)) {
      const lead = match[0].startsWith('\n') ? 1 : 0
      marks.push({
        start: match.index + lead,
        end: match.index + match[0].length,
        severity: severityOf(match),
      })
    }
  }
  add(TEMPLATES, () => 'critical')
  add(BRACKETS, ([, word = '']) => (LOUD.has(word.toLowerCase()) ? 'high' : 'critical'))
  add(ANNOUNCED, () => 'high')
  add(SPEAKER, () => 'high')
  // A lone `<secret>` is a placeholder; a pair of tags wraps something.
  const opened = new Set<string>()
  const closed = new Set<string>()
  for (const [, slash, name = ''] of text.matchAll(TAGS))
    (slash === '/' ? closed : opened).add(name.toLowerCase())
  add(TAGS, ([, , name = '']) => {
    const word = name.toLowerCase()
    if (!opened.has(word) || !closed.has(word)) return 'medium'
    return LOUD.has(word) ? 'high' : 'critical'
  })
  return marks.sort((one, other) => one.start - other.start)
}

const TRIGGER = /[<[#]|system|admin|developer|assistant|begin|end of|_instruction/i

const TEMPLATES =
  /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_header_id|begin_of_text|channel|message|end|sep)\|>|\[\/?INST\]|<<\/?SYS>>|<start_of_turn>|<end_of_turn>|\n?#{2,4} ?(?:system|instruction|human|assistant)(?: prompt| message)?:/gi

const BRACKETS =
  /\[{1,2}\/?(system|admin|assistant|override|hidden|important|critical|mandatory|instructions?)(?:[ _-](?:prompt|message|instructions?|override|note|notice|directive|command|only|mode)){0,2}:?\]{1,2}(?!\()/gi

const TAGS =
  /<(\/?)(system|hidden|secret|instructions?|admin|assistant|sys|override|directive|important|critical|system[-_](?:prompt|message|instructions?|override|note|reminder))>/gi

const ANNOUNCED =
  /\b(?:system|admin|developer)[ _](?:override|directive)s?\b|\b(?:priority|hidden)_instructions?\b|\b(?:begin|end)(?: of)?(?: the)? (?:system|hidden|internal|developer|tool) (?:prompt|message|instructions?|description)\b/gi

const SPEAKER = /(?:^|\n)[ *_#-]{0,4}(?:system|assistant)(?: (?:prompt|message|notice))?[ *_]{0,3}: ?(?=\S)/gi

/** Words that honest texts shout as well. */
const LOUD: ReadonlySet<string> = new Set([
  'important',
  'critical',
  'mandatory',
  'assistant',
  'instruction',
  'instructions',
])
