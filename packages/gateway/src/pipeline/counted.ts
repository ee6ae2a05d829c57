import type { Config } from '../config/config.ts'

/** What is counted per tool. */
export const TOOL_CALL = 'tools/call'

/** What a client has a server do or read. Lists, greetings, pings, subscriptions to lists and the state of tasks are not counted. */
const WORK = [
  TOOL_CALL,
  'prompts/get',
  'resources/read',
  // Each of those that one `subscriptions/listen` names, too: it is asked for as if it was read.
  'resources/subscribe',
  'resources/directory/read',
  'skills/get',
  'completion/complete',
]

/** Methods that count for rates, places and the circuit; what an operator lets through beyond the specification, too. */
export function countedMethods({ methods }: Config): ReadonlySet<string> {
  return new Set([...WORK, ...methods.allow])
}
