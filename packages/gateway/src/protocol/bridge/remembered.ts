/**
 * Answers from memory while a server does not run, and what happens when it then starts for a call: what clients were
 * shown is read again first, and a call to what is gone or changed is not sent (invariant 5).
 */
import { isObject, type JsonObject, parseJson } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import type { Exchange } from '../../pipeline/exchange.ts'
import { decideResponse } from '../../pipeline/run.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import type { Link } from '../../upstream/link.ts'
import type { SessionPort } from '../../upstream/session.ts'
import type { ListDifference } from '../../upstream/surface/surface.ts'
import type { ReadPage, SurfaceList, SurfaceView } from '../../upstream/surface/surfaceView.ts'
import { UpstreamUnavailable } from '../../upstream/unavailable.ts'
import { LATEST_LEGACY } from '../era.ts'
import { ERROR } from '../errors.ts'
import { readInbound } from '../message.ts'
import type { Asked } from './ask.ts'
import { resultBytes } from './messageBytes.ts'
import type { Relay } from './relay.ts'

/** What a shared legacy server is told of its clients: nothing (`introduceGateway`). */
export const SHARED_SCOPE = { revision: LATEST_LEGACY, declared: '{}', client: '' } as const

/** How long a server may take for one page of a list when it was just started, in milliseconds. */
export const LOOK_MS = 30_000

/** A call that was made on what a server said before, and does not say any more. */
export class ChangedSurface extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.explain)
    this.refusal = refusal
  }
}

/**
 * A result from memory, after the same strict reading and the same controls as if it had just come from the server: it
 * was on a disk meanwhile, and controls may have changed; what they leave out of it is left out. `undefined` when it does
 * not pass: then the server is asked.
 */
export async function recall(
  relay: Relay,
  exchange: Exchange,
  result: JsonObject,
): Promise<JsonObject | undefined> {
  const { maxDepth, maxKeys } = relay.config.limits
  const maxBytes = Number.MAX_SAFE_INTEGER
  const read = readInbound(resultBytes('1', result), { maxBytes, maxDepth, maxKeys })
  if (!read.ok) {
    relay.log.warn('surface.refused', { server: exchange.server, rule: read.rule })
    return undefined
  }
  const earlier = { ...exchange, remembered: true }
  const verdict = await decideResponse(relay.controls.response, earlier, read.message, (control, error) =>
    relay.log.error('control.failed', { control, method: exchange.method, explain: String(error) }),
  )
  relay.news.found(earlier, verdict.kind === 'refuse' ? verdict : undefined)
  if (verdict.kind === 'rewrite') return verdict.message.value.result as JsonObject
  return verdict.kind === 'pass' ? result : undefined
}

/** How a server is looked at after its start. */
export interface Looking {
  readonly read: (link: Link) => ReadPage
  /** Something was different: what was noted of its lists is worth nothing. */
  readonly drifted?: () => void
  /** To whom the server shows itself (`viewerOf`). */
  readonly viewer: string
  /** Did the server show this viewer this tool or prompt? One that it did not show is looked for before it is called. */
  readonly knows: (list: CalledList, name: string) => boolean
}

/** What is called, as its server names it. */
export interface CalledItem {
  readonly method: string
  readonly name: string | undefined
}

/**
 * The connection for a call. A server that had to be started is looked at again first; one that runs costs a
 * comparison. Throws or rejects like `SessionPort.link`, or with `ChangedSurface`.
 *
 * @example link: () => currentLink(session, view, { read }, { method: 'tools/call', name: 'read' })
 */
export function currentLink(
  session: SessionPort,
  view: SurfaceView,
  looking: Looking,
  item: CalledItem,
): Link | Promise<Link> {
  const link = session.link()
  if (!(link instanceof Promise) && view.isCurrent(link) && isKnown(looking, item)) return link
  return lookFirst(session.server.id, view, link, looking, item)
}

async function lookFirst(
  server: string,
  view: SurfaceView,
  starting: Link | Promise<Link>,
  looking: Looking,
  item: CalledItem,
): Promise<Link> {
  const { read, drifted } = looking
  const link = await starting
  let drift = view.unseen(link)
  if (drift === undefined) {
    const found = await view.look(link, read(link))
    if (found.size > 0) drifted?.()
    drift = found
  }
  const list = listOf(item)
  if (list !== undefined && !isKnown(looking, item)) await lookFor(link, looking.viewer, list, read(link))
  const difference = list && drift.get(list)
  if (list === undefined || difference === undefined || item.name === undefined) return link
  const refusal = refuseDrift(server, list, difference, item.name)
  if (refusal === undefined) return link
  view.refused(list, item.name)
  throw new ChangedSurface(refusal)
}

