import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonValue } from '@sallyport/controls/json'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
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
let identity: string
let now: number
let recorded: AuditEntry[]
let approvals: Approvals
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-approvals-'))
  store = new ConsentStore(join(folder, 'consent.sqlite'))
  definition = { name: 'send', description: 'Sends.' }
  identity = 'v1'
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
    identity: () => identity,
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
    [
      'a program that was approved since',
      () => {
        identity = 'v1 v2'
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

describe('of two decisions on one ticket', () => {
  it('the one that counts is on record, and no other', async () => {
    const consent = await asked()
    const deny = { ...consent, result: { action: 'accept', content: { decision: 'deny' } } }
    const used = await Promise.all([use(call({ consent })), use(call({ consent: deny }))])
    // A no is one to the call that brings it, though a permission for it is there.
    expect(used).toEqual(['granted', 'approvals/denied'])
    const decided = recorded.filter((entry) => entry.kind === 'event' && entry.event === 'approval.decided')
    expect(decided.map((entry) => entry.kind === 'event' && entry.explain)).toEqual(['once'])
  })

  it('one that could not be put on record does not count, and the next can be made', async () => {
    const consent = await asked()
    const put = recorded.push
    recorded.push = () => {
      throw new Error('disk full')
    }
    await expect(use(call({ consent }))).rejects.toThrow('disk full')
    recorded.push = put
    expect(store.find(consent.ticket)?.state).toBe('open')
    expect(await use(call({ consent }))).toBe('granted')
  })
})

describe('of two calls alike', () => {
  const forms = () => {
    const shown: ((result: JsonValue | undefined) => void)[] = []
    const ask = (signal: AbortSignal) =>
      approvals.ask(
        call({ era: 'legacy', conversation: 'c1' }),
        [ASK],
        {
          signal,
          form: (_, over) =>
            new Promise((resolve) => {
              over.addEventListener('abort', () => resolve(undefined))
              shown.push(resolve)
            }),
        },
        () => undefined,
      )
    return { shown, ask }
  }
  const soon = () => new Promise((resolve) => setTimeout(resolve, 5))

  it('the second is shown a form of its own once the first was cancelled, and no earlier', async () => {
    const { shown, ask } = forms()
    const [first, second] = [new AbortController(), new AbortController()]
    const cancelled = ask(first.signal)
    const called = ask(second.signal)
    await soon()
    expect(shown).toHaveLength(1)
    first.abort()
    expect((await cancelled).kind).toBe('refused')
    await soon()
    expect(shown).toHaveLength(2)
    shown[1]?.(once)
    expect((await called).kind).toBe('answered')
  })

  it('the second is not shown what was dismissed, nor what was decided', async () => {
    const { shown, ask } = forms()
    const [first, second] = [new AbortController(), new AbortController()]
    const calls = [ask(first.signal), ask(second.signal)]
    await soon()
    shown[0]?.({ action: 'cancel' })
    await soon()
    expect(shown).toHaveLength(1)
    const [ticket] = store.tickets('open', now)
    const claim = store.claim(ticket?.id ?? '', now) ?? { id: '', key: '' }
    store.decide(claim, { decision: 'deny', by: 'ada', at: now }, [])
    // Another one with this connection: nobody tells that it was decided but the look that each waiting call has.
    second.abort()
    first.abort()
    await Promise.all(calls)
    expect(shown).toHaveLength(1)
  })
})

describe('while another process holds the file', () => {
  const locked = async (work: () => Promise<void>) => {
    const { DatabaseSync } = await import('node:sqlite')
    const other = new DatabaseSync(join(folder, 'consent.sqlite'))
    other.exec('BEGIN IMMEDIATE')
    try {
      await work()
    } finally {
      if (other.isTransaction) other.exec('ROLLBACK')
      other.close()
    }
  }

  it('what asks waits, nobody else does, and it goes on when it is free', async () => {
    const consent = await asked()
    let used: Promise<unknown> | undefined
    await locked(async () => {
      used = use(call({ consent }))
      let isOver = false
      used.then(() => {
        isOver = true
      })
      let turns = 0
      const timer = setInterval(() => turns++, 5)
      // A wait that holds the event loop would be over before there were as many.
      await vi.waitUntil(() => turns > 10, { timeout: 30_000 })
      clearInterval(timer)
      expect(isOver).toBe(false)
    })
    expect(await used).toBe('granted')
  })

  it('nothing is allowed for ever: it ends with the patience of the call, and with the call', async () => {
    await asked()
    await locked(async () => {
      const gone = new AbortController()
      const waiting = approvals.use(call(), [ASK], { signal: gone.signal })
      expect(waiting).toBeInstanceOf(Promise)
      gone.abort()
      await expect(waiting).rejects.toThrow(/locked/)
      const impatient = approvals.use(call(), [ASK], { patienceMs: 1_000 })
      now += 1_000
      await expect(impatient).rejects.toThrow(/locked/)
    })
  })
})

it('of ten thousand questions a few are open and the rest are refused, and nobody else is kept from asking', async () => {
  const ways = { again: true, signal: new AbortController().signal }
  const ask = (exchange: Exchange) => approvals.ask(exchange, [ASK], ways, () => undefined)
  const flood = (at: number) => call({ params: { name: 'send', arguments: { to: String(at) } } })
  const became = new Map<string, number>()
  for (let at = 0; at < 10_000; at++) {
    const consent = await ask(flood(at))
    const what = consent.kind === 'refused' ? consent.refusal.rule : consent.kind
    became.set(what, (became.get(what) ?? 0) + 1)
  }
  expect(Object.fromEntries(became)).toEqual({ again: 24, 'approvals/too-many': 9_976 })
  expect(recorded).toHaveLength(24)
  expect(store.tickets('open', now)).toHaveLength(24)
  // A question that is open already is still joined, and another principal has room of its own.
  expect((await ask(flood(3))).kind).toBe('again')
  expect((await ask(call({ principal: '["idp","eve"]' }))).kind).toBe('again')
}, 180_000)
