/**
 * A server's surface as one conversation was shown it: from the store while the server does not run, from the server
 * itself while it does; and what became of it when the server was started, before the first call reaches it.
 */
import { isObject, type JsonObject } from '@sallyport/controls/json'
import type { SurfaceList } from '@sallyport/controls/surface'
import type { ServerSurfaces } from './serverSurfaces.ts'
import { compareLists, type KnownList, type ListDifference, type SurfacePage } from './surface.ts'
import type { SurfaceScope } from './surfaceKey.ts'

export { isSurfaceList, type SurfaceList } from '@sallyport/controls/surface'

/** A list is read this far; what a server hides behind more pages is not remembered. */
const MAX_PAGES = 1_000

/** Reads one page from the server: `undefined` when it has no such list. Rejects when it does not answer. */
export type ReadPage = (method: SurfaceList, cursor: string | undefined) => Promise<JsonObject | undefined>

/** Told of a list that is not what it was shown as. */
export type SurfaceListener = (method: SurfaceList) => void

/** What was different when the server was looked at after its start. */
export type Drift = ReadonlyMap<SurfaceList, Pick<ListDifference, 'changed' | 'gone'>>

const NO_DRIFT: Drift = new Map()

/** Lists whose items are called by name. */
const CALLED: ReadonlySet<SurfaceList> = new Set(['tools/list', 'prompts/list'])

const OFFERED_BY = [
  ['tools', 'tools/list'],
  ['prompts', 'prompts/list'],
  ['resources', 'resources/list'],
] as const

export class SurfaceView {
  readonly #surfaces: ServerSurfaces
  readonly #scope: string
  /** What the client was shown last, or would be compared with. */
  readonly #shown = new Map<SurfaceList, KnownList>()
  /** The connection each list was read on; none: it is from the store. */
  readonly #readOn = new Map<SurfaceList, object>()
  readonly #outdated = new Set<SurfaceList>()
  readonly #drafts = new Map<SurfaceList, SurfacePage[]>()
  readonly #listeners = new Set<SurfaceListener>()
  /** What was different at a look, and the client has neither listed again nor been refused for. */
  readonly #unseen = new Map<SurfaceList, { readonly changed: Set<string>; readonly gone: Set<string> }>()
  #unwatch: (() => void) | undefined
  #look: { readonly connection: object; readonly drift: Promise<Drift> } | undefined
  #current: object | undefined
  /** The connection something was called on: what it lists from then on may be this conversation's alone. */
  #used: object | undefined

  constructor(surfaces: ServerSurfaces, scope: SurfaceScope) {
    this.#surfaces = surfaces
    this.#scope = surfaces.scope(scope)
  }

  /** What the server answered to `initialize` or `server/discover`, if that is known. */
  greeting(): JsonObject | undefined {
    return this.#surfaces.find(this.#scope)?.greeting
  }

  /** The server's greeting as it came just now. What it offers now and did not before, or no longer, is a change. */
  greeted(greeting: JsonObject): void {
    const before = this.greeting()
    this.#surfaces.keep(this.#scope, { greeting })
    if (before === undefined) return
    for (const [capability, method] of OFFERED_BY)
      if (offers(before, capability) !== offers(greeting, capability)) this.#tell(method)
  }

