import type { ItemKind } from './item.ts'

interface ListShape {
  /** Where the answer keeps its entries. */
  readonly member: string
  /** What an entry is called or asked for by: its member of this name. */
  readonly name: string
  readonly kind: ItemKind
}

/** The lists of a surface, by method, and how each is read (2025-11-25 and 2026-07-28; skills: their extension). */
export const SURFACE_LISTS = {
  'tools/list': { member: 'tools', name: 'name', kind: 'tool' },
  'prompts/list': { member: 'prompts', name: 'name', kind: 'prompt' },
  'resources/list': { member: 'resources', name: 'uri', kind: 'resource' },
  'resources/templates/list': { member: 'resourceTemplates', name: 'uriTemplate', kind: 'template' },
  'skills/list': { member: 'skills', name: 'uri', kind: 'skill' },
} as const satisfies Readonly<Record<string, ListShape>>
export type SurfaceList = keyof typeof SURFACE_LISTS

/** Their methods, in the order in which a surface is read. */
export const LIST_METHODS = Object.keys(SURFACE_LISTS) as readonly SurfaceList[]

/** The methods whose answers say what a server is and has. */
export const SURFACE_METHODS = ['initialize', 'server/discover', ...LIST_METHODS] as const
export type SurfaceMethod = (typeof SURFACE_METHODS)[number]

/** @example isSurfaceList('tools/list') // true */
export function isSurfaceList(method: string): method is SurfaceList {
  return Object.hasOwn(SURFACE_LISTS, method)
}

/** @example isSurfaceMethod('server/discover') // true */
export function isSurfaceMethod(method: string): method is SurfaceMethod {
  return isSurfaceList(method) || method === 'initialize' || method === 'server/discover'
}

/** The list that items of a kind stand in; what is in a greeting, or found out by the gateway, stands in none. */
export function listOfKind(kind: ItemKind): SurfaceList | undefined {
  return LIST_METHODS.find((method) => SURFACE_LISTS[method].kind === kind)
}
