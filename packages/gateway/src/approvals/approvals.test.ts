import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuditEntry } from '../audit/entry.ts'
import { configOf } from '../config/testing/parse.ts'
import type { Log } from '../log.ts'
import type { ConsentReply } from '../pipeline/consentReply.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Ask } from '../pipeline/verdict.ts'
import { Approvals } from './approvals.ts'
import { ConsentStore } from './consentStore.ts'

const ASK: Ask = { rule: 'approvals/destructive', explain: 'it may destroy' }
const SILENT = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Log
const once = { action: 'accept', content: { decision: 'once' } }

let folder: string
let store: ConsentStore
let definition: { name: string; description: string }
let now: number
let recorded: AuditEntry[]
let approvals: Approvals
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-approvals-'))
  store = new ConsentStore(join(folder, 'consent.sqlite'))
  definition = { name: 'send', description: 'Sends.' }
  now = 1_700_000_000_000
  recorded = []
  const config = configOf('version: 1\nservers: { mail: { command: [x] } }\n')
  approvals = new Approvals({
    store,
    config: () => config,
    audit: {
      append: async (entry) => void recorded.push(entry),
      healthy: true,
      close: async () => undefined,
    },
    log: SILENT,
    now: () => now,
    definition: () => ({ ...definition }),
    effect: () => undefined,
    redact: (value) => value,
    notify: () => undefined,
  })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

const call = (more: Partial<Exchange> = {}): Exchange => ({
  principal: '["idp","ada"]',
  transport: 'http',
  direction: 'client-to-server',
  era: 'modern',
  method: 'tools/call',
  row: undefined,
  server: 'mail',
  name: 'send',
  params: { name: 'send', arguments: { to: 'ada' } },
  arguments: { to: 'ada' },
  bytes: 0,
  startedAt: 0,
  findings: [],
  ...more,
})
async function asked(): Promise<ConsentReply> {
  const ways = { again: true, signal: new AbortController().signal }
  const consent = await approvals.ask(call(), [ASK], ways, () => undefined)
  if (consent.kind !== 'again') throw new Error(consent.kind)
  return { ticket: consent.ticket, askedAt: consent.askedAt, result: once }
}
const ruleOf = (used: Awaited<ReturnType<Approvals['use']>>) => (typeof used === 'object' ? used.rule : used)
const use = async (exchange: Exchange) => ruleOf(await approvals.use(exchange, [ASK]))

describe('the answer that a client brings back', () => {
  it('permits the call that was asked about, once, and is on record before it counts', async () => {
    const consent = await asked()
    expect(await use(call({ consent }))).toBe('granted')
    expect(recorded.map((entry) => entry.kind === 'event' && entry.event)).toEqual([
      'approval.asked',
      'approval.decided',
    ])
    expect(await use(call({ consent }))).toBeUndefined()
  })

  it.each<[string, () => Partial<Exchange>]>([
    ['another principal', () => ({ principal: '["idp","eve"]' })],
    ['other arguments', () => ({ params: { name: 'send', arguments: { to: 'eve' } } })],
    ['another tool', () => ({ name: 'delete' })],
    [
      'a definition that changed since',
      () => {
        definition = { ...definition, description: 'Sends, and keeps a copy.' }
        return {}
      },
    ],
  ])('decides nothing for %s: the question stays open', async (_, other) => {
    const consent = await asked()
    expect(await use(call({ ...other(), consent }))).toBe('approvals/unknown')
    expect(store.find(consent.ticket)?.state).toBe('open')
    expect(recorded).toHaveLength(1)
  })

  it('for a ticket there is not decides nothing', async () => {
    expect(await use(call({ consent: { ticket: 'ZZZZZZ', askedAt: 0, result: once } }))).toBe(
      'approvals/unknown',
    )
  })

  it('that declines at once is that of a host in which nobody sits; later it is a no', async () => {
    const declined = { ...(await asked()), result: { action: 'decline' } }
    expect(await use(call({ consent: declined }))).toBe('approvals/waiting')
    now += 5_000
    expect(await use(call({ consent: declined }))).toBe('approvals/denied')
    definition = { ...definition, description: 'Another one.' }
    expect(await use(call())).toBe('approvals/denied')
  })
})

it('a tool that was denied three times is not asked about for a while, whatever the arguments', async () => {
  for (const to of ['a', 'b', 'c']) {
    const exchange = call({ params: { name: 'send', arguments: { to } } })
    const ways = { again: true, signal: new AbortController().signal }
    const consent = await approvals.ask(exchange, [ASK], ways, () => undefined)
    if (consent.kind !== 'again') throw new Error(consent.kind)
    const result = { action: 'accept', content: { decision: 'deny' } }
    await use({ ...exchange, consent: { ticket: consent.ticket, askedAt: now, result } })
  }
  expect(await use(call())).toBe('approvals/denied')
  expect(await use(call({ principal: '["idp","eve"]' }))).toBeUndefined()
  now += 16 * 60_000
  expect(await use(call())).toBeUndefined()
})
