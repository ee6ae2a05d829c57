import { expect, it } from 'vitest'
import { LocalTally } from '../identity/doorTally.ts'
import { PrimaryTally, replyTo, type TallyQuestion } from './primaryTally.ts'

/** Two workers and their primary. */
function workers(): readonly [PrimaryTally, PrimaryTally] {
  const tally = new LocalTally({ count: 3, windowMs: 60_000 }, () => 1_000)
  const make = () => {
    const worker: PrimaryTally = new PrimaryTally(({ turn, asks }: TallyQuestion) =>
      worker.answered({ kind: 'tally', turn, answers: asks.map((ask) => replyTo(tally, ask)) }),
    )
    return worker
  }
  return [make(), make()]
}

it('a proof that one worker took is used at every other', async () => {
  const [one, other] = workers()
  expect(await Promise.all([one.proof('a'), other.proof('a'), one.proof('b')])).toEqual([
    'taken',
    'used',
    'taken',
  ])
  expect(await other.proof('b')).toBe('used')
})

it('failures at all workers are of one count, and other addresses have their own', async () => {
  const [one, other] = workers()
  for (const worker of [one, other, one]) expect(await worker.failure('192.0.2.1')).toBeUndefined()
  expect(await other.failure('192.0.2.1')).toBe(60_000)
  expect(await one.failure('192.0.2.2')).toBeUndefined()
})

it('a primary that does not answer, or leaves a question out, takes no proof', async () => {
  const silent = new PrimaryTally(() => undefined, 20)
  expect(await silent.proof('a')).toBe('unknown')
  expect(await silent.failure('192.0.2.1')).toBeUndefined()
  const careless: PrimaryTally = new PrimaryTally(({ turn }) =>
    careless.answered({ kind: 'tally', turn, answers: [] }),
  )
  expect(await careless.proof('a')).toBe('unknown')
  const confused: PrimaryTally = new PrimaryTally(({ turn }) =>
    confused.answered({ kind: 'tally', turn, answers: [{ kind: 'failure' }] }),
  )
  expect(await confused.proof('a')).toBe('unknown')
})
