import { randomBytes } from 'node:crypto'
import { writeJson } from '@sallyport/controls/json'
import { expect, it } from 'vitest'
import { readInbound } from '../message.ts'
import { APPROVAL_INPUT } from '../ownInputs.ts'
import { fits, readRetry, sealApproval, takeApart } from './approvalState.ts'
import { requestDigest, sealHandle } from './sealedHandle.ts'

const KEY = randomBytes(32)
const PARAMS = { name: 'mail__send', arguments: { to: 'ada' } }
const STATE = {
  ticket: 'A7F2QK',
  principal: 'ada',
  digest: requestDigest('tools/call', PARAMS),
  askedAt: 1,
  expiresAt: 1000,
}
const ANSWER = { action: 'accept', content: { decision: 'once' } }
const known = { key: KEY, principal: 'ada', now: 999 }

function retry(requestState: string, more: object = {}) {
  const params = { ...PARAMS, requestState, inputResponses: { [APPROVAL_INPUT]: ANSWER }, ...more }
  const read = readInbound(
    Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })),
  )
  if (!read.ok) throw new Error(read.explain)
  return read.message
}

it('what a client brings back is read as the call that was asked about, and the answer', () => {
  const read = readRetry(retry(sealApproval(KEY, STATE)), known)
  if (read === undefined || read === 'unknown') throw new Error('not read')
  expect(read.reply).toEqual({ ticket: 'A7F2QK', askedAt: 1, result: ANSWER })
  expect(read.message.params).toEqual(PARAMS)
  expect(read.message.canonical).toBe(false)
})

it('what the call answered to its server comes back as it was asked about, whatever stands there now', () => {
  const asked = { ...PARAMS, requestState: 'state', inputResponses: { q: { n: 12345678901234567890n } } }
  const text = JSON.stringify(asked, (_, value) =>
    typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value,
  )
  const read = readInbound(Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${text}}`))
  if (!read.ok) throw new Error(read.explain)
  const { call, answers } = takeApart(read.message.params)
  expect(call).toEqual(PARAMS)
  const sealed = sealApproval(KEY, { ...STATE, answers })
  const other = { [APPROVAL_INPUT]: ANSWER, q: { n: 1 }, more: {} }
  const again = readRetry(retry(sealed, { inputResponses: other }), known)
  if (again === undefined || again === 'unknown') throw new Error('not read')
  expect(writeJson(again.message.params)).toBe(writeJson(read.message.params))
  expect(again.reply.result).toEqual(ANSWER)
  expect(fits(answers)).toBe(true)
  expect(fits({ inputResponses: { q: 'x'.repeat(40_000) } })).toBe(false)
})

it.each<[string, ReturnType<typeof retry>, object]>([
  ['another principal', retry(sealApproval(KEY, STATE)), { principal: 'eve' }],
  ['later than it holds', retry(sealApproval(KEY, STATE)), { now: 1000 }],
  ['other arguments', retry(sealApproval(KEY, STATE), { arguments: { to: 'eve' } }), {}],
  ['another tool', retry(sealApproval(KEY, STATE), { name: 'mail__delete' }), {}],
  ['a task', retry(sealApproval(KEY, STATE), { task: {} }), {}],
])('for %s it is nothing', (_, message, more) => {
  expect(readRetry(message, { ...known, ...more })).toBe('unknown')
})

it('what is not ours is left to the server whose it may be', () => {
  const sealed = sealApproval(KEY, STATE)
  const handle = sealHandle(KEY, {
    call: 'c',
    round: 0,
    principal: 'ada',
    digest: STATE.digest,
    expiresAt: 1000,
  })
  for (const state of [
    'state',
    '',
    handle,
    sealApproval(randomBytes(32), STATE),
    `${sealed.slice(0, -2)}AA`,
    `${sealed}A`,
  ])
    expect(readRetry(retry(state), known), state).toBeUndefined()
})
