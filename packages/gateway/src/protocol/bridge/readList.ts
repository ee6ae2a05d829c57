/**
 * Reading one server's list into the catalogue, because a request names something that was not seen yet.
 */
import type { JsonObject, JsonValue } from '@sallyport/controls/json'
import type { Catalog } from '../catalog.ts'
import type { Asked } from './ask.ts'
import { type MergedList, noteNoList, noteResult, noteWhole } from './lists.ts'

/** Pages read at most when looking for one name: what a server hides behind more is not found by its name. */
const MAX_PAGES = 20
/** A request that waits for a list waits no longer than this for a page of it, whoever the silent server is. */
export const LOOK_UP_MS = 5_000

/**
 * Reads a list page by page until it ends, fails, repeats itself or becomes too long.
 *
 * @example await readList('tools/list', 'files', catalog, (cursor) => askServer(...).asked)
 */
export async function readList(
  method: MergedList,
  server: string,
  catalog: Catalog,
  ask: (page: JsonObject) => Promise<Asked>,
): Promise<void> {
  let cursor: JsonValue | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const got = await ask(cursor === undefined ? {} : { cursor })
    if (!got.ok) return noteNoList(method, server, got.bytes, catalog)
    noteResult(method, server, got.result, catalog)
    const next = got.result.nextCursor
    if (next === undefined) return
    if (next === cursor) break
    cursor = next
  }
  noteWhole(method, server, catalog)
}
