import { writeJson } from '@sallyport/controls/json'
import { expect, it } from 'vitest'
import { readInbound } from './message.ts'
import { APPROVAL_INPUT, SIGN_IN_INPUT, shownInputKey, withServersKeys } from './ownInputs.ts'

function answering(inputResponses: Record<string, object>) {
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a', inputResponses } }
  const read = readInbound(Buffer.from(writeJson(JSON.parse(JSON.stringify(call)))))
  if (!read.ok) throw new Error(read.explain)
  return read.message
}

const OURS = [APPROVAL_INPUT, SIGN_IN_INPUT]
const behind = OURS.flatMap((key) => [key, `server:${key}`, `server:server:${key}`])

it.each(behind)(
  'a server that names its question %s gets the answer under it, and ours stays ours',
  (key) => {
    const shown = shownInputKey(key)
    expect(OURS).not.toContain(shown)
    const message = withServersKeys(answering({ [shown]: { action: 'accept' }, b: { action: 'cancel' } }))
    expect(message.params.inputResponses).toEqual({ [key]: { action: 'accept' }, b: { action: 'cancel' } })
    expect(message.value.params).toBe(message.params)
    expect(message.canonical).toBe(false)
  },
)

it('any other key is what it is, and the call is sent as it came', () => {
  for (const key of ['b', 'server:b', 'server:', `${APPROVAL_INPUT}2`, `my-${APPROVAL_INPUT}`]) {
    expect(shownInputKey(key)).toBe(key)
    const message = answering({ [key]: { action: 'accept' } })
    expect(withServersKeys(message)).toBe(message)
  }
})

it('a long row of words is read once', () => {
  const long = `${'server:'.repeat(100_000)}${APPROVAL_INPUT}`
  expect(shownInputKey(long)).toBe(`server:${long}`)
  expect(shownInputKey(`${long}!`)).toBe(`${long}!`)
})
