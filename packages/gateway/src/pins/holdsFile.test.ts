import { describe, expect, it } from 'vitest'
import { changeHolds, type HoldChange, NO_HOLDS, readHolds, writeHolds } from './holdsFile.ts'
import { finding, holdOf, tool } from './testing/pinFixture.ts'

const WAITS = holdOf('files', tool('read'))
const BLOCKED = holdOf('files', tool('read'), {
  state: 'blocked',
  rule: 'pins/finding',
  findings: [finding()],
})
const held = (...changes: readonly HoldChange[]) =>
  changeHolds(NO_HOLDS, changes).get('files')?.get('tool/read')

describe('a block', () => {
  it('stays when a gateway that looked a moment earlier says it only waits, or is released', () => {
    const block: HoldChange = { kind: 'hold', hold: BLOCKED }
    expect(held(block, { kind: 'hold', hold: WAITS })).toEqual(BLOCKED)
    expect(held(block, { kind: 'lift', server: 'files', key: 'tool/read' })).toEqual(BLOCKED)
  })

  it('ends where a person says so', () => {
    const lift: HoldChange = { kind: 'lift', server: 'files', key: 'tool/read', evenBlocked: true }
    expect(held({ kind: 'hold', hold: BLOCKED }, lift)).toBeUndefined()
  })

  it('replaces what waits, and another block', () => {
    const denied = { ...BLOCKED, rule: 'pins/denied' }
    expect(held({ kind: 'hold', hold: WAITS }, { kind: 'hold', hold: BLOCKED })).toEqual(BLOCKED)
    expect(held({ kind: 'hold', hold: BLOCKED }, { kind: 'hold', hold: denied })).toEqual(denied)
  })
})

it('what waits is released by anybody, and nothing of its server is left', () => {
  const holds = changeHolds(NO_HOLDS, [
    { kind: 'hold', hold: WAITS },
    { kind: 'lift', server: 'files', key: 'tool/read' },
  ])
  expect(holds.size).toBe(0)
})

describe('the file', () => {
  const names = ['read', 'a/b', 'x\u200by', '__proto__', 'constructor', '\u{1f600}', '\u202eevil', 'toString']
  const holds = changeHolds(
    NO_HOLDS,
    names.map((name) => ({ kind: 'hold', hold: holdOf('files', tool(name), { findings: [finding()] }) })),
  )

  it('gives back what was written', () => {
    const text = writeHolds(holds)
    const read = readHolds(Buffer.from(text))
    expect(read).toEqual(holds)
    expect(writeHolds(read ?? NO_HOLDS)).toBe(text)
  })

  it.each([
    ['nothing', ''],
    ['no head', `${JSON.stringify(WAITS)}\n`],
    ['another version', '{"version":2}\n'],
    ['a line that was cut off', writeHolds(holds).slice(0, -20)],
    ['a last line without its end', writeHolds(holds).slice(0, -1)],
    ['a key twice', '{"version":1}\n{"server":"a","server":"b"}\n'],
    ['a state there is not', `{"version":1}\n${JSON.stringify({ ...WAITS, state: 'free' })}\n`],
    ['a kind there is not', `{"version":1}\n${JSON.stringify({ ...WAITS, kind: 'tools' })}\n`],
    ['no digest', `{"version":1}\n${JSON.stringify({ ...WAITS, hash: undefined })}\n`],
    ['an empty line', '{"version":1}\n\n'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x0a])],
  ])('with %s is damaged as a whole', (_what, text) => {
    expect(readHolds(Buffer.from(text))).toBeUndefined()
  })
})
