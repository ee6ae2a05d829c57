/** What both ends of a subscription share: the kinds of change, and that it has no deadline. */

import type { JsonObject } from '@sallyport/controls/json'
import type { SurfaceList } from '../../upstream/surface/surfaceView.ts'

/** Capability of a server, and the flag of `subscriptions/listen` that asks for changes of its list (2026-07-28). */
export const CHANGES = [
  ['tools', 'toolsListChanged'],
  ['prompts', 'promptsListChanged'],
  ['resources', 'resourcesListChanged'],
] as const

/** The lists that a `notifications/KIND/list_changed` speaks of. */
export const CHANGED_LISTS = {
  tools: ['tools/list'],
  prompts: ['prompts/list'],
  resources: ['resources/list', 'resources/templates/list', 'skills/list'],
} as const

export type ChangedKind = keyof typeof CHANGED_LISTS

/** The lists that this notification says are other ones now; none for any other notification. */
export function listsChangedBy(method: string): readonly SurfaceList[] {
  for (const [kind, lists] of Object.entries(CHANGED_LISTS))
    if (method === `notifications/${kind}/list_changed`) return lists
  return []
}

/**
 * A change as it is told to a client: which list, or which resource, and no words of the server beside it. `undefined`: no
 * such notification.
 */
export function changeOnly(method: string, params: JsonObject): JsonObject | undefined {
  if (listsChangedBy(method).length > 0) return {}
  if (method !== 'notifications/resources/updated') return undefined
  return typeof params.uri === 'string' ? { uri: params.uri } : {}
}

/** The kind of change to announce for a list. @example changeOf('resources/templates/list') // 'resources' */
export function changeOf(list: SurfaceList): ChangedKind {
  return list === 'tools/list' ? 'tools' : list === 'prompts/list' ? 'prompts' : 'resources'
}

/** The longest delay a timer can hold, in milliseconds. */
export const NO_DEADLINE_MS = 2 ** 31 - 1
