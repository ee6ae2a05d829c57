/**
 * Definitions that were approved or are held, whole: what a changed item is compared with, and what a review shows. The
 * lock itself has only their digests.
 *
 * Every line proves itself: it counts only where its digest is that of what it holds, so that nobody can put another
 * definition under an approved digest.
 */
import { join } from 'node:path'
import { isObject, parseJson } from '@sallyport/controls/json'
import {
  ITEM_KINDS,
  type ItemKind,
  itemDigest,
  MAX_ITEM_DEPTH,
  type SurfaceItem,
} from '@sallyport/controls/surface'
import { readPrivate, writePrivate } from '../state/privateFile.ts'

const MAX_BYTES = 64 * 1024 * 1024
/** An item may be nested as deeply as it is pinned, and stands in an object of ours. */
const MAX_DEPTH = MAX_ITEM_DEPTH + 1

/** By `itemDigest`. */
export type Contents = ReadonlyMap<string, SurfaceItem>

/** One file a server, below the private folder of a lock. */
export function contentsPath(folder: string, server: string): string {
  return join(folder, `${server}.jsonl`)
}

/** What is kept of a server. A file that is missing, damaged or not private holds nothing: then all is compared anew. */
export async function readContents(folder: string, server: string): Promise<Contents> {
  const read = await readPrivate(contentsPath(folder, server), MAX_BYTES)
  const items = new Map<string, SurfaceItem>()
  if (read.kind !== 'read') return items
  for (const line of read.bytes.toString('utf8').split('\n')) {
    const item = readItem(line)
    if (item !== undefined) items.set(itemDigest(item), item)
  }
  return items
}

/** Keeps what there is room for, in the order given: a server that floods us must not push out what it is compared with. */
export async function writeContents(folder: string, server: string, contents: Contents): Promise<void> {
  const lines: Buffer[] = []
  let bytes = 0
  for (const item of contents.values()) {
    const line = Buffer.from(`${JSON.stringify(item)}\n`, 'utf8')
    if (bytes + line.length > MAX_BYTES) continue
    lines.push(line)
    bytes += line.length
  }
  await writePrivate(contentsPath(folder, server), Buffer.concat(lines), 'flushed')
}

/** The digest of a line is made of what it says, so a line that was altered is another definition, approved by nobody. */
function readItem(line: string): SurfaceItem | undefined {
  if (line === '') return undefined
  const read = parseJson(Buffer.from(line, 'utf8'), { maxBytes: MAX_BYTES, maxDepth: MAX_DEPTH })
  if (!read.ok || !isObject(read.value)) return undefined
  const { kind, name, value } = read.value
  if (!isKind(kind) || typeof name !== 'string' || value === undefined) return undefined
  return { kind, name, value }
}

function isKind(kind: unknown): kind is ItemKind {
  return ITEM_KINDS.some((known) => known === kind)
}
