/**
 * Lists of the servers of one legacy conversation: merged for its client, and read into the catalogue when a name is
 * not known yet.
 */
import type { JsonObject } from '@sallyport/controls/json'
import type { Exchange } from '../../pipeline/exchange.ts'
import type { Catalog } from '../catalog.ts'
import { ERROR } from '../errors.ts'
import type { Inbound } from '../message.ts'
import { methodRow } from '../methods.ts'
import { exposeTaskId } from '../taskIds.ts'
import { replaceTaskIds } from '../taskRewrite.ts'
import { refusalFor } from './admitted.ts'
import { askServer } from './ask.ts'
import { type LegacyClient, type LegacyWorld, type OpenRequest, refusal } from './legacyClient.ts'
import type { LegacyServers } from './legacyServers.ts'
import {
  capabilityOf,
  type ListMethod,
  type ListPart,
  type MergedList,
  mergeLists,
  noteNoList,
  noteResult,
  readCursor,
} from './lists.ts'
import { resultBytes } from './messageBytes.ts'
import type { OwnTasks } from './ownTasks.ts'
import { paramsText } from './paramsText.ts'
import { LOOK_UP_MS, readList } from './readList.ts'
import type { RelayedCall } from './relay.ts'
import { refreshOnce } from './sharedRefresh.ts'

export interface LegacyListing {
  readonly world: LegacyWorld
  readonly client: LegacyClient
  readonly servers: LegacyServers
  readonly catalog: Catalog
  readonly tasks: OwnTasks
}

/** Answers with one list made of all servers'. */
export function listAll(listing: LegacyListing, request: OpenRequest, method: MergedList): void {
  const { client, servers, catalog } = listing
  const { message } = request
  const { cursor } = message.params
  servers.wake()
  const offering = servers
    .ready()
    .filter((server) => client.sees(server, method) && mayList(listing, server, method))
  const pages = cursor === undefined ? new Map(offering.map((one) => [one, undefined])) : readCursor(cursor)
  if (pages === undefined) {
    const explain = '"params.cursor" is not one of ours'
    return client.refuse(message, refusal('lists/cursor', explain, ERROR.invalidParams))
  }
  const id = message.id ?? 'null'
  const exchange = client.exchange(message)
  const calls: RelayedCall[] = []
  let gone = false
  const refused = refusalFor(listing.world.relay, exchange)
  const parts = offering
    .filter((server) => pages.has(server))
    .map(async (server): Promise<ListPart | undefined> => {
      const page = pages.get(server)
      if ((await refused) !== undefined) return undefined
      const recalled = await servers.recallPage(server, method, page)
      if (recalled !== undefined) return { server, result: recalled }
      if (gone) return undefined
      const { asked, call } = ask(
        listing,
        exchange,
        server,
        method,
        page === undefined ? {} : { cursor: page },
      )
      calls.push(call)
      const got = await asked
      if (got.ok) {
        servers.notePage(server, method, page, got.said)
        return { server, result: got.result }
      }
      noteNoList(method, server, got.bytes, catalog)
      return undefined
    })
  request.call = {
    cancel(reason) {
      gone = true
      for (const call of calls) call.cancel(reason)
      client.recordCancelled(id, exchange, reason)
    },
  }
  Promise.all(parts)
    .then(async (all) => {
      const refusal = await refused
      if (gone) return
      if (refusal !== undefined) return client.refuse(message, refusal)
      const answered = all.filter((part) => part !== undefined).map((part) => shown(listing, method, part))
      const bytes = resultBytes(id, mergeLists(method, answered, catalog, false, pages))
      client.finish(message, exchange, bytes, { outcome: 'ok', resultBytes: bytes.length })
    })
    .catch((error: unknown) => gone || client.failed(message, error))
}

/** A list of the one server of a view, which does not run: from memory if it is there, else `ask` asks the server. */
export function listOne(
  { client, servers, catalog }: LegacyListing,
  { message }: OpenRequest,
  server: string,
  method: ListMethod,
  ask: () => void,
): void {
  const id = message.id ?? 'null'
  const open = client.find(id)
  servers
    .recallPage(server, method, message.params.cursor)
    .then((page) => {
      // Cancelled, or the client left, meanwhile.
      if (client.find(id) !== open) return
      if (page === undefined) return ask()
      noteResult(method, server, page, catalog)
      const bytes = resultBytes(id, servers.dialect(server).result(method, page) ?? page)
      const exchange = client.exchange(message, server)
      client.finish(message, exchange, bytes, { outcome: 'ok', resultBytes: bytes.length })
    })
    .catch((error: unknown) => client.failed(message, error))
}

/** Has this server something to list? Of tasks only where this conversation has some: nothing is started to find none. */
function mayList({ servers, tasks }: LegacyListing, server: string, method: MergedList): boolean {
  return servers.offers(server, capabilityOf(method)) && (method !== 'tasks/list' || tasks.some(server))
}

/** A server's part of a list as this client may see it: of tasks its own, under ids that are its own. */
function shown({ world, client, tasks }: LegacyListing, method: MergedList, part: ListPart): ListPart {
  if (method !== 'tasks/list') return part
  const { server } = part
  const own = tasks.only(server, part.result)
  const seal = (taskId: string) => exposeTaskId(world.relay.taskKey, client.principal, { server, taskId })
  return { server, result: replaceTaskIds(own, seal) ?? own }
}

/** Reads lists of some servers into the catalogue, on behalf of a request that names something not seen yet. */
export async function fillCatalog(
  listing: LegacyListing,
  message: Inbound,
  servers: readonly string[],
  methods: readonly MergedList[],
): Promise<void> {
  const fill = async (server: string, method: MergedList) => {
    if (!listing.servers.offers(server, capabilityOf(method))) return
    await readList(method, server, listing.catalog, async (page) => {
      const recalled = await listing.servers.recallPage(server, method, page.cursor)
      if (recalled !== undefined) return { ok: true, result: recalled, said: recalled }
      const got = await ask(listing, listing.client.exchange(message), server, method, page, LOOK_UP_MS).asked
      if (got.ok) listing.servers.notePage(server, method, page.cursor, got.said, 'look-up')
      return got
    })
  }
  const read = (server: string, method: MergedList) =>
    refreshOnce(listing.catalog, server, method, () => fill(server, method))
  await Promise.all(servers.flatMap((server) => methods.map((method) => read(server, method))))
}

function ask(
  { world, servers }: LegacyListing,
  within: Exchange,
  server: string,
  method: MergedList,
  params: JsonObject,
  mostMs = Number.POSITIVE_INFINITY,
) {
  const session = servers.session(server)
  const row = methodRow(method, { era: 'legacy', sender: 'client', type: 'request' })
  const exchange: Exchange = { ...within, server, method, params, row, startedAt: world.relay.now() }
  const dialect = servers.dialect(server)
  const full = dialect.params(method, params)
  const headers = dialect.headers(method, full, undefined, [])
  return askServer(world.relay, exchange, {
    link: () => {
      if (session === undefined) throw new Error(`no session with "${server}"`)
      return session.link()
    },
    params: paramsText(full).of,
    ...(headers === undefined ? {} : { headers }),
    deadlineMs: Math.min(mostMs, world.deadlineMs(server)),
  })
}
