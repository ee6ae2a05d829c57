import { createHash } from 'node:crypto'
import { canonicalJson, type JsonValue } from '../json/index.ts'

/** What a surface is made of: one pin, one review, one refusal each. */
export const ITEM_KINDS = [
  /** What runs or answers under a server's entry; found out by the gateway, not said by the server. */
  'identity',
  'server',
  'instructions',
  'tool',
  'prompt',
  'resource',
  'template',
  'skill',
] as const
export type ItemKind = (typeof ITEM_KINDS)[number]

/** One thing that a server says about itself. */
export interface SurfaceItem {
  readonly kind: ItemKind
  /**
   * What it is called or asked for by: the name of a tool or prompt, the URI of a resource or skill, the URI template of
   * a template; of the server's own information and of its instructions the empty text, since there is one of each.
   */
  readonly name: string
  /** The whole definition as the server sent it; of instructions the text. */
  readonly value: JsonValue
}

/**
 * Names an item within its server: what a pin, a hold and an exception are filed under.
 *
 * @example itemKey({ kind: 'tool', name: 'read_file' }) // 'tool/read_file'
 */
export function itemKey({ kind, name }: Pick<SurfaceItem, 'kind' | 'name'>): string {
  return name === '' ? kind : `${kind}/${name}`
}

/**
 * What a key names: the other way round.
 *
 * @throws TypeError for what is no key
 * @example parseItemKey('resource/file:///a/b') // { kind: 'resource', name: 'file:///a/b' }
 */
export function parseItemKey(key: string): Pick<SurfaceItem, 'kind' | 'name'> {
  const slash = key.indexOf('/')
  const [named, name] = slash < 0 ? [key, ''] : [key.slice(0, slash), key.slice(slash + 1)]
  const kind = ITEM_KINDS.find((one) => one === named)
  if (kind === undefined) throw new TypeError('no key of an item')
  return { kind, name }
}

/**
 * The pin of an item: SHA-256 over its canonical JSON (RFC 8785), its kind before it, so that a prompt is never taken
 * for the tool of the same text.
 *
 * @example itemDigest({ kind: 'instructions', name: '', value: 'Be brief.' }) // 'sha256-...' (64 hex digits)
 */
export function itemDigest({ kind, value }: Pick<SurfaceItem, 'kind' | 'value'>): string {
  const text = `${kind}\n${canonicalJson(value)}`
  return `sha256-${createHash('sha256').update(text).digest('hex')}`
}
