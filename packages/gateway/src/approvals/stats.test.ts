import { expect, it } from 'vitest'
import { approvalStats } from './stats.ts'
import type { Ticket, TicketState } from './ticket.ts'

const asked = (state: TicketState, name = 'send', reasons = [{ rule: 'approvals/write' }]) =>
  ({ state, server: 'mail', name, reasons }) as unknown as Ticket

it('proposes what would have spared most questions, and never what would have let through one that was not allowed', () => {
  const send = Array.from({ length: 6 }, () => asked('allowed'))
  const draft = Array.from({ length: 4 }, () => asked('allowed', 'draft'))
  expect(approvalStats([...send, ...draft]).proposal).toEqual({
    entry: { server: 'mail', tool: 'send', rule: 'approvals/write' },
    spared: 6,
  })
  for (const state of ['denied', 'expired', 'open'] as const)
    expect(approvalStats([...send, asked(state), ...draft]).proposal?.entry.tool).toBe('draft')
  expect(approvalStats(send.slice(0, 2)).proposal).toBeUndefined()
  // A name that would stand for all tools.
  expect(approvalStats(Array.from({ length: 6 }, () => asked('allowed', '*'))).proposal).toBeUndefined()
  // Nothing is saved where it would have been asked for another reason all the same.
  const both = Array.from({ length: 6 }, () =>
    asked('allowed', 'send', [{ rule: 'approvals/write' }, { rule: 'secret/jwt' }]),
  )
  expect(approvalStats(both).proposal).toBeUndefined()
  expect(approvalStats([...send, asked('denied')]).rules).toEqual([
    { rule: 'approvals/write', asked: 7, allowed: 6, denied: 1, expired: 0, open: 0 },
  ])
})
