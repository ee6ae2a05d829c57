import type { JsonObject } from '@sallyport/controls/json'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { AuditEntry } from '../../audit/entry.ts'
import type { Call } from '../../upstream/link.ts'
import { type Inbound, readInbound } from '../message.ts'
import { callBridged, PARKED_MS } from './bridgedCall.ts'
import type { BridgedServer } from './bridgedServer.ts'
import { modernToLegacy } from './dialect.ts'
import type { ModernRequest, ModernWorld } from './modernRequest.ts'
import { Parking } from './parking.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function message(value: JsonObject): Inbound {
  const read = readInbound(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...value })))
  if (!read.ok) throw new Error(read.explain)
  return read.message
}

/** A call that its server has asked something within, and that waits for its client. */
async function parked() {
  const entries: AuditEntry[] = []
  const cancelled: string[] = []
  const answers: JsonObject[] = []
  const calls: Call[] = []
  const link = {
    era: 'legacy',
    closed: undefined,
    call: (call: Call) => calls.push(call),
    cancel: (_id: number, reason: string) => cancelled.push(reason),
    respond: () => undefined,
    waitForClient: () => () => undefined,
  }
  const relay = {
    config: { hosts: [], servers: [] },
    controls: { request: [], dispatch: [], last: [], response: [], answer: [] },
    audit: {
      append: (entry: AuditEntry) => {
        entries.push(entry)
        return Promise.resolve()
      },
      healthy: true,
    },
    log: { error: () => undefined, warn: () => undefined },
    now: () => 0,
    wallClock: () => 0,
    taskKey: Buffer.alloc(32, 7),
    gate: { enter: () => undefined },
  }
  const parking = new Parking()
  const world = { relay, parking, wallClock: () => 0, deadlineMs: () => 1_000, noteAnswer: () => undefined }
  const bridged = {
    dialect: modernToLegacy(() => undefined),
    session: { server: { id: 's' }, link: () => link },
    view: { use: () => undefined, isCurrent: () => true },
    calls: new Set(),
  }
  const params = { uri: 'x://a' }
  const request = {
    caller: { transport: 'stdio' },
    principal: 'me',
    message: message({ id: 1, method: 'resources/read', params }),
    envelope: { capabilities: { elicitation: {} } },
    reply: {
      notify: () => undefined,
      finish: (bytes: Buffer) => answers.push(JSON.parse(bytes.toString()) as JsonObject),
    },
  }
  const route = { server: 's', own: 'x://a', params }
  callBridged(
    world as unknown as ModernWorld,
    request as unknown as ModernRequest,
    bridged as unknown as BridgedServer,
    route,
  )
  const hooks = calls[0]?.hooks
  hooks?.request(message({ id: 'q', method: 'elicitation/create', params: { message: 'name?' } }))
  await vi.advanceTimersByTimeAsync(100)
  expect(answers).toMatchObject([{ id: 1, result: { resultType: 'input_required' } }])
  expect(parking.size).toBe(1)
  const events = () => entries.filter(({ kind }) => kind === 'event')
  const exchanges = () =>
    entries.flatMap((entry) => (entry.kind === 'exchange' ? [`${entry.method} ${entry.outcome}`] : []))
  return { hooks, events, exchanges, cancelled, parking }
}

it('a call that nobody comes back for is cancelled at its server, and that is on record', async () => {
  const { events, exchanges, cancelled, parking } = await parked()
  await vi.advanceTimersByTimeAsync(PARKED_MS - 1_000)
  expect(events()).toEqual([])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(cancelled).toHaveLength(1)
  expect(parking.size).toBe(0)
  expect(exchanges()).toEqual(['resources/read ok', 'elicitation/create cancelled'])
  expect(events()).toMatchObject([
    { event: 'call.abandoned', principal: 'me', server: 's', details: { method: 'resources/read' } },
  ])
})

it('so is how one had ended by itself that nobody comes back for', async () => {
  const { hooks, events, exchanges, cancelled } = await parked()
  hooks?.answer(message({ id: 1, error: { code: -32000, message: 'gave up' } }), undefined)
  await vi.advanceTimersByTimeAsync(PARKED_MS)
  expect(cancelled).toEqual([])
  expect(exchanges()).toEqual(['resources/read ok', 'elicitation/create cancelled'])
  expect(events()).toMatchObject([
    { event: 'call.abandoned', details: { outcome: 'rpc-error', errorCode: -32000 } },
  ])
})
