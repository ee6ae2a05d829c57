import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FlowSource } from '@sallyport/controls/flow'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConsentStore } from '../approvals/consentStore.ts'
import type { Log } from '../log.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import { FlowBook } from './flowBook.ts'

const SECRET = 'The launch code is Q7-33-X9-1120-kestrel.'
const PRIVATE: FlowSource = {
  server: 'notes',
  name: 'read_note',
  kind: 'tool',
  untrusted: false,
  private: true,
  privateBy: 'declared',
  at: 0,
}

let folder: string
const open: (() => void)[] = []
let now = 1_700_000_000_000

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-flow-'))
})
afterEach(() => {
  for (const close of open.splice(0)) close()
  rmSync(folder, { recursive: true, force: true })
})

const SILENT = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Log

function book(shared = false): FlowBook {
  const store = new ConsentStore(join(folder, 'consent.sqlite'))
  const made = new FlowBook({ store, log: SILENT, now: () => now, shared })
  open.push(() => {
    made.close()
    store.close()
  })
  return made
}
const at = (principal: string, conversation?: string, host?: string) =>
  ({ principal, conversation, host }) as unknown as Exchange

describe('what a conversation saw', () => {
  it('is known in that conversation, and to no other principal or conversation', () => {
    const flows = book()
    flows.note(at('ada', 'c1'), PRIVATE, { text: SECRET })
    expect(flows.of(at('ada', 'c1')).trace({ body: SECRET })[0]?.source.name).toBe('read_note')
    for (const other of [at('eve', 'c1'), at('ada', 'c2'), at('ada'), at('ada', 'c1', '4711:1')]) {
      expect(flows.of(other).labels().private).toEqual([])
      expect(flows.of(other).trace({ body: SECRET })).toEqual([])
    }
  })

  it('goes on for a host that starts its relay anew: the connection is another one, the process is not', () => {
    const flows = book()
    flows.note(at('ada', 'c1', '4711:1'), PRIVATE, { text: SECRET })
    expect(flows.of(at('ada', 'c2', '4711:1')).trace({ body: SECRET })).toHaveLength(1)
    expect(flows.of(at('ada', 'c2', '4711:2')).labels().private).toEqual([])
    expect(flows.of(at('eve', 'c2', '4711:1')).labels().private).toEqual([])
  })

  it('survives the gateway by its labels, without a word of what was seen on the disk', () => {
    const first = book()
    first.note(at('ada', 'c1', '4711:1'), PRIVATE, { text: SECRET })
    for (const close of open.splice(0)) close()
    expect(readFileSync(join(folder, 'consent.sqlite')).includes('kestrel')).toBe(false)
    const labels = book()
      .of(at('ada', 'c2', '4711:1'))
      .labels()
    expect(labels.private.map(({ name }) => name)).toEqual(['read_note'])
    // What it was is not known any more: labels stand for it.
    expect(labels.incomplete).toBe(true)
  })

  it('is over for a host that was silent for half a day', () => {
    book().note(at('ada', 'c1', '4711:1'), PRIVATE, { text: SECRET })
    for (const close of open.splice(0)) close()
    now += 13 * 60 * 60_000
    expect(
      book()
        .of(at('ada', 'c2', '4711:1'))
        .labels().private,
    ).toEqual([])
  })

  it('in one of several processes is known to the others at once', () => {
    const [one, other] = [book(true), book(true)]
    expect(other.of(at('ada', 'c1')).labels().private).toEqual([])
    one.note(at('ada', 'c1'), PRIVATE, { text: SECRET })
    expect(other.of(at('ada', 'c1')).labels()).toMatchObject({
      incomplete: true,
      private: [{ name: 'read_note' }],
    })
    expect(other.of(at('eve', 'c1')).labels().private).toEqual([])
  })

  it('that cannot be read any more counts as everything', () => {
    writeFileSync(join(folder, 'consent.sqlite'), 'no database', { mode: 0o600 })
    expect(book().of(at('ada', 'c1')).labels()).toMatchObject({
      incomplete: true,
      private: [{}],
      untrusted: [{}],
    })
  })

  it('of many conversations is bounded in memory, and those that made room come back with their labels', () => {
    const flows = book()
    for (let one = 0; one < 400; one++)
      flows.note(at('ada', `c${one}`), PRIVATE, { text: `${SECRET} ${one}` })
    expect(flows.size).toBeLessThanOrEqual(256)
    expect(flows.of(at('ada', 'c0')).labels()).toMatchObject({
      incomplete: true,
      private: [{ name: 'read_note' }],
    })
  })
})
