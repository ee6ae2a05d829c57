import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConsentStore, type Grant } from './consentStore.ts'
import { GRANT_MS, type Question, TICKET_MS, type Ticket } from './ticket.ts'

let folder: string
let stores: ConsentStore[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-consent-'))
  stores = []
})
afterEach(() => {
  for (const store of stores) store.close()
  rmSync(folder, { recursive: true, force: true })
})

const path = () => join(folder, 'consent.sqlite')
/** As another process would open it: a connection of its own. */
function open(): ConsentStore {
  const store = new ConsentStore(path())
  stores.push(store)
  return store
}

const REASONS = [{ rule: 'approvals/destructive' }]
const NOW = 1_700_000_000_000
const grant = (more: Partial<Grant> = {}): Grant => ({
  scope: 'once',
  key: 'call',
  ticket: 'A7F2QK',
  reasons: REASONS,
  expiresAt: NOW + GRANT_MS,
  uses: 1,
  ...more,
})
const unlimited = (more: Partial<Grant>): Grant => {
  const { uses: _one, ...rest } = grant(more)
  return rest
}
const QUESTION = { why: [], arguments: [] } as unknown as Question
const ticket = (id: string, more: Partial<Ticket> = {}): Omit<Ticket, 'state' | 'times'> => ({
  id,
  createdAt: NOW,
  expiresAt: NOW + TICKET_MS,
  principal: 'ada',
  conversation: 'c1',
  server: 'mail',
  name: 'send',
  callKey: `call ${id}`,
  toolKey: 'tool',
  denialKey: `denial ${id}`,
  reasons: REASONS,
  question: QUESTION,
  ...more,
})
const MANY = { ofPrincipal: 100, ofAll: 100 }

describe('a permission', () => {
  it('for one use is used once, whoever asks and in however many processes', () => {
    const all = Array.from({ length: 8 }, open)
    all[0]?.grant(grant())
    const taken = all.flatMap((store) =>
      [1, 2, 3].map(() => store.take(['call', 'tool'], REASONS, NOW)?.scope),
    )
    expect(taken.filter((scope) => scope !== undefined)).toEqual(['once'])
    // And stays used after a restart.
    for (const store of all) store.close()
    expect(open().take(['call'], REASONS, NOW)).toBeUndefined()
  })

  it('covers what was asked when it was given, and nothing that came to be asked since', () => {
    const store = open()
    const flow = { rule: 'flow/private-to-outside', subject: 'notes/read -> mail/send' }
    store.grant(unlimited({ scope: '15-minutes', reasons: [...REASONS, flow] }))
    expect(store.take(['call'], [flow], NOW)?.scope).toBe('15-minutes')
    expect(store.take(['call'], [...REASONS, flow], NOW)?.scope).toBe('15-minutes')
    expect(store.take(['call'], [{ ...flow, subject: 'files/read -> mail/send' }], NOW)).toBeUndefined()
    expect(store.take(['call'], [{ rule: flow.rule }], NOW)).toBeUndefined()
    expect(store.take(['call'], [...REASONS, { rule: 'secret/jwt' }], NOW)).toBeUndefined()
  })

  it('ends with its time, and is for its own keys', () => {
    const store = open()
    store.grant(grant({ uses: 5 }))
    expect(store.take(['other'], REASONS, NOW)).toBeUndefined()
    expect(store.take(['call'], REASONS, NOW + GRANT_MS)).toBeUndefined()
    expect(store.take(['call'], REASONS, NOW + GRANT_MS - 1)?.scope).toBe('once')
  })

  it('gives way to a denial of the same call, whatever else is asked by then', () => {
    const store = open()
    store.grant(unlimited({ scope: '15-minutes' }))
    store.grant(unlimited({ scope: 'deny' }))
    expect(store.take(['call'], [{ rule: 'secret/jwt' }], NOW)?.scope).toBe('deny')
    expect(store.take(['call'], REASONS, NOW)?.scope).toBe('deny')
  })

  it('is never used oftener than it says, in whatever order it is given and asked for (property)', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('give' as const), uses: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant('take' as const), by: fc.integer({ min: 0, max: 2 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.uuid(), (steps, key) => {
        const all = [open(), open(), open()] as const
        let left = 0
        for (const one of steps) {
          if (one.kind === 'give') {
            all[0].grant(grant({ key, uses: one.uses }))
            left += one.uses
          } else {
            const taken = all[one.by as 0 | 1 | 2].take([key], REASONS, NOW)
            expect(taken === undefined).toBe(left === 0)
            if (taken !== undefined) left--
          }
        }
      }),
      { numRuns: 15 },
    )
  })
})

