/** Rules that access is refused by, one sentence each. */
export const ACCESS_RULES = {
  'access/ask': 'A list or rule of the configuration wants a person to agree first.',
  'access/deny': 'A list of the configuration denies the tool, prompt or resource.',
  'access/hidden':
    'A list of the configuration hides the tool, prompt or resource: there is none for this caller.',
  'access/not-allowed': 'There is a list of what is allowed, and this is not on it.',
  'access/rule': 'A rule of the configuration denies the call.',
  'access/rule-failed':
    'The condition of a rule has no answer for this call (a member is not there, types do not fit, too much to look through): it fails closed.',
} as const

export type AccessRuleId = keyof typeof ACCESS_RULES
