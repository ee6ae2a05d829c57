/**
 * Every method of every revision: who may send it, in which era, and what in it names a thing.
 *
 * The one place that says what is part of MCP. A method without a row is refused unless the configuration names it
 * (`methods.allow`), so that a new or vendor method is a decision and never a silent pass.
 */
import type { Era } from './era.ts'

export type Sender = 'client' | 'server' | 'both'

/** Where the name of the thing asked for stands in `params`, and what kind of thing it is. */
export type NameSource =
  | { readonly kind: 'tool' | 'prompt'; readonly member: 'name' }
  | { readonly kind: 'resource'; readonly member: 'uri' }
  | { readonly kind: 'task'; readonly member: 'taskId' }

export interface MethodRow {
  readonly type: 'request' | 'notification'
  readonly from: Sender
  readonly eras: readonly Era[]
  /** First revision that has it; informative. */
  readonly since: string
  /** Set where the method belongs to an extension, by its id. */
  readonly extension?: string
  readonly name?: NameSource
}

const BOTH: readonly Era[] = ['legacy', 'modern']
const LEGACY: readonly Era[] = ['legacy']
const MODERN: readonly Era[] = ['modern']
const TOOL: NameSource = { kind: 'tool', member: 'name' }
const PROMPT: NameSource = { kind: 'prompt', member: 'name' }
const RESOURCE: NameSource = { kind: 'resource', member: 'uri' }
const TASK: NameSource = { kind: 'task', member: 'taskId' }
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks'
export const SKILLS_EXTENSION = 'io.modelcontextprotocol/skills'

const request = (from: Sender, eras: readonly Era[], since: string, name?: NameSource): MethodRow =>
  name === undefined ? { type: 'request', from, eras, since } : { type: 'request', from, eras, since, name }
const extension = (id: string, name?: NameSource): MethodRow => ({
  ...request('client', MODERN, '2026-07-28', name),
  extension: id,
})
const skills = (name?: NameSource): MethodRow => ({
  ...request('client', BOTH, '2026-07-28', name),
  extension: SKILLS_EXTENSION,
})
const notification = (from: Sender, eras: readonly Era[], since: string): MethodRow => ({
  type: 'notification',
  from,
  eras,
  since,
})

export const METHODS: ReadonlyMap<string, MethodRow> = new Map<string, MethodRow>([
  // Opening and keeping a connection.
  ['initialize', request('client', LEGACY, '2024-10-07')],
  ['notifications/initialized', notification('client', LEGACY, '2024-10-07')],
  ['ping', request('both', LEGACY, '2024-10-07')],
  ['server/discover', request('client', MODERN, '2026-07-28')],
  // What a server offers.
  ['tools/list', request('client', BOTH, '2024-10-07')],
  ['tools/call', request('client', BOTH, '2024-10-07', TOOL)],
  ['prompts/list', request('client', BOTH, '2024-10-07')],
  ['prompts/get', request('client', BOTH, '2024-10-07', PROMPT)],
  ['resources/list', request('client', BOTH, '2024-10-07')],
  ['resources/templates/list', request('client', BOTH, '2024-10-07')],
  ['resources/read', request('client', BOTH, '2024-10-07', RESOURCE)],
  ['resources/subscribe', request('client', LEGACY, '2024-10-07', RESOURCE)],
  ['resources/unsubscribe', request('client', LEGACY, '2024-10-07', RESOURCE)],
  ['subscriptions/listen', request('client', MODERN, '2026-07-28')],
  ['completion/complete', request('client', BOTH, '2024-11-05')],
  ['logging/setLevel', request('client', LEGACY, '2024-10-07')],
  // Tasks: experimental core in 2025-11-25, an extension since 2026-07-28.
  ['tasks/get', request('both', BOTH, '2025-11-25', TASK)],
  ['tasks/cancel', request('both', BOTH, '2025-11-25', TASK)],
  ['tasks/result', request('both', LEGACY, '2025-11-25', TASK)],
  ['tasks/list', request('both', LEGACY, '2025-11-25')],
  ['tasks/update', extension(TASKS_EXTENSION, TASK)],
  ['notifications/tasks/status', notification('both', LEGACY, '2025-11-25')],
  ['notifications/tasks', { ...notification('server', MODERN, '2026-07-28'), extension: TASKS_EXTENSION }],
  // Skills (SEP-2640): an extension of a server's that clients of either era may use.
  ['skills/list', skills()],
  ['skills/get', skills(RESOURCE)],
  ['resources/directory/read', skills(RESOURCE)],
  // What a server may ask of a client; since 2026-07-28 only inside `input_required`.
  ['sampling/createMessage', request('server', LEGACY, '2024-10-07')],
  ['roots/list', request('server', LEGACY, '2024-10-07')],
  ['elicitation/create', request('server', LEGACY, '2025-06-18')],
  // Notifications.
  ['notifications/cancelled', notification('both', BOTH, '2024-10-07')],
  ['notifications/progress', notification('both', BOTH, '2024-10-07')],
  ['notifications/message', notification('server', BOTH, '2024-10-07')],
  ['notifications/roots/list_changed', notification('client', LEGACY, '2024-10-07')],
  ['notifications/tools/list_changed', notification('server', BOTH, '2024-10-07')],
  ['notifications/prompts/list_changed', notification('server', BOTH, '2024-10-07')],
  ['notifications/resources/list_changed', notification('server', BOTH, '2024-10-07')],
  ['notifications/resources/updated', notification('server', BOTH, '2024-10-07')],
  ['notifications/elicitation/complete', notification('server', LEGACY, '2025-11-25')],
  ['notifications/subscriptions/acknowledged', notification('server', MODERN, '2026-07-28')],
])

/**
 * The row of `method` if `sender` may send it in `era` as a message of this `type`.
 *
 * @example
 * methodRow('tools/call', { era: 'modern', sender: 'client', type: 'request' })?.name // { kind: 'tool', member: 'name' }
 */
export function methodRow(
  method: string,
  as: { readonly era: Era; readonly sender: 'client' | 'server'; readonly type: 'request' | 'notification' },
): MethodRow | undefined {
  const row = METHODS.get(method)
  if (row === undefined || row.type !== as.type || !row.eras.includes(as.era)) return undefined
  return row.from === 'both' || row.from === as.sender ? row : undefined
}

/** Methods whose result may be `input_required` (2026-07-28, "Multi Round-Trip Requests"). */
export const INPUT_REQUIRED_METHODS: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
])