/** Reads pages for `SurfaceView.look`. `ask` asks the server for one page. */
export function readPages(
  server: string,
  ask: (method: SurfaceList, page: JsonObject) => Promise<Asked>,
): ReadPage {
  return async (method, cursor) => {
    const got = await ask(method, cursor === undefined ? {} : { cursor })
    if (got.ok) return got.said
    if (isNoSuchMethod(got.bytes)) return undefined
    const { rule, explain, remedy = '', link } = got.refusal ?? {}
    // A person has to do something first: that is to be said, not that a list is missing.
    if (rule === 'upstream/sign-in')
      throw new UpstreamUnavailable(server, explain ?? '', remedy, { rule, link })
    throw new UpstreamUnavailable(
      server,
      `"${server}" was started and did not answer ${method}, so it is not known whether it is what it was`,
      'Its answer is in the audit trail and the log; the next call asks again.',
    )
  }
}

/** Does this answer say that the server has no such method? */
function isNoSuchMethod(answer: Buffer): boolean {
  const read = parseJson(answer)
  const error = read.ok && isObject(read.value) ? read.value.error : undefined
  return isObject(error) && error.code === ERROR.methodNotFound
}

/** Did this server show this viewer the tool or prompt? Where pins are only written down, all counts as shown. */
export function knowsItem(
  { pins }: Pick<Relay, 'pins'>,
  server: string,
  viewer: string,
  list: CalledList,
  name: string,
): boolean {
  const kind = list === 'tools/list' ? 'tool' : 'prompt'
  return !pins.enforced || pins.answer(server, viewer, { kind, name }).kind !== 'unknown'
}

/** Names something that is listed, and that the server showed. */
function isKnown({ knows }: Looking, item: CalledItem): boolean {
  const list = listOf(item)
  return list === undefined || item.name === undefined || knows(list, item.name)
}

/** Pages read at most when looking for one name (`readList.ts` reads as many). */
const MAX_PAGES = 20
/**
 * Lists looked through on a connection just now, for each viewer: a client that calls names there are not costs its server
 * one look in `LOOK_AGAIN_MS`.
 */
const looksOn = new WeakMap<Link, Map<string, Promise<void>>>()
/** In milliseconds. A name that was not there may be there later: what one conversation unlocked is listed for it. */
const LOOK_AGAIN_MS = 1_000
/** Viewers of one connection that are remembered; with more of them some look twice. */
const MAX_LOOKS = 1_000

/** Has the server show a list, so that the controls see what is about to be called. All who wait share one look. */
function lookFor(link: Link, viewer: string, list: CalledList, read: ReadPage): Promise<void> {
  const looks = looksOn.get(link) ?? new Map<string, Promise<void>>()
  looksOn.set(link, looks)
  const key = `${list} ${viewer}`
  const known = looks.get(key)
  if (known !== undefined) return known
  if (looks.size >= MAX_LOOKS) looks.clear()
  const look = readAll(list, read)
  looks.set(key, look)
  look.then(
    () => setTimeout(() => looks.delete(key), LOOK_AGAIN_MS).unref(),
    // One that failed is made again by the next call.
    () => looks.delete(key),
  )
  return look
}

async function readAll(list: CalledList, read: ReadPage): Promise<void> {
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const next = (await read(list, cursor))?.nextCursor
    if (typeof next !== 'string' || next === cursor) return
    cursor = next
  }
}

export type CalledList = 'tools/list' | 'prompts/list'

/** Where what is called is listed. */
export function listOf({ method }: CalledItem): CalledList | undefined {
  return method === 'tools/call' ? 'tools/list' : method === 'prompts/get' ? 'prompts/list' : undefined
}

/** Refuses a call to a tool or prompt that the started server does not have any more, or has otherwise. */
function refuseDrift(
  server: string,
  list: CalledList,
  difference: Pick<ListDifference, 'changed' | 'gone'>,
  name: string,
): Refusal | undefined {
  const what = `${list === 'tools/list' ? 'tool' : 'prompt'} "${visible(name.slice(0, 128))}" of "${server}"`
  if (difference.gone.has(name)) {
    return {
      kind: 'refuse',
      rule: 'surface/gone',
      explain: `${what} is not there any more; it was listed from memory, and the server was started just now`,
      remedy: 'List again and use what is there.',
    }
  }
  if (!difference.changed.has(name)) return undefined
  return {
    kind: 'refuse',
    rule: 'surface/changed',
    explain: `${what} is not what it was when it was listed: its definition changed`,
    remedy: 'Nothing was called. List again, look at the new definition, and call again if it still fits.',
  }
}
