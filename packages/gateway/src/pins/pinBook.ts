/**
 * The pins as a running gateway uses them: looks at whatever a server shows, keeps back what nobody approved, and says
 * of a call whether what it would reach is approved.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Inspection, TextFinding } from '@sallyport/controls/detection'
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import {
  contentMatcher,
  type ItemKind,
  type ItemsOf,
  isSurfaceList,
  itemDigest,
  itemKey,
  itemsOf,
  looserHints,
  type PlacedItem,
  SURFACE_LISTS,
  type SurfaceItem,
  type SurfaceMethod,
  templateCovers,
} from '@sallyport/controls/surface'
import { visible } from '@sallyport/controls/text'
import type { AuditTrail } from '../audit/entry.ts'
import type { Config, ServerConfig, TrustLevel } from '../config/config.ts'
import { enforcement, type TrustPolicy, trustCell } from '../config/trust.ts'
import type { Log } from '../log.ts'
import type { PinAnswer, PinGate } from '../pipeline/controls/pins.ts'
import { DEFINED, type ToolDefinitions } from '../pipeline/definitions.ts'
import { viewerOf } from '../pipeline/exchange.ts'
import { exposeName } from '../protocol/names.ts'
import type { ServerCertificate } from '../upstream/http.ts'
import { UpstreamUnavailable } from '../upstream/unavailable.ts'
import { approvedWords } from './approvedWords.ts'
import type { Contents } from './contents.ts'
import { definitionChanges } from './definitionChanges.ts'
import { ShownDefinitions } from './definitions.ts'
import type { Hold } from './hold.ts'
import type { Holds } from './holdsFile.ts'
import { ISSUER, identityOf, issuerOf } from './identity.ts'
import { Inspections } from './inspections.ts'
import { isTakenOver, withIntegrity } from './integrity.ts'
import { blockedContents, type JudgeFacts, judgeAgain, judgeItem } from './judge.ts'
import { asApproved, HintedDefinitions, hintedTools, renamedFinder } from './keptHints.ts'
import { approvalOf, isPast, lockedServer } from './lock.ts'
import { acceptedByRule, takeBack } from './lookAgain.ts'
import { npmIntegrity } from './npmIntegrity.ts'
import { onlyItems } from './onlyItems.ts'
import { type Judged, PinLedger, type PinLedgerParts } from './pinLedger.ts'
import type { PinStore } from './pinStore.ts'
import { saidVersion } from './saidVersion.ts'
import { SeenItems } from './seen.ts'
import { WholeLists } from './wholeLists.ts'

export interface PinBookParts {
  readonly store: PinStore
  /** The configuration in force. */
  readonly config: () => Config
  readonly audit: Pick<AuditTrail, 'append'>
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Told of what is held back of a server. */
  readonly found?: PinLedgerParts['found']
}

/** An answer of a server about itself. */
export interface ShownResult {
  readonly server: string
  /** To whom it was shown (`viewerOf`). */
  readonly viewer: string
  readonly method: SurfaceMethod
  readonly result: JsonObject
  /** It was said earlier, maybe before the server changed. */
  readonly remembered?: boolean
  /** It is a list from its first page on. */
  readonly isFirstPage?: boolean
  /** It is the page of a list that this leads to. */
  readonly cursor?: string | undefined
}

/** To be called once a server that was started has answered; rejects where it may not go on. */
export type LaterLook = () => Promise<void>

/** After this long what a server shows more of a kind is a change, in milliseconds: lists come in pages, and late. */
const FIRST_USE_MS = 10 * 60_000
/** Items looked through in one turn of the event loop. */
const ITEMS_A_TURN = 50
/** So long after other names came to be known what rules accepted is looked through again, in milliseconds. */
const LOOK_AGAIN_MS = 500
/** In the place of a version: of what has no single reading there is none. */
const MALFORMED = 'malformed'

/** Keys of the identity of what runs or answers. */
const IDENTITIES = new Set([
  itemKey({ kind: 'identity', name: '' }),
  itemKey({ kind: 'identity', name: ISSUER }),
])

const APPROVED: PinAnswer = { kind: 'approved' }
const UNKNOWN: PinAnswer = { kind: 'unknown' }

