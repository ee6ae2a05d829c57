/** What both ends of a subscription share: the kinds of change, and that it has no deadline. */

/** Capability of a server, and the flag of `subscriptions/listen` that asks for changes of its list (2026-07-28). */
export const CHANGES = [
  ['tools', 'toolsListChanged'],
  ['prompts', 'promptsListChanged'],
  ['resources', 'resourcesListChanged'],
] as const

/** The longest delay a timer can hold, in milliseconds. */
export const NO_DEADLINE_MS = 2 ** 31 - 1
