/**
 * Asks every server what it offers, the way any client of its era would, through the gateway's own door: what nobody
 * approved is not in it, and counted as waiting or blocked afterwards.
 */
import { isObject, type JsonObject, type JsonValue, writeJson } from '@sallyport/controls/json'
import type { Caller, Front } from '../ingress/port.ts'
import { gatewayMeta } from '../protocol/envelope.ts'
import { LATEST_LEGACY } from '../protocol/era.ts'
import { type Inbound, readInbound } from '../protocol/message.ts'
import type { ServerStatus } from '../upstream/serverRuntime.ts'
import { VERSION } from '../version.ts'

export interface ServerInventory {
  readonly server: string
  readonly tools: readonly string[]
  readonly problem?: string
}

const MAX_PAGES = 20

/** Lists that are read beside the tools, so that what waits in them is known, and the capability that each belongs to. */
const OTHER_LISTS = [
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resources'],
] as const

/** The tools of one server, or why it could not say. */
export async function inventory(
  front: Front,
  caller: Caller,
  server: ServerStatus,
): Promise<ServerInventory> {
  const ask =
    server.era === 'modern' ? askModern(front, caller, server.id) : askLegacy(front, caller, server.id)
  try {
    if (server.era === 'unknown')
      return { server: server.id, tools: [], problem: server.lastError ?? 'cannot be reached now' }
    const { capabilities } = await ask.open()
    const tools = namesIn(await readPages(ask, 'tools/list'))
    for (const [list, capability] of OTHER_LISTS)
      if (isObject(capabilities) && capability in capabilities) await readPages(ask, list)
    return { server: server.id, tools }
  } catch (error) {
    return { server: server.id, tools: [], problem: error instanceof Error ? error.message : String(error) }
  } finally {
    await ask.close()
  }
}

async function readPages(ask: Asking, list: string): Promise<readonly JsonObject[]> {
  const pages: JsonObject[] = []
  let cursor: JsonValue | undefined
  do {
    const page = await ask.request(list, cursor === undefined ? {} : { cursor })
    pages.push(page)
    cursor = page.nextCursor
  } while (cursor !== undefined && pages.length < MAX_PAGES)
  return pages
}

function namesIn(pages: readonly JsonObject[]): string[] {
  return pages
    .flatMap(({ tools }) => (Array.isArray(tools) ? tools : []))
    .flatMap((tool) => (isObject(tool) && typeof tool.name === 'string' ? [tool.name] : []))
}

interface Asking {
  /** Resolves with the greeting. */
  open(): Promise<JsonObject>
  request(method: string, params: JsonObject): Promise<JsonObject>
  close(): Promise<void>
}

function askModern(front: Front, caller: Caller, server: string): Asking {
  let last = 0
  const request = (method: string, params: JsonObject): Promise<JsonObject> =>
    new Promise((resolve, reject) => {
      const text = writeJson({
        jsonrpc: '2.0',
        id: ++last,
        method,
        params: { ...params, _meta: gatewayMeta() },
      })
      const reply = { notify: () => undefined, finish: (bytes: Buffer) => settle(bytes, resolve, reject) }
      front.callModern(caller, { kind: 'one', server }, message(Buffer.from(text)), reply, {})
    })
  return { open: () => request('server/discover', {}), request, close: () => Promise.resolve() }
}

function askLegacy(front: Front, caller: Caller, server: string): Asking {
  const waiting = new Map<string, (bytes: Buffer) => void>()
  const conversation = front.openLegacy(
    caller,
    { kind: 'one', server },
    {
      send: (bytes, { relatedTo, final }) =>
        final && relatedTo !== undefined && waiting.get(relatedTo)?.(bytes),
      abandon: () => undefined,
    },
  )
  let last = 0
  const request = (method: string, params: JsonObject): Promise<JsonObject> =>
    new Promise((resolve, reject) => {
      const id = ++last
      waiting.set(String(id), (bytes) => settle(bytes, resolve, reject))
      conversation.receive(message(Buffer.from(writeJson({ jsonrpc: '2.0', id, method, params }))))
    })
  return {
    async open() {
      const greeting = await request('initialize', {
        protocolVersion: LATEST_LEGACY,
        capabilities: {},
        clientInfo: { name: 'sallyport', version: VERSION },
      })
      conversation.receive(message(Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}')))
      return greeting
    },
    request,
    close: () => conversation.close('inventory taken'),
  }
}

function settle(bytes: Buffer, resolve: (result: JsonObject) => void, reject: (error: Error) => void): void {
  const answer = message(bytes)
  const { result, error } = answer.value
  if (isObject(result)) resolve(result)
  else
    reject(
      new Error(isObject(error) && typeof error.message === 'string' ? error.message : 'no usable answer'),
    )
}

function message(bytes: Buffer): Inbound {
  const read = readInbound(bytes, { maxBytes: Number.MAX_SAFE_INTEGER })
  if (!read.ok) throw new Error(read.explain)
  return read.message
}
