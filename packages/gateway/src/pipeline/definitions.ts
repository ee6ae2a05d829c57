import type { JsonObject } from '@sallyport/controls/json'
import type { ItemKind } from '@sallyport/controls/surface'
import type { Exchange } from './exchange.ts'

/**
 * What a request would call, as its server defines it: the whole entry of its list, with schemas and annotations.
 */
export interface ToolDefinitions {
  /**
   * The definition of the tool or prompt that this exchange names, in the version that its server showed this viewer
   * last: the one that the pins decide on, and that a call reaches. `undefined` for any other method, and for what was
   * not shown yet; that is looked at before the call, and the dispatch controls run again then.
   *
   * Not a copy: whoever changes it changes what others decide on.
   *
   * @example definitions.of(exchange)?.inputSchema // { type: 'object', properties: { path: { type: 'string' } } }
   */
  of(exchange: Exchange): JsonObject | undefined
}

/** Methods that call what a list defines, and the kind of it. */
export const DEFINED: ReadonlyMap<string, ItemKind> = new Map([
  ['tools/call', 'tool'],
  ['prompts/get', 'prompt'],
])
