/** The client capability that a server's request needs (MCP 2025-11-25, "Capability negotiation"). */
const NEEDS: ReadonlyMap<string, string> = new Map([
  ['elicitation/create', 'elicitation'],
  ['sampling/createMessage', 'sampling'],
  ['roots/list', 'roots'],
])

/** Requests about a client's own tasks: of 2025-11-25 only. */
const TASK_NEEDS: ReadonlyMap<string, string> = new Map([
  ['tasks/get', 'tasks'],
  ['tasks/result', 'tasks'],
  ['tasks/cancel', 'tasks'],
  ['tasks/list', 'tasks'],
])

/**
 * What a client must have declared to be asked this; `undefined` when it may not be asked at all.
 *
 * @example neededCapability('roots/list', 'modern') // 'roots'
 */
export function neededCapability(method: string, client: 'legacy' | 'modern'): string | undefined {
  return NEEDS.get(method) ?? (client === 'legacy' ? TASK_NEEDS.get(method) : undefined)
}