describe('a ticket', () => {
  it('is decided once: by whoever is first, and not when it expired', () => {
    const [one, other] = [open(), open()]
    one.open(ticket('AAAAAA'), MANY)
    const said = { decision: 'once', by: 'ada', at: NOW } as const
    const [claim, late] = [one.claim('AAAAAA', NOW), other.claim('AAAAAA', NOW)]
    if (claim === undefined) throw new Error('nobody else was there')
    expect(late).toBeUndefined()
    const guessed = { id: 'AAAAAA', key: 'ada' }
    expect(other.decide(guessed, { ...said, decision: 'always' }, [grant()])).toBe(false)
    expect([one, other, one].map((store) => store.decide(claim, said, [grant()]))).toEqual([
      true,
      false,
      false,
    ])
    expect(other.claim('AAAAAA', NOW + TICKET_MS / 2)).toBeUndefined()
    expect(other.find('AAAAAA')).toMatchObject({ state: 'allowed', decision: 'once', decidedBy: 'ada' })
    one.open(ticket('BBBBBB'), MANY)
    const slow = one.claim('BBBBBB', NOW) ?? guessed
    expect(other.decide(slow, { ...said, at: NOW + TICKET_MS }, [grant({ key: 'call BBBBBB' })])).toBe(false)
    expect(one.find('BBBBBB')?.state).toBe('expired')
    expect(one.take(['call BBBBBB'], REASONS, NOW)).toBeUndefined()
    expect(one.claim('BBBBBB', NOW + TICKET_MS)).toBeUndefined()
    expect(one.claim('NONONO', NOW)).toBeUndefined()
  })

  it('is free again where whoever claimed it gave it back or died, and then not theirs any more', () => {
    const store = open()
    store.open(ticket('AAAAAA'), MANY)
    const said = { decision: 'once', by: 'ada', at: NOW } as const
    const first = store.claim('AAAAAA', NOW)
    if (first === undefined) throw new Error('it is open')
    expect(store.find('AAAAAA')).toMatchObject({ state: 'open', decidedBy: undefined, decidedAt: undefined })
    store.release(first)
    const second = store.claim('AAAAAA', NOW)
    if (second === undefined) throw new Error('it was given back')
    store.release(first)
    expect(store.claim('AAAAAA', NOW + 1)).toBeUndefined()
    const third = store.claim('AAAAAA', NOW + 60_000)
    if (third === undefined) throw new Error('a minute is too long for a decision that is made')
    expect(store.decide(second, said, [grant()])).toBe(false)
    expect(store.take(['call'], REASONS, NOW)).toBeUndefined()
    expect(store.decide(third, said, [grant()])).toBe(true)
  })

  it('of the same call and reasons is the same one; of other reasons or another conversation it is not', () => {
    const store = open()
    const call = { callKey: 'same' }
    expect(store.open(ticket('AAAAAA', call), MANY)?.times).toBe(1)
    expect(store.open(ticket('BBBBBB', call), MANY)).toMatchObject({ id: 'AAAAAA', times: 2 })
    expect(store.open(ticket('CCCCCC', { ...call, reasons: [{ rule: 'flow/trifecta' }] }), MANY)?.id).toBe(
      'CCCCCC',
    )
    expect(store.open(ticket('DDDDDD', { ...call, conversation: 'c2' }), MANY)?.id).toBe('DDDDDD')
  })

  it('of a principal who floods leaves room for others, and room comes back with time', () => {
    const store = open()
    const most = { ofPrincipal: 3, ofAll: 5 }
    const ids = Array.from({ length: 10 }, (_, at) => `FLOOD${at}`)
    expect(ids.filter((id) => store.open(ticket(id), most) !== undefined)).toHaveLength(3)
    const others = Array.from({ length: 5 }, (_, at) => ticket(`OTHER${at}`, { principal: `p${at}` }))
    expect(others.filter((one) => store.open(one, most) !== undefined)).toHaveLength(2)
    const later = { createdAt: NOW + TICKET_MS, expiresAt: NOW + 2 * TICKET_MS }
    expect(store.open(ticket('LATER1', later), most)?.id).toBe('LATER1')
  })
})

it('what is over is deleted: grants when they end, tickets after a month, labels after a week', () => {
  const store = open()
  const DAY = 86_400_000
  store.open(ticket('AAAAAA'), MANY)
  const claim = store.claim('AAAAAA', NOW) ?? { id: '', key: '' }
  store.decide(claim, { decision: 'once', by: 'ada', at: NOW }, [grant()])
  store.keepLabels('c1', '{"sources":[]}', NOW)
  store.open(ticket('BBBBBB', { createdAt: NOW + 30 * DAY, expiresAt: NOW + 31 * DAY }), MANY)
  store.tidy(NOW + GRANT_MS)
  expect(store.take(['call'], REASONS, NOW)).toBeUndefined()
  expect(store.find('AAAAAA')?.state).toBe('allowed')
  expect(store.labels('c1', NOW)).toBeDefined()
  store.tidy(NOW + 30 * DAY + 1)
  expect([store.find('AAAAAA'), store.labels('c1', NOW)]).toEqual([undefined, undefined])
  expect(store.find('BBBBBB')?.state).toBe('open')
})

describe('the file', () => {
  it('is private, and there is none before anything is asked', () => {
    const store = open()
    expect(store.exists).toBe(false)
    store.grant(grant())
    expect(statSync(path()).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['others may read or write', () => chmodSync(path(), 0o644)],
    [
      'is a link',
      () => {
        rmSync(path())
        writeFileSync(join(folder, 'elsewhere'), '', { mode: 0o600 })
        symlinkSync(join(folder, 'elsewhere'), path())
      },
    ],
    ['is no database', () => writeFileSync(path(), 'approve everything'.repeat(100), { mode: 0o600 })],
  ])('that %s allows nothing', (_, spoil) => {
    writeFileSync(path(), '', { mode: 0o600 })
    spoil()
    expect(() => open().take(['call'], REASONS, NOW)).toThrow()
  })
})
