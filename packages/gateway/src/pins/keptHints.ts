/**
 * Hints of tools as a person approved them. A server that claims more safety for a tool than it did when it was approved is
 * not asked about; its claim does not count until a person approves it. What clients are shown, and what every control
 * goes by, has the approved hints instead.
 */
import type { JsonObject } from '@sallyport/controls/json'
import {
  contentMatcher,
  HINT_NAMES,
  hintsToKeep,
  isHintedTool,
  type KeptClaims,
  type KeptHints,
  NOTHING_SAID,
  type SurfaceItem,
  withHints,
  withStricterHints,
} from '@sallyport/controls/surface'
import type { TrustPolicy } from '../config/trust.ts'
import type { Contents } from './contents.ts'
import type { ApprovedVersion, Lock, LockedServer } from './lock.ts'

/** Which claims a trust level does not take over by itself; `undefined`: a change of hints is one like any other, and waits. */
export function keptClaims(drift: TrustPolicy['drift']): KeptClaims | undefined {
  if (drift === 'wait') return undefined
  // Where what is clean is accepted, so is a hint that the name of its tool bears out.
  return drift === 'accept-harmless-or-clean' ? 'beyond-name' : 'all'
}

/**
 * An item as it counts where this version of it is approved. A hint in the lock makes it stricter and never looser, whoever
 * wrote it there.
 *
 * @example asApproved(item, { hash, at, by, hints: { destructiveHint: 'true' } }).value // annotations: { destructiveHint: true }
 */
export function asApproved<Item extends SurfaceItem>(
  item: Item,
  { hints }: Pick<ApprovedVersion, 'hints'>,
): Item {
  return hints === undefined ? item : { ...item, value: withStricterHints(item.value, hints) }
}

/** Definitions with the hints that count: the same object every time, since others keep what they made of it. */
export class HintedDefinitions {
  readonly #known = new WeakMap<JsonObject, { readonly hints: KeptHints; readonly shown: JsonObject }>()

  of(definition: JsonObject, { hints }: Pick<ApprovedVersion, 'hints'>): JsonObject {
    if (hints === undefined) return definition
    const known = this.#known.get(definition)
    if (known !== undefined && HINT_NAMES.every((name) => known.hints[name] === hints[name]))
      return known.shown
    const shown = withStricterHints(definition, hints) as JsonObject
    this.#known.set(definition, { hints, shown })
    return shown
  }
}

/** Reading definitions to compare them takes time: of a server with more tools than this the first are compared. */
const MAX_COMPARED = 1_000

/**
 * Finds the approved tool that a new one is under another name, as it counts: a server must not get rid of the approved
 * hints by renaming what they are about. Tools that are listed beside it are not meant: siblings resemble each other.
 *
 * @param listed keys of the items that are shown together with it
 */
export function renamedFinder(
  { items }: LockedServer,
  contents: Contents,
  listed: ReadonlySet<string>,
): (item: SurfaceItem) => SurfaceItem | undefined {
  let find: ((item: SurfaceItem) => SurfaceItem | undefined) | undefined
  return (item) => {
    if (!isHintedTool(item)) return undefined
    if (find === undefined) {
      const gone = [...items].flatMap(([key, versions]) => {
        const last = listed.has(key) ? undefined : versions.at(-1)
        const known = last === undefined ? undefined : contents.get(last.hash)
        return last === undefined || known?.kind !== 'tool' ? [] : [asApproved(known, last)]
      })
      const compared = new Map(gone.slice(0, MAX_COMPARED).map((one) => [withoutHints(one), one]))
      const match = contentMatcher([...compared.keys()])
      find = (wanted) => {
        const same = match(withoutHints(wanted))
        return same === undefined ? undefined : compared.get(same)
      }
    }
    return find(item)
  }
}

/** Of two versions of one tool the hints may be all that differs. */
function withoutHints(item: SurfaceItem): SurfaceItem {
  return { ...item, value: withHints(item.value, NOTHING_SAID) }
}

/** The hints of the item that claim more safety than its earlier version, as they count on. */
export function keptOf(
  before: SurfaceItem,
  item: SurfaceItem,
  drift: TrustPolicy['drift'],
): KeptHints | undefined {
  const claims = keptClaims(drift)
  return claims === undefined ? undefined : hintsToKeep(before, item, claims)
}

/** By server, which versions count with other hints than their own: equal texts mean that clients see the same hints. */
export function hintedTools({ servers }: Pick<Lock, 'servers'>): ReadonlyMap<string, string> {
  const all = new Map<string, string>()
  for (const [server, { items }] of servers) {
    const own: string[] = []
    for (const versions of items.values())
      for (const { hash, hints } of versions) if (hints !== undefined) own.push(hash)
    if (own.length > 0) all.set(server, own.sort().join(' '))
  }
  return all
}