export class PinBook implements PinGate {
  readonly #parts: PinBookParts
  readonly #seen = new SeenItems()
  readonly #shown = new ShownDefinitions()
  readonly #hinted = new HintedDefinitions()
  readonly #lists = new WholeLists()
  /** `name@version` that servers say they are. */
  readonly #versions = new Map<string, string>()
  readonly #inspections: Inspections
  readonly #ledger: PinLedger
  readonly #listeners = new Set<(server: string, kind: ItemKind) => void>()
  readonly #unfollow: () => void
  #held: Holds
  /** Tools that clients are shown with other hints than their own, by server. */
  #hintedTools: ReadonlyMap<string, string>
  /** Versions whose hints in the lock claim more safety than they do, and of which that was said. */
  readonly #looser = new Set<string>()
  #lookAgain: NodeJS.Timeout | undefined
  /** Names of tools that were known when what rules accepted was looked through last. */
  #looked: ReadonlySet<string> = new Set()

  constructor(parts: PinBookParts) {
    this.#parts = parts
    this.#inspections = new Inspections(parts, this.#seen, () => this.#lookAgainSoon())
    this.#ledger = new PinLedger(parts)
    this.#held = parts.store.holds
    this.#hintedTools = hintedTools(parts.store.lock)
    this.#unfollow = parts.store.follow(() => this.#changed())
  }

