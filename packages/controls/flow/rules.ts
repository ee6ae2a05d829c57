/** Every rule by which a flow is asked about or refused. Ids are stable: people put them in grants, policies and alerts. */
export const FLOW_RULES = {
  'flow/untrusted-to-outside':
    "A value that a stranger may have written is in the arguments of another server's tool that others see the effect of.",
  'flow/private-to-outside':
    'A value from private content is in the arguments of a tool that shows it to others or carries it to the open world.',
  'flow/private-to-untrusted':
    'A value from private content of another server is in the arguments of a server at trust level `untrusted`.',
  'flow/trifecta':
    'The conversation has seen both private content and words of strangers, and calls a tool that writes free text where others see it.',
} as const satisfies Readonly<Record<string, string>>

export type FlowRule = keyof typeof FLOW_RULES
