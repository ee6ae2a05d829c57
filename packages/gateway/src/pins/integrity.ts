/**
 * The integrity of a package in the identity of what runs. It is not known before the package was installed, nor where its
 * cache was emptied: so a version is approved twice, as it is named and with its bytes, and the lock says beside the second
 * which bytes of which version they are. That note can only make something wait: what runs is approved by digest.
 */
import { isObject } from '@sallyport/controls/json'
import { itemDigest, type SurfaceItem } from '@sallyport/controls/surface'
import { type ApprovedVersion, approvalOf, isByRule, type LockedServer } from './lock.ts'

const NOTE = /^npm:\S+ sha512-[A-Za-z0-9+/]{86}==$/

/** An identity with the bytes that are known of its package. */
export function withIntegrity(item: SurfaceItem, integrity: string): SurfaceItem {
  return isObject(item.value) ? { ...item, value: { ...item.value, integrity } } : item
}

/** The same identity as it is while nothing is known of the bytes; `undefined` of an item that says nothing of them. */
export function withoutIntegrity(item: SurfaceItem): SurfaceItem | undefined {
  if (item.kind !== 'identity' || !isObject(item.value) || !Object.hasOwn(item.value, 'integrity'))
    return undefined
  const { integrity: _integrity, ...value } = item.value
  return { kind: item.kind, name: item.name, value }
}

/** What the lock says beside such a version. @example integrityNote(item) // 'npm:server@1.2.3 sha512-...' */
export function integrityNote({ kind, value }: SurfaceItem): string | undefined {
  if (kind !== 'identity' || !isObject(value)) return undefined
  const { package: name, integrity } = value
  return typeof name === 'string' && typeof integrity === 'string' ? `${name} ${integrity}` : undefined
}

/** The approved version of the same package with other bytes, if there is one; of several the latest. */
export function otherBytes(
  item: SurfaceItem,
  versions: readonly ApprovedVersion[],
): ApprovedVersion | undefined {
  const note = integrityNote(item)
  if (note === undefined) return undefined
  const same = note.slice(0, note.indexOf(' ') + 1)
  return versions.findLast(
    ({ version = '' }) => version !== note && version.startsWith(same) && NOTE.test(version),
  )
}

/** Was it approved by rule, as the bytes of a version that was approved already? Then nobody decided on another version. */
export function isTakenOver(version: ApprovedVersion): boolean {
  return isByRule(version) && NOTE.test(version.version ?? '')
}

/**
 * What to approve beside an identity with known bytes: the same one while they are not known, on a machine that has
 * yet to install it. Nothing where that is approved already.
 */
export function nameAlone(
  item: SurfaceItem | undefined,
  key: string,
  version: ApprovedVersion,
  locked: LockedServer,
  now: number,
): { readonly item: SurfaceItem; readonly version: ApprovedVersion } | undefined {
  const bare = item === undefined ? undefined : withoutIntegrity(item)
  if (bare === undefined) return undefined
  const hash = itemDigest(bare)
  if (approvalOf(locked, key, hash, now) !== undefined) return undefined
  const { version: _note, ...rest } = version
  return { item: bare, version: { ...rest, hash } }
}
