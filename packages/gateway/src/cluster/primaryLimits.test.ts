import type { Admission } from '@sallyport/controls/limits'
import { expect, it } from 'vitest'
import { type LimitQuestion, PrimaryLimits } from './primaryLimits.ts'

const call = (tool: string) => ({ principal: 'p', server: 's', tool })
const turn = () => new Promise((resolve) => setImmediate(resolve))

it('asks once for all calls of a turn, and each gets its own answer', async () => {
  const questions: LimitQuestion[] = []
  const limits = new PrimaryLimits((question) => questions.push(question))
  const first = [limits.take(call('a')), limits.take(call('b'))]
  await turn()
  const second = limits.take(call('c'))
  await turn()
  expect(questions.map(({ asks }) => asks.map(({ tool }) => tool))).toEqual([['a', 'b'], ['c']])
  const no: Admission = { admitted: false, limit: 'tool', most: 1, windowMs: 1, retryAfterMs: 1 }
  const [one, two] = questions.map((question) => question.turn)
  limits.answered({ kind: 'limits', turn: two ?? 0, answers: [{ admitted: true }] })
  limits.answered({ kind: 'limits', turn: one ?? 0, answers: [no, { admitted: true }] })
  limits.answered({ kind: 'limits', turn: one ?? 0, answers: [{ admitted: true }, no] })
  expect(await Promise.all([...first, second])).toEqual([no, { admitted: true }, { admitted: true }])
})

it('a call that the primary leaves out is refused, not let through', async () => {
  const limits = new PrimaryLimits(({ turn: asked }) =>
    limits.answered({ kind: 'limits', turn: asked, answers: [] }),
  )
  await expect(limits.take(call('a'))).rejects.toThrow('left a question out')
})
