import { expect, it } from 'vitest'
import { LocalTally } from '../identity/doorTally.ts'
import { PrimaryTally, replyTo, type TallyQuestion, type TallyReply } from './primaryTally.ts'

const counting = () => new LocalTally({ count: 3, windowMs: 60_000 }, () => 1_000)
const QUIET = { error: () => undefined }
const ADDRESS = '192.0.2.1'

/** Two workers and their primary, which can be made to hang. */
function workers() {
  const tally = counting()
  const state = { hangs: false }
  const make = () => {
    const worker: PrimaryTally = new PrimaryTally({
      ask: ({ turn, asks }: TallyQuestion) => {
        if (state.hangs) return
        worker.answered({ kind: 'tally', turn, answers: asks.map((ask) => replyTo(tally, ask)) })
      },
      own: counting(),
      log: QUIET,
      patienceMs: 20,
    })
    return worker
  }
  return { state, one: make(), other: make() }
}

/** A worker whose primary answers every turn with this. */
function misled(answers: readonly TallyReply[]): PrimaryTally {
  const worker: PrimaryTally = new PrimaryTally({
    ask: ({ turn }) => worker.answered({ kind: 'tally', turn, answers }),
    own: counting(),
    log: QUIET,
  })
  return worker
}

async function failures(worker: PrimaryTally, count: number): Promise<(number | undefined)[]> {
  const waits: (number | undefined)[] = []
  for (let at = 0; at < count; at++) waits.push(await worker.failure(ADDRESS))
  return waits
}

it('a proof that one worker took is used at every other', async () => {
  const { one, other } = workers()
  expect(await Promise.all([one.proof('a'), other.proof('a'), one.proof('b')])).toEqual([
    'taken',
    'used',
    'taken',
  ])
  expect(await other.proof('b')).toBe('used')
})

it('failures at all workers are of one count, and other addresses have their own', async () => {
  const { one, other } = workers()
  for (const worker of [one, other, one]) expect(await worker.failure(ADDRESS)).toBeUndefined()
  expect(await other.failure(ADDRESS)).toBe(60_000)
  expect(await one.failure('192.0.2.2')).toBeUndefined()
})

it('a primary that does not answer, or leaves a question out, takes no proof', async () => {
  const { state, one } = workers()
  state.hangs = true
  expect(await one.proof('a')).toBe('unknown')
  expect(await misled([]).proof('a')).toBe('unknown')
  expect(await misled([{ kind: 'failure' }]).proof('a')).toBe('unknown')
})

it('failures are limited while the primary does not answer, by what the worker itself counted', async () => {
  const { state, one, other } = workers()
  expect(await failures(one, 2)).toEqual([undefined, undefined])
  state.hangs = true
  // What it counted with the primary is not forgotten.
  expect(await failures(one, 3)).toEqual([undefined, 60_000, 60_000])
  expect(await failures(other, 4)).toEqual([undefined, undefined, undefined, 60_000])
  expect(await one.failure('192.0.2.2')).toBeUndefined()
  for (const confused of [misled([]), misled([{ kind: 'proof', taken: 'taken' }])])
    expect(await failures(confused, 4)).toEqual([undefined, undefined, undefined, 60_000])
})

it('what the primary refuses counts nowhere: the wait of an address does not grow with its attempts', async () => {
  const { state, one, other } = workers()
  await failures(other, 3)
  expect(await failures(one, 5)).toEqual(Array(5).fill(60_000))
  state.hangs = true
  expect(await one.failure(ADDRESS)).toBeUndefined()
})

it('a primary that does not answer is in the log: once, and once more when it answered meanwhile', async () => {
  const logged: unknown[] = []
  const state = { answers: undefined as readonly TallyReply[] | undefined }
  const worker: PrimaryTally = new PrimaryTally({
    ask: ({ turn }) => {
      if (state.answers !== undefined) worker.answered({ kind: 'tally', turn, answers: state.answers })
    },
    own: counting(),
    log: { error: (event, fields) => logged.push([event, fields?.explain]) },
    patienceMs: 20,
  })
  await failures(worker, 2)
  expect(logged).toEqual([['tally.unanswered', 'no answer within 20 ms']])
  state.answers = [{ kind: 'failure' }]
  await worker.failure(ADDRESS)
  state.answers = []
  await failures(worker, 2)
  expect(logged.slice(1)).toEqual([['tally.unanswered', 'the primary left a question out']])
})
