/**
 * One look at a server's list at a time: whoever needs it meanwhile waits for the same answer. Without this a client
 * that names a thousand unknown things makes a thousand lists of every server.
 */
import type { Catalog } from '../catalog.ts'

const running = new WeakMap<Catalog, Map<string, Promise<void>>>()

/**
 * Runs `read` unless the same list of the same server is being read into the same catalogue already.
 *
 * @example await refreshOnce(catalog, 'files', 'tools/list', () => readPages())
 */
export function refreshOnce(
  catalog: Catalog,
  server: string,
  method: string,
  read: () => Promise<void>,
): Promise<void> {
  const key = `${method} ${server}`
  const reads = running.get(catalog) ?? new Map<string, Promise<void>>()
  running.set(catalog, reads)
  const known = reads.get(key)
  if (known !== undefined) return known
  const reading = read().finally(() => reads.delete(key))
  reads.set(key, reading)
  return reading
}
