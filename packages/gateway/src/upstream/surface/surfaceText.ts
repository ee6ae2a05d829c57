/**
 * The bytes of one server's file of surfaces: one line that proves who wrote it, then JSON.
 *
 *     sallyport-surfaces 1 <HMAC-SHA-256 of the rest, hex>
 *     {"server":"files","config":"...","owner":"...","surfaces":[...]}
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { isObject, type JsonObject, type JsonValue, parseJson, writeJson } from '@sallyport/controls/json'
import { LIST_METHODS } from '@sallyport/controls/surface'
import type { KnownList, Surface, SurfacePage } from './surface.ts'

/** The largest file that is read or written, in bytes. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024

const FORMAT = 'sallyport-surfaces 1'
const HEAD = /^sallyport-surfaces 1 ([0-9a-f]{64})\n/
const HEAD_BYTES = FORMAT.length + 66
const DIGEST = /^[0-9a-f]{64}$/
/** A file holds several surfaces; each passes the budget of a message when it is shown. */
const BUDGET = { maxBytes: MAX_FILE_BYTES, maxDepth: 128, maxKeys: 1_000_000, maxValues: 4_000_000 }
const MAX_PAGES = 1_000

export interface StoredSurfaces {
  readonly server: string
  /** `configDigest` of the entry they are of. */
  readonly config: string
  /** `ownerDigest` of the configuration file that keeps them. */
  readonly owner: string
  /** By `scopeDigest`. */
  readonly surfaces: ReadonlyMap<string, Surface>
}

/** Writes a file's bytes. @example encodeSurfaces(stored, key).toString() // 'sallyport-surfaces 1 5f...\n{"server":...' */
export function encodeSurfaces(stored: StoredSurfaces, key: Buffer): Buffer {
  const { server, config, owner } = stored
  const surfaces = [...stored.surfaces].map(([scope, { greeting, readAt, lists }]) => ({
    scope,
    readAt,
    ...(greeting === undefined ? {} : { greeting }),
    lists: lists as unknown as JsonObject,
  }))
  const body = Buffer.from(writeJson({ server, config, owner, surfaces }), 'utf8')
  return Buffer.concat([Buffer.from(`${FORMAT} ${sealOf(body, key)}\n`, 'utf8'), body])
}

/**
 * Reads a file's bytes: a sentence instead, when they are not what this gateway wrote in this format. Never throws.
 *
 * @example decodeSurfaces(Buffer.from('{}'), key) // 'it is of another version, or no file of surfaces'
 */
export function decodeSurfaces(bytes: Buffer, key: Buffer): StoredSurfaces | string {
  const head = HEAD.exec(bytes.toString('latin1', 0, HEAD_BYTES + 1))
  if (head?.[1] === undefined) return 'it is of another version, or no file of surfaces'
  const body = bytes.subarray(head[0].length)
  // A planted file would put words into a server's mouth: who cannot read our key cannot write one.
  if (!timingSafeEqual(Buffer.from(head[1], 'hex'), Buffer.from(sealOf(body, key), 'hex')))
    return 'it was not written by this gateway, or was changed since'
  const read = parseJson(body, BUDGET)
  if (!read.ok) return `it cannot be read: ${read.fault.rule}`
  return readStored(read.value) ?? 'it has not the form of this version'
}

function sealOf(body: Buffer, key: Buffer): string {
  return createHmac('sha256', key).update('surfaces').update(body).digest('hex')
}

function readStored(value: JsonValue): StoredSurfaces | undefined {
  if (!isObject(value)) return undefined
  const { server, config, owner, surfaces } = value
  if (typeof server !== 'string' || !isDigest(config) || !isDigest(owner) || !Array.isArray(surfaces))
    return undefined
  const read = new Map<string, Surface>()
  for (const one of surfaces) {
    const surface = readSurface(one)
    if (surface === undefined || !isObject(one) || !isDigest(one.scope)) return undefined
    read.set(one.scope, surface)
  }
  return { server, config, owner, surfaces: read }
}

function readSurface(value: JsonValue): Surface | undefined {
  if (!isObject(value)) return undefined
  const { greeting, readAt, lists } = value
  if (!isTime(readAt) || !isObject(lists)) return undefined
  if (greeting !== undefined && !isObject(greeting)) return undefined
  const read: { -readonly [Key in keyof Surface['lists']]: Surface['lists'][Key] } = {}
  for (const method of LIST_METHODS) {
    if (!Object.hasOwn(lists, method)) continue
    const list = readList(lists[method])
    if (list === undefined) return undefined
    read[method] = list
  }
  return { ...(greeting === undefined ? {} : { greeting }), readAt, lists: read }
}

function readList(value: JsonValue | undefined): KnownList | undefined {
  if (!isObject(value)) return undefined
  const { pages, readAt } = value
  if (!isTime(readAt) || !Array.isArray(pages) || pages.length === 0 || pages.length > MAX_PAGES)
    return undefined
  const read: SurfacePage[] = []
  for (const [at, page] of pages.entries()) {
    if (!isObject(page) || !isObject(page.result)) return undefined
    const { cursor, result } = page
    if (at === 0 ? cursor !== undefined : typeof cursor !== 'string') return undefined
    read.push(typeof cursor === 'string' ? { cursor, result } : { result })
  }
  return { pages: read, readAt }
}

function isDigest(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && DIGEST.test(value)
}

function isTime(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