  /**
   * What is approved to run or answer as this server: what a permission is bound to. Another version that somebody approves is
   * another server. That the bytes of an approved one came to be known makes it none.
   */
  approvedIdentity(server: string): string {
    const { items } = lockedServer(this.#parts.store.lock, server)
    const hashes = (key: string) =>
      (items.get(key) ?? []).flatMap((version) => (isTakenOver(version) ? [] : [version.hash]))
    return [...IDENTITIES].map((key) => hashes(key).join(' ')).join(',')
  }

  /** In `observe` too: what is validated there is what would be called. */
  readonly definitions: ToolDefinitions = {
    of: (exchange) => {
      const { server, name, method } = exchange
      const kind = DEFINED.get(method)
      if (kind === undefined || server === undefined || name === undefined) return undefined
      const key = itemKey({ kind, name })
      const hash = this.#seen.versionOf(server, viewerOf(exchange), key)
      const shown = hash === undefined ? undefined : this.#shown.get(server, hash)
      if (hash === undefined || shown === undefined) return undefined
      const { store, now } = this.#parts
      const approval = approvalOf(lockedServer(store.lock, server), key, hash, now())
      return approval === undefined ? shown : this.#hinted.of(shown, approval)
    },
  }

  /** Does the profile act on pins, or only write down what it would have done? */
  get enforced(): boolean {
    return enforcement[this.#parts.config().profile] === 'enforce'
  }

  /** How many items of a server wait for a person, and how many are blocked. */
  counts(server: string): { readonly waiting: number; readonly blocked: number } {
    let [waiting, blocked] = [0, 0]
    for (const { state } of this.#parts.store.holds.get(server)?.values() ?? [])
      if (state === 'blocked') blocked++
      else waiting++
    return { waiting, blocked }
  }

  /** What is held of a server. */
  holds(server: string): ReadonlyMap<string, Hold> {
    return this.#parts.store.holds.get(server) ?? new Map()
  }

  /**
   * Looks at what a server shows of itself; resolves with what of it may be shown on, which is the result itself where
   * nothing is held back. Whatever is held or accepted is on disk by then.
   */
  async review({
    server,
    viewer,
    method: asked,
    result,
    remembered = false,
    isFirstPage = false,
    cursor,
  }: ShownResult): Promise<JsonObject> {
    // A legacy server's greeting is remembered under the method that the client asks with.
    const isLegacyGreeting = asked === 'server/discover' && result.protocolVersion !== undefined
    const method = isLegacyGreeting ? 'initialize' : asked
    const { items, malformed } = itemsOf(method, result)
    this.#noteVersion(server, items)
    this.#ledger.reportMalformed(server, method, malformed)
    const judged = await this.#judge(server, openedBy(method), items)
    // What is remembered was said before the server changed: it ends no hold, and no call is decided by it.
    const over = this.#ledger.overQuota(server, judged)
    const news = judged.filter((one) => !over.has(one) && !(remembered && one.judgement.kind === 'released'))
    const outcome = await this.#ledger.keep(server, openedBy(method), news)
    // Not before: a call of another conversation would meet what is approved in a moment as not approved.
    if (!remembered) this.#noteSeen(server, viewer, { items, malformed })
    if (!remembered && (isFirstPage || cursor !== undefined))
      this.#noteGone(server, viewer, openedBy(method), { items, malformed }, cursor, result.nextCursor)
    this.#noteLooserHints(server, judged)
    if (!this.enforced) return result
    const kept = judged.filter((one) => {
      const { kind } = one.judgement
      if (kind === 'held' || over.has(one)) return false
      // What could not be written down is approved by nobody.
      return outcome === 'written' || kind !== 'accepted'
    })
    const shown = kept.map(({ item, judgement }) =>
      judgement.kind === 'held' ? item : asApproved(item, judgement.version),
    )
    return onlyItems(method, result, shown, {
      server,
      mayBeHeard: this.mayBeHeard(server),
      isApproved: (info) => this.#isApproved(server, { kind: 'server', name: '', value: info }),
    })
  }

  /**
   * Looks at what would be started or connected to. What is not what was approved is not started.
   *
   * @param environment the server's own
   * @returns where npm has yet to install the package: what is to be asked once more when the server has answered
   * @throws UpstreamUnavailable when it waits for review, or when that could not be written down
   */
  async admit(
    server: ServerConfig,
    environment: Readonly<Record<string, string | undefined>>,
  ): Promise<LaterLook | undefined> {
    const item = await identityOf(server, environment.PATH)
    if (item === undefined) return undefined
    const bytes = await npmIntegrity(server, environment)
    const known = bytes.kind === 'known' ? withIntegrity(item, bytes.integrity) : item
    await this.#admitIdentity(server, known, 'was not started')
    if (bytes.kind !== 'unknown') return undefined
    this.#bytesUnknown(server, bytes.explain)
    return async () => {
      const later = await npmIntegrity(server, environment)
      if (later.kind === 'known')
        await this.#admitIdentity(server, withIntegrity(item, later.integrity), 'was ended')
      else if (later.kind === 'unknown') this.#bytesUnknown(server, later.explain)
    }
  }

  #bytesUnknown({ id }: ServerConfig, explain: string): void {
    this.#parts.log.debug('pins.integrity-unknown', { server: id, explain: visible(explain.slice(0, 500)) })
  }

  async #admitIdentity(server: ServerConfig, item: SurfaceItem, refused: string): Promise<void> {
    const placed = [{ ...item, index: 0 }]
    const judged = await this.#judge(server.id, 'identity', placed)
    const outcome = await this.#ledger.keep(server.id, 'identity', judged)
    const judgement = judged[0]?.judgement
    if (!this.enforced) return
    const remedy = `A person can look at it with "sallyport review ${server.id}" and let it through.`
    if (judgement?.kind === 'held') {
      const runs = isObject(item.value) ? (item.value.runs ?? item.value.answers) : undefined
      const what = typeof runs === 'string' ? visible(runs.slice(0, 200)) : 'it'
      const why =
        judgement.hold.base !== undefined ? `: ${judgement.hold.explain}` : ' is not what was approved'
      const explain = `"${server.id}" ${refused}: ${what}${why}`
      throw new UpstreamUnavailable(server.id, explain, remedy, { rule: 'pins/identity' })
    }
    if (outcome === 'unwritten' && judgement?.kind === 'accepted') {
      const explain = `"${server.id}" ${refused}: what runs could not be written down as seen`
      throw new UpstreamUnavailable(server.id, explain, "The gateway's log says why.", {
        rule: 'pins/unwritable',
      })
    }
  }

  /**
   * Looks at who vouches for the servers of an origin, as one of them proves itself on a new connection. Servers of one origin
   * share connections: what one of them may not use, none does.
   *
   * @returns why nothing may be sent there: it waits for review, or that could not be written down
   */
  async admitCertificate(origin: string, certificate: ServerCertificate): Promise<string | undefined> {
    const item = issuerOf(certificate)
    const servers = this.#parts
      .config()
      .servers.filter((server) => server.kind === 'http' && new URL(server.url).origin === origin)
    for (const { id } of servers) {
      const judged = await this.#judge(id, 'identity', [{ ...item, index: 0 }])
      const outcome = await this.#ledger.keep(id, 'identity', judged)
      const judgement = judged[0]?.judgement
      if (!this.enforced) continue
      if (judgement?.kind === 'held') {
        return `nothing was sent to "${id}": another authority than the approved one vouches for ${origin} (rule pins/identity). A person can look at it with "sallyport review ${id}" and let it through.`
      }
      if (outcome === 'unwritten' && judgement?.kind === 'accepted')
        return `nothing was sent to "${id}": who vouches for ${origin} could not be written down as seen (rule pins/unwritable). The gateway's log says why.`
    }
    return undefined
  }

  /** Says whether a call would reach what is approved. */
  answer(server: string, viewer: string, item: Pick<SurfaceItem, 'kind' | 'name'>): PinAnswer {
    const { store, now } = this.#parts
    const key = itemKey(item)
    const hash = this.#seen.versionOf(server, viewer, key)
    const holds = store.holds.get(server)
    const hold = holds?.get(key) ?? (hash === undefined ? heldTemplateOf(item, holds) : undefined)
    if (hold?.state === 'blocked') return { kind: 'held', hold }
    // Tools and prompts are looked for before they are called; of anything else the hold is all that is known.
    const isLookedFor = item.kind === 'tool' || item.kind === 'prompt'
    if (hash === undefined) return hold === undefined || isLookedFor ? UNKNOWN : { kind: 'held', hold }
    // Without its definition nothing of a call can be checked: it is looked at again.
    if (isLookedFor && hash !== MALFORMED && this.#shown.get(server, hash) === undefined) return UNKNOWN
    if (approvalOf(lockedServer(store.lock, server), key, hash, now()) !== undefined) return APPROVED
    const drift = hold === undefined ? undefined : this.#driftInUse(server, hash, hold)
    return { kind: 'held', hold: hold ?? NOT_APPROVED, ...(drift === undefined ? {} : { drift }) }
  }

  /**
   * What changed of a definition that was in use: of nothing but the change itself is anything known against it, and both
   * versions are at hand, so that a person can decide on a single call.
   */
  #driftInUse(
    server: string,
    hash: string,
    { state, rule, base, hash: held }: Hold,
  ): readonly string[] | undefined {
    if (state !== 'waiting' || rule !== 'pins/drift' || base === undefined || held !== hash) return undefined
    const before = this.#shown.get(server, base)
    const after = this.#shown.get(server, hash)
    return before === undefined || after === undefined ? undefined : definitionChanges(before, after)
  }

  heldItems(server: string): number {
    return this.enforced ? this.holds(server).size : 0
  }

  mayBeHeard(server: string): boolean {
    const { store, now } = this.#parts
    if (this.#policyCell('firstUse', server) !== 'wait') return true
    const time = now()
    // What runs under its entry is pinned by itself, and says nothing.
    for (const [key, versions] of lockedServer(store.lock, server).items)
      if (!IDENTITIES.has(key) && versions.some(({ expires }) => !isPast(expires, time))) return true
    return false
  }

  heldBehind(
    kind: 'tool' | 'prompt',
    exposedName: string,
  ): { readonly server: string; readonly own: string } | undefined {
    for (const [server, holds] of this.#parts.store.holds) {
      if (!exposedName.startsWith(`${server}__`)) continue
      for (const hold of holds.values())
        if (hold.kind === kind && exposeName(server, hold.name) === exposedName)
          return { server, own: hold.name }
    }
    return undefined
  }

  /** A server's entry changed: it is another one now, and what it showed before is nothing. */
  forget(server: string): void {
    this.#seen.forget(server)
    this.#shown.forget(server)
    this.#versions.delete(server)
  }

  /** Calls back when a person let items of a kind through, or kept them back. Returns the end of it. */
  follow(listener: (server: string, kind: ItemKind) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    clearTimeout(this.#lookAgain)
    this.#unfollow()
    this.#listeners.clear()
  }

  /** `opened`: the kind whose first use is that of these items. */
  async #judge(server: string, opened: ItemKind, items: readonly PlacedItem[]): Promise<readonly Judged[]> {
    const facts = await this.#facts(server, opened, items)
    const judged: Judged[] = []
    let looked = 0
    for (const item of items) {
      const judgement = judgeItem(item, facts)
      judged.push({ item, judgement })
      if (judgement.kind === 'approved') continue
      if (++looked % ITEMS_A_TURN === 0) await nextTurn()
    }
    return judged
  }

  async #facts(server: string, kind: ItemKind, items: readonly SurfaceItem[]): Promise<JudgeFacts> {
    const { store, now } = this.#parts
    const time = now()
    const before = lockedServer(store.lock, server)
    const unapproved = items.some(
      (item) => approvalOf(before, itemKey(item), itemDigest(item), time) === undefined,
    )
    // Read from disk only where something is to be compared.
    const contents: Contents = unapproved ? await store.contents(server) : new Map()
    // Only now, and both at one moment: somebody may have decided while the disk was read.
    const { lock } = store
    const holds = this.holds(server)
    const opened = lockedServer(lock, server).opened.get(kind)
    const inventory = this.#inspections.namesOfAll(server, items)
    const shadows = unapproved
      ? this.#inspections.shadows(server, this.#trustOf(server), items)
      : new Map<string, readonly TextFinding[]>()
    const words = approvedWords(server, lockedServer(lock, server), contents)
    return {
      server,
      policy: {
        firstUse: this.#policyCell('firstUse', server),
        drift: this.#policyCell('drift', server),
        finding: this.#policyCell('finding', server),
      },
      lock,
      holds,
      blocked: blockedContents(holds),
      copyOf: copyFinder(holds, contents),
      renamedFrom: renamedFinder(lockedServer(lock, server), contents, new Set(items.map(itemKey))),
      now: time,
      firstUse: opened === undefined || time - Date.parse(opened) < FIRST_USE_MS,
      version: this.#versions.get(server),
      content: (hash) => contents.get(hash),
      inspect: (item, before, asChange) =>
        withFindings(
          this.#inspections.inspect(server, inventory, item, before, asChange ? words : undefined),
          shadows.get(itemKey(item)),
        ),
    }
  }

  /** Names come in one after the other when servers start: once they are all there is soon enough. */
  #lookAgainSoon(): void {
    clearTimeout(this.#lookAgain)
    this.#lookAgain = setTimeout(() => {
      this.#lookThroughAccepted().catch((error: unknown) => {
        const explain = error instanceof Error ? error.message : String(error)
        this.#parts.log.error('pins.not-looked-through', { explain })
      })
    }, LOOK_AGAIN_MS)
    this.#lookAgain.unref()
  }

  async #lookThroughAccepted(): Promise<void> {
    const { store, config } = this.#parts
    const servers = config().servers
    const known = new Map(servers.map(({ id }) => [id, this.#inspections.toolNames(id)]))
    const all = new Set([...known.values()].flatMap((names) => [...names]))
    const fresh = [...all].filter((name) => !this.#looked.has(name))
    this.#looked = all
    for (const { id } of servers) {
      const own = known.get(id)
      const others = new Set(fresh.filter((name) => own?.has(name) !== true))
      if (others.size === 0) continue
      const accepted = acceptedByRule(store.lock, id, await store.contents(id), others)
      if (accepted.length === 0) continue
      const items = accepted.map(({ item }) => item)
      const facts = await this.#facts(id, 'tool', items)
      const change = await takeBack(id, accepted, (item) =>
        judgeAgain(item, facts, this.#inspections.inspectAlone(id, item)),
      )
      if (change !== undefined) await this.#ledger.takeBack(id, change)
    }
  }

  #isApproved(server: string, item: SurfaceItem): boolean {
    const { store, now } = this.#parts
    return approvalOf(lockedServer(store.lock, server), itemKey(item), itemDigest(item), now()) !== undefined
  }

  #trustOf(server: string): TrustLevel {
    return this.#parts.config().servers.find(({ id }) => id === server)?.trust ?? 'untrusted'
  }

  #policyCell<Name extends keyof JudgeFacts['policy']>(name: Name, server: string): TrustPolicy[Name] {
    return trustCell(name, this.#trustOf(server), this.#parts.config().profile)
  }

  #noteSeen(server: string, viewer: string, { items, malformed }: ItemsOf): void {
    for (const item of items) {
      const hash = itemDigest(item)
      if (ShownDefinitions.keeps(item)) this.#shown.note(server, hash, item)
      this.#seen.note(server, viewer, itemKey(item), hash)
    }
    for (const { kind, name } of malformed)
      if (name !== undefined) this.#seen.note(server, viewer, itemKey({ kind, name }), MALFORMED)
  }

  /** Called is only what is listed; resources need not be. */
  #noteGone(
    server: string,
    viewer: string,
    kind: ItemKind,
    { items, malformed }: ItemsOf,
    cursor: string | undefined,
    nextCursor: JsonValue | undefined,
  ): void {
    if (kind !== 'tool' && kind !== 'prompt') return
    const named = malformed.flatMap(({ name }) => (name === undefined ? [] : [itemKey({ kind, name })]))
    const keys = [...items.map(itemKey), ...named]
    if (nextCursor !== undefined && typeof nextCursor !== 'string') return
    const whole = this.#lists.page(`${server} ${kind} ${viewer}`, { cursor, next: nextCursor, keys })
    if (whole !== undefined) this.#seen.keepOnly(server, viewer, kind, whole)
  }

  /** Once: a list comes often. */
  #noteLooserHints(server: string, judged: readonly Judged[]): void {
    const fresh: string[] = []
    for (const { item, judgement } of judged) {
      const hints = judgement.kind === 'held' ? undefined : judgement.version.hints
      if (hints === undefined || looserHints(item.value, hints).length === 0) continue
      const key = itemKey(item)
      const id = `${server} ${key} ${itemDigest(item)}`
      if (this.#looser.has(id)) continue
      this.#looser.add(id)
      fresh.push(key)
    }
    this.#ledger.reportLooserHints(server, fresh)
  }

  #noteVersion(server: string, items: readonly SurfaceItem[]): void {
    const version = saidVersion(items.find(({ kind }) => kind === 'server')?.value)
    if (version !== undefined) this.#versions.set(server, version)
  }

  /** Somebody changed the pins: where that was not us, clients are told of what they can see now, or not any more. */
  #changed(): void {
    const before = this.#held
    const now = this.#parts.store.holds
    this.#held = now
    const hinted = this.#hintedTools
    this.#hintedTools = hintedTools(this.#parts.store.lock)
    if (this.#ledger.isWriting) return
    for (const server of new Set([...hinted.keys(), ...this.#hintedTools.keys()]))
      if (hinted.get(server) !== this.#hintedTools.get(server))
        for (const listener of [...this.#listeners]) listener(server, 'tool')
    if (before === now) return
    for (const server of new Set([...before.keys(), ...now.keys()])) {
      const [old, fresh] = [before.get(server), now.get(server)]
      const kinds = new Set<ItemKind>()
      for (const [key, { kind }] of old ?? []) if (!fresh?.has(key)) kinds.add(kind)
      for (const [key, { kind }] of fresh ?? []) if (!old?.has(key)) kinds.add(kind)
      for (const kind of kinds) for (const listener of [...this.#listeners]) listener(server, kind)
    }
  }
}

/** The held template that an address which is not listed comes from: what a template names is held with it. */
function heldTemplateOf(
  { kind, name }: Pick<SurfaceItem, 'kind' | 'name'>,
  holds: ReadonlyMap<string, Hold> | undefined,
): Hold | undefined {
  if (kind !== 'resource' || holds === undefined) return undefined
  for (const hold of holds.values())
    if (hold.kind === 'template' && templateCovers(hold.name, name)) return hold
  return undefined
}

/** What an answer shows first of all. */
function openedBy(method: SurfaceMethod): ItemKind {
  return isSurfaceList(method) ? SURFACE_LISTS[method].kind : 'server'
}

/** Comparing prose takes time: a server with more blocked items than this is compared with the first of them. */
const MAX_COMPARED = 200

function copyFinder(
  holds: ReadonlyMap<string, Hold>,
  contents: Contents,
): (item: SurfaceItem) => SurfaceItem | undefined {
  const blocked = [...holds.values()].filter(({ state }) => state === 'blocked').slice(0, MAX_COMPARED)
  return contentMatcher(blocked.flatMap(({ hash }) => contents.get(hash) ?? []))
}

function withFindings(inspection: Inspection, more: readonly TextFinding[] | undefined): Inspection {
  return more === undefined ? inspection : { ...inspection, findings: [...inspection.findings, ...more] }
}

const NOT_APPROVED = {
  state: 'waiting',
  rule: 'pins/drift',
  explain: 'it is not what was approved',
} as const
