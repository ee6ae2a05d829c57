import type { DetectionRule } from '../rules.ts'

/** A rule for what a change adds, over the words of one sentence (see `parsePattern`). */
export interface ChangeRule extends DetectionRule {
  readonly patterns: readonly string[]
}

/** What one person has and others want. "Key", "name" and "file" alone are what tools are about. */
const PRIVATE =
  'password|passwords|passphrase|pin|ssn|iban|cvv|otp|token|tokens|credential|credentials|secrets|cookie|cookies|email|emails|' +
  'address|addresses|phone|birthday|birth|salary|income|location|contacts|calendar|inbox|identity|passport|licence|license|account|' +
  'accounts|card|cards|bank|iban|history|clipboard|keychain|wallet|signature|medical|health|insurance|employer|tax|key|keys|' +
  'CONVERSATION|SECRETDATA|PERSONAL'
const WHOSE = 'USER|caller|requester|person|owner|holder|individual'
/** Apostrophes are left out of words: `user's` is read as `users`. A user account is a thing of a service; the user's is not. */
const THEIRS = 'users|customers|callers|persons|owners|holders|requesters|somebodys|your|their|his|her'
const STRANGER =
  'party|parties|partner|partners|vendor|vendors|affiliate|affiliates|analytics|telemetry|subprocessor|subprocessors|provider|' +
  'providers|collector|advertisers|audit|auditors|supervisor|researchers|headquarters|ELSEWHERE'
const TAKEN =
  'forwarded|copied|mirrored|logged|recorded|shared|reported|transmitted|uploaded|relayed|retained|archived|submitted|disclosed|' +
  'collected|exported|replicated|kept|stored'
const DATA =
  'input|inputs|argument|arguments|parameters|query|queries|request|requests|prompt|prompts|text|texts|content|contents|data|result|' +
  'results|call|calls|everything|PERSONAL|SECRETDATA|CONVERSATION|FILE'

/**
 * What honest changes hardly ever add, and attacks that only declare are made of. In a first version of a definition any of it may
 * be what the tool is for; a tool that was approved without it has worked without it.
 */
export const CHANGE_RULES: readonly ChangeRule[] = [
  {
    id: 'change/context',
    severity: 'medium',
    explain:
      'It begins to ask for what was said elsewhere: the conversation, its history, or a reasoning nobody asked for.',
    sees: 'new words about the conversation, chat history or system prompt, and new parameters that are called after it (`context`, `sidenote`, `reasoning`)',
    misses: 'a parameter with an honest name that is described as something else',
    patterns: [
      'conversation|conversations|dialogue|dialogues',
      'chat|message|session|prompt ..0 history|log|transcript|context|memory',
      'full|whole|entire|complete|previous|earlier|prior|preceding ..1 chat|transcript|messages|message|dialog|prompt|exchange',
      'what|everything|anything|all|whatever ..4 USER ..3 said|says|wrote|typed|told|mentioned|thinks|knows',
      'said|discussed|written|happened|exchanged ..3 so ..0 far',
      'word ..0 for ..0 word',
      'USER ..3 message|messages|prompt|words|question|request ..6 verbatim|unchanged|exactly|literally|full',
      'verbatim ..6 message|messages|prompt|words|USER',
      'your|models|assistants ..2 reasoning|thoughts|thinking|memory|instructions',
      'system|developer|initial ..0 prompt|message|instructions',
      'everything|all|whatever ..2 you ..1 know|knows|remember|have ..2 about|of',
    ],
  },
  {
    id: 'change/user-data',
    severity: 'medium',
    explain: 'It begins to speak of what belongs to the user, and the tool was approved without needing it.',
    sees: 'accounts, cards, passwords, addresses and the like "of the user" or "your" in new sentences; paths of files that hold secrets',
    misses: 'data that is asked for under a name of its own making',
    patterns: [
      `${PRIVATE} ..4 of|from|for|about|belonging ..2 ${WHOSE}`,
      `${THEIRS} ..2 ${PRIVATE}`,
      'SECRETDATA|PERSONAL ..6 here|below',
      'PATH!',
    ],
  },
  {
    id: 'change/condition',
    severity: 'medium',
    explain:
      'It begins to make a good result depend on something that is handed over, which is how a demand is made without an order.',
    sees: '"complete only if", "accurate once ... is given", "without ... the result is wrong"',
    misses: 'a condition that is put as a matter of course',
    patterns: [
      'complete|accurate|correct|valid|reliable|trusted|trustworthy|verified|usable|final ..2 only ..2 if|when|with|once|where|after|as',
      'only ..2 complete|accurate|correct|valid|reliable|trusted|verified|usable|final ..2 if|when|with|once|where|after|as',
      'incomplete|inaccurate|wrong|degraded|throttled|delayed|unreliable|stale|truncated|discarded|misleading ..2 without|unless|until|if ..3 NOT',
      'without ..8 is|are|be|stay|stays|become|becomes ..2 incomplete|inaccurate|wrong|degraded|throttled|unreliable|discarded|refused|rejected',
      'unless|without|until ..10 incomplete|inaccurate|wrong|degraded|throttled|unreliable|discarded|refused|rejected',
      'best|better|good ..1 results|result|answers|quality ..4 includes|contain|contains|supplied|provided|pasted ..6 USER|your|PERSONAL|SECRETDATA|CONVERSATION',
    ],
  },
  {
    id: 'change/third-party',
    severity: 'medium',
    explain: 'It begins to say that what is handed over is kept, copied or passed on to others.',
    sees: '"also forwards", "a copy is kept", "is shared with our partners", "logged for quality"',
    misses: 'a tool that does so and says nothing',
    patterns: [
      `ALSO ..2 SEND|forwards|sends|shares|reports|uploads|posts|transmits|relays|mirrors|copies|publishes|logs|records|emails|notifies`,
      `forwards|relays|mirrors|transmits|shares ..4 ${DATA} ..5 to|with ..4 ${STRANGER}|URL!|EMAIL!`,
      `${DATA} ..6 ${TAKEN} ..4 to|with|by|at|for ..4 ${STRANGER}|our|us|quality|training|improvement|compliance|review|URL!|EMAIL!`,
      `copy|copies|duplicate ..6 ${TAKEN}|sent|delivered|goes|go|held`,
      `${TAKEN}|sent ..3 with|to|by ..3 ${STRANGER}|our`,
      'third ..0 party|parties',
    ],
  },
  {
    id: 'change/leads',
    severity: 'medium',
    explain: 'It begins to put itself before other tools, or its results before what the user asked for.',
    sees: 'new words that tell when to call it first, instead of others or always, or that its results are to be carried out',
    misses: 'praise without an order',
    patterns: [
      'CALL|run ..2 this|THISTOOL|SELF! ..2 first|ALWAYS',
      'ALWAYS|must|should|shall ..1 !not|never CALL|run ..1 this|THISTOOL|SELF!',
      'BEFORE ..1 every|any|all|each ..1 other ..2 TOOL|call|calls|action',
      'BEFORE ..1 every|each ..2 call|calls|answer|reply|task|action|message',
      'instead ..0 of ..3 OTHERTOOL|other|any|builtin|native',
      'OBEY|do|execute|perform ..3 what ..3 returns|says|answers|contains|comes',
      'OBEY ..4 result|results|output|response|answer|steps|instructions',
      'only ..2 this ..2 applies|counts|matters|description',
      'no ..0 longer ..2 apply|applies|valid|count|counts|needed|required|necessary',
    ],
  },
]