  /** One page of a list as it is remembered; nothing when the server has to be asked. */
  page(method: SurfaceList, cursor: string | undefined): JsonObject | undefined {
    if (this.#outdated.has(method)) return undefined
    if (cursor === undefined) {
      const list = this.#known(method)
      if (list !== undefined) this.#shown.set(method, list)
      return list?.pages[0]?.result
    }
    return this.#shown.get(method)?.pages.find((page) => page.cursor === cursor)?.result
  }

  /** Notes a page that the server gave just now, on this connection. */
  note(
    method: SurfaceList,
    cursor: string | undefined,
    result: JsonObject,
    connection: object | undefined,
  ): void {
    if (cursor === undefined) this.#unseen.delete(method)
    const draft = cursor === undefined ? [] : this.#drafts.get(method)
    this.#drafts.delete(method)
    // A page out of turn makes no whole list.
    if (draft === undefined || connection === undefined) return
    if (cursor !== undefined && draft.at(-1)?.result.nextCursor !== cursor) return
    draft.push(cursor === undefined ? { result } : { cursor, result })
    if (result.nextCursor === undefined) this.#take(method, draft, connection)
    else if (draft.length < MAX_PAGES) this.#drafts.set(method, draft)
  }

  /**
   * Notes a page that the gateway asked for itself, to find out what is whose. What the client was shown stays what it is
   * compared with: a list that it never saw must not take its place before a call.
   */
  noteLookUp(
    method: SurfaceList,
    cursor: string | undefined,
    result: JsonObject,
    connection: object | undefined,
  ): void {
    if (!this.#shown.has(method)) this.note(method, cursor, result, connection)
  }

  /**
   * The server says that a list changed: it has to be asked, and where something is called before the client lists again,
   * before that call. A server that says so and is called at once would be called by what it was.
   */
  outdate(method: SurfaceList): void {
    this.#outdated.add(method)
    this.#drafts.delete(method)
    if (!CALLED.has(method) || !this.#shown.has(method)) return
    this.#current = undefined
    this.#look = undefined
  }

  /** Something is about to be called on this connection. */
  use(connection: object): void {
    this.#used = connection
  }

  /** True when nothing that was shown has to be looked at again before a call on this connection, and all of it is seen. */
  isCurrent(connection: object): boolean {
    return this.#current === connection && this.#unseen.size === 0
  }

  /** What was different when this connection was looked at, and is still news to the client; nothing before that look. */
  unseen(connection: object): Pick<Drift, 'get'> | undefined {
    return this.#current === connection ? this.#unseen : undefined
  }

  /** A call was refused for this item: made again, it is not. */
  refused(method: SurfaceList, name: string): void {
    const unseen = this.#unseen.get(method)
    unseen?.changed.delete(name)
    unseen?.gone.delete(name)
    if (unseen !== undefined && unseen.changed.size + unseen.gone.size === 0) this.#unseen.delete(method)
  }

  /**
   * Reads again what was shown from memory, before a call reaches a server that was just started, and says what is
   * different. Everyone who waits for the same start gets the same answer; nobody is refused for it twice. Rejects when
   * the server does not answer: then what it has now is unknown, and nothing must be called.
   */
  look(connection: object, read: ReadPage): Promise<Drift> {
    if (this.#look?.connection === connection) return this.#look.drift
    const isRead = (method: SurfaceList) =>
      this.#readOn.get(method) === connection && !this.#outdated.has(method)
    const methods = [...this.#shown.keys()].filter((method) => !isRead(method))
    const drift = methods.length === 0 ? Promise.resolve(NO_DRIFT) : this.#compare(methods, connection, read)
    const look = { connection, drift }
    this.#look = look
    const done = () => {
      if (this.#look === look) this.#current = connection
    }
    const failed = () => {
      // The next call looks again.
      if (this.#look === look) this.#look = undefined
    }
    if (methods.length === 0) done()
    else drift.then(done, failed)
    return drift
  }

  /** Calls back for every list that turns out to be another than was shown; returns the end of it. */
  follow(listener: SurfaceListener): () => void {
    this.#listeners.add(listener)
    this.#unwatch ??= this.#surfaces.watch((scope, method) => this.#seenElsewhere(scope, method))
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#unwatch?.()
      this.#unwatch = undefined
    }
  }

  /** What this conversation read itself is its own; before that, whatever was read last by anyone in its scope. */
  #known(method: SurfaceList): KnownList | undefined {
    const shown = this.#shown.get(method)
    if (shown !== undefined && this.#readOn.has(method)) return shown
    return this.#surfaces.find(this.#scope)?.lists[method] ?? shown
  }

  async #compare(methods: readonly SurfaceList[], connection: object, read: ReadPage): Promise<Drift> {
    const found = await Promise.all(
      methods.map(async (method) => [method, await this.#readAll(method, read)] as const),
    )
    const drift = new Map<SurfaceList, ListDifference>()
    for (const [method, pages] of found) {
      const before = this.#shown.get(method)
      const now = this.#take(method, pages, connection)
      const difference = before === undefined ? undefined : compareLists(method, before, now)
      if (difference === undefined || !difference.any) continue
      drift.set(method, difference)
      this.#keepUnseen(method, difference)
      this.#surfaces.drifted(method, difference)
      this.#tell(method)
    }
    return drift
  }

  /**
   * Whatever the look was for: a call of another item, or nobody's. Without this a server would change a tool and have
   * it called as it was shown, as soon as another one was called (invariant 5).
   */
  #keepUnseen(method: SurfaceList, { changed, gone }: ListDifference): void {
    if (!CALLED.has(method) || changed.size + gone.size === 0) return
    const before = this.#unseen.get(method)
    this.#unseen.set(method, {
      changed: new Set([...(before?.changed ?? []), ...changed]),
      gone: new Set([...(before?.gone ?? []), ...gone]),
    })
  }

  async #readAll(method: SurfaceList, read: ReadPage): Promise<SurfacePage[]> {
    const pages: SurfacePage[] = []
    let cursor: string | undefined
    while (pages.length < MAX_PAGES) {
      const result = await read(method, cursor)
      // A list it does not have any more is an empty one.
      if (result === undefined) return [{ result: {} }]
      pages.push(cursor === undefined ? { result } : { cursor, result })
      const next = result.nextCursor
      if (typeof next !== 'string' || next === cursor) break
      cursor = next
    }
    return pages
  }

  #take(method: SurfaceList, pages: readonly SurfacePage[], connection: object): KnownList {
    const list: KnownList = { pages, readAt: this.#surfaces.now() }
    this.#shown.set(method, list)
    this.#readOn.set(method, connection)
    this.#outdated.delete(method)
    // After a call a server may list what that call unlocked: not what it says when it starts, nor for others.
    if (this.#used !== connection) this.#surfaces.keep(this.#scope, { method, list })
    return list
  }

  /** Another conversation of this scope read the list: told when it is not what was shown here. */
  #seenElsewhere(scope: string | undefined, method: SurfaceList): void {
    if (scope === undefined) return this.#tell(method)
    const shown = this.#shown.get(method)
    if (scope !== this.#scope || shown === undefined || this.#readOn.has(method)) return
    const now = this.#surfaces.find(scope)?.lists[method]
    if (now !== undefined && now !== shown && compareLists(method, shown, now).any) this.#tell(method)
  }

  #tell(method: SurfaceList): void {
    for (const listener of [...this.#listeners]) listener(method)
  }
}

function offers(greeting: JsonObject, capability: string): boolean {
  const { capabilities } = greeting
  return isObject(capabilities) && isObject(capabilities[capability])
}
