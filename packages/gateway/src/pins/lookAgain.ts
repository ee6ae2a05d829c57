/**
 * What a rule accepted before the names of other servers were known is looked through once they are: a tool that steers
 * another server's tools may have been the first to come.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parseItemKey, type SurfaceItem } from '@sallyport/controls/surface'
import type { Hold } from './hold.ts'
import { isByRule, type Lock, lockedServer } from './lock.ts'
import { PinsChanged } from './pinFaults.ts'
import type { PinChange } from './pinStore.ts'

/** Items looked through in one turn of the event loop. */
const ITEMS_A_TURN = 20

/** One version that a rule accepted, and no person. */
interface ByRule {
  readonly key: string
  readonly hash: string
  readonly item: SurfaceItem
}

/**
 * Versions of a server that nobody but a rule approved, where their definitions are kept and name one of these tools of other
 * servers. Of ten thousand tools few name another server's, and only those can read otherwise now.
 */
export function acceptedByRule(
  lock: Lock,
  server: string,
  contents: ReadonlyMap<string, SurfaceItem>,
  names: ReadonlySet<string>,
): readonly ByRule[] {
  return [...lockedServer(lock, server).items].flatMap(([key, versions]) => {
    if (parseItemKey(key).kind === 'identity') return []
    return versions.filter(isByRule).flatMap(({ hash }) => {
      const item = contents.get(hash)
      return item === undefined || !namesAny(item, names) ? [] : [{ key, hash, item }]
    })
  })
}

function namesAny({ value }: SurfaceItem, names: ReadonlySet<string>): boolean {
  const words = JSON.stringify(value).match(/[\p{L}\p{N}_./-]+/gu) ?? []
  return words.some((word) => names.has(word) || names.has(word.replace(/^[./-]+|[./-]+$/g, '')))
}

/**
 * Takes back the approval of each version in which something is found now, and holds it. `undefined` where nothing is.
 *
 * @param judge `judgeAgain` with the facts of this moment
 */
export async function takeBack(
  server: string,
  accepted: readonly ByRule[],
  judge: (item: SurfaceItem) => Hold | undefined,
): Promise<(PinChange & { readonly found: readonly Hold[] }) | undefined> {
  const found: Hold[] = []
  let looked = 0
  for (const { item } of accepted) {
    const hold = judge(item)
    if (hold !== undefined) found.push(hold)
    if (++looked % ITEMS_A_TURN === 0) await nextTurn()
  }
  if (found.length === 0) return undefined
  const hashes = new Set(found.map(({ hash }) => hash))
  const taken = accepted.filter(({ hash }) => hashes.has(hash))
  return {
    found,
    lock: taken.map(({ key, hash }) => ({ kind: 'revoke', server, item: key, hash })),
    holds: found.map((hold) => ({ kind: 'hold', hold })),
    // A person may have approved it since: that stands.
    check: ({ lock }) => {
      for (const { key, hash } of taken)
        if (
          !lockedServer(lock, server)
            .items.get(key)
            ?.some((one) => one.hash === hash && isByRule(one))
        )
          throw new PinsChanged(`${key} of ${server} was decided on meanwhile`)
    },
  }
}