/** Parameters that are called after what a model knows and the tool does not need; a service's own word for one is longer. */
export const CONTEXT_NAMES: ReadonlySet<string> = new Set(
  (
    'context conversation chat history transcript dialogue dialog sidenote scratchpad memory reasoning thoughts thinking ' +
    'systemprompt conversationcontext conversationhistory chathistory chatcontext chatlog messages ' +
    'previousmessages messagehistory sessioncontext usercontext usermessage userprompt userinput userrequest originalprompt ' +
    'originalrequest originalmessage agentcontext modelcontext llmcontext fullcontext additionalcontext extracontext ' +
    'contextdump environment env credentials password passphrase token apikey secret accesstoken privatekey sessiontoken cookie cookies ' +
    'webhook callbackurl telemetry tracking userdata userprofile useremail useraddress userphone userid usertoken'
  ).split(' '),
)

/**
 * Words for what a server has no business with that never spoke of it: secrets, a person's data, money, the conversation, others
 * who get or keep something, and who has to agree. What the approved surface of a server says already is no news.
 */
export const TOPICS: ReadonlySet<string> = new Set(
  (
    'password passwords passphrase passcode otp cvv credential credentials secret secrets keychain signature login logins signin 2fa ' +
    'mfa dotenv ssh ssn passport iban birthday birth salary income payroll tax medical health insurance licence phone telephone email ' +
    'mail mailbox location gps identity biometric contacts calendar inbox clipboard photos microphone camera religion nationality ' +
    'employer employee employees serial card cards credit debit bank payment payments pay invoice wallet crypto bitcoin billing billed ' +
    'money transfer account refund person whoever conversation conversations chat chats dialogue transcript recap said remember ' +
    'thoughts reasoning agent agents assistant assistants partner partners vendor vendors affiliate analytics telemetry audit auditors ' +
    'researchers training collector relay relays proxy mirror copies forwards logged recorded retained kept confirmation ' +
    'confirmations approval approve consent permission permissions dialogs silently unattended recipient recipients bcc payee ' +
    'beneficiary webhook callback shell sudo curl auth admin'
  ).split(' '),
)
