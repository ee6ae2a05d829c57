import { describe, expect, it } from 'vitest'
import type { StoredRecord } from '../audit/storedRecord.ts'
import { configOf } from '../config/testing/parse.ts'
import { Replay } from './replay.ts'
import { summarize } from './summary.ts'

let seq = 0
const record = (server: string, name: string, more: Partial<StoredRecord> = {}): StoredRecord => ({
  chain: 'c',
  seq: ++seq,
  time: new Date(1_700_000_000_000 + seq * 1000).toISOString(),
  kind: 'exchange',
  direction: 'client-to-server',
  principal: '["local","ada"]',
  conversation: 'one',
  method: 'tools/call',
  outcome: 'ok',
  server,
  name,
  arguments: {},
  ...more,
})
const asked = (server: string, name: string, ...rules: (readonly [rule: string, subject?: string])[]) =>
  record(server, name, {
    findings: [
      ...rules.map(([rule, subject]) => ({ rule, ...(subject === undefined ? {} : { subject }) })),
      { rule: 'approvals/allowed' },
    ],
  })
function replay(yaml: string, records: readonly StoredRecord[]) {
  const one = new Replay(configOf(`version: 1\n${yaml}`), () => undefined)
  return records.flatMap((each) => one.call(each) ?? [])
}
const outcomes = (yaml: string, records: readonly StoredRecord[]) =>
  replay(yaml, records).map(({ before, after, rulesAfter }) => [before, after, ...rulesAfter])
const MAIL = 'servers: { mail: { command: [x], trust: partial } }\n'

describe('what another policy would have made of recorded calls', () => {
  it('is decided anew by lists, rules, confirmation and rates', () => {
    const sends = [record('mail', 'send_mail'), record('mail', 'send_mail'), record('mail', 'list_mail')]
    expect(outcomes(MAIL, sends)).toEqual([
      ['passed', 'asked', 'approvals/destructive'],
      ['passed', 'asked', 'approvals/destructive'],
      ['passed', 'passed'],
    ])
    expect(
      outcomes('servers: { mail: { command: [x], trust: partial, confirm: never, rate: 1/min } }', sends),
    ).toEqual([
      ['passed', 'passed'],
      ['passed', 'refused', 'limits/rate'],
      ['passed', 'passed'],
    ])
    expect(outcomes('servers: { mail: { command: [x], tools: { deny: ["send_*"] } } }', sends)[0]).toEqual([
      'passed',
      'refused',
      'access/deny',
    ])
    expect(outcomes(`profile: observe\n${MAIL}`, sends)[0]).toEqual(['passed', 'passed'])
  })

  it('spares what was allowed for good, by its subject, and nothing like it', () => {
    const flowed = asked('mail', 'send_mail', ['flow/private-to-outside', 'notes/read -> mail/send_mail'])
    const config = (subject: string) => `servers: { mail: { command: [x], trust: partial, confirm: never } }
approvals: { allow: [{ server: mail, tool: send_mail, rule: flow/private-to-outside, subject: "${subject}" }] }`
    expect(outcomes(config('notes/read -> mail/send_mail'), [flowed])).toEqual([['asked', 'passed']])
    expect(outcomes(config('files/read -> mail/send_mail'), [flowed])).toEqual([
      ['asked', 'asked', 'flow/private-to-outside'],
    ])
  })

  it('takes values that flowed as recorded, and what they flowed to by the policy', () => {
    const outside = asked('mail', 'send_mail', ['flow/private-to-outside', 's'])
    const told = asked('mail', 'send_mail', ['flow/private-to-untrusted', 's'])
    const config = (more: string) => `servers: { mail: { command: [x], confirm: never, ${more} } }`
    expect(
      outcomes(config('trust: partial, flow: { tools: { "*": { outside: false } } }'), [outside]),
    ).toEqual([['asked', 'passed']])
    expect(outcomes(config('flow: { privateData: "no" }'), [told])).toEqual([
      ['asked', 'refused', 'flow/private-to-untrusted'],
    ])
    expect(
      outcomes(config('flow: { privateData: "yes", tools: { "*": { outside: false } } }'), [told]),
    ).toEqual([['asked', 'passed']])
  })

  it('keeps refusals of other kinds, and counts the question of a modern client once', () => {
    const refused = record('mail', 'send_mail', { outcome: 'refused', rule: 'pins/finding' })
    const question = record('mail', 'send_mail', { outcome: 'refused', rule: 'approvals/asked' })
    expect(outcomes(MAIL, [refused, question])).toEqual([['refused', 'refused', 'pins/finding']])
    expect(replay(MAIL, [record('gone', 'x'), record('mail', 'x', { method: 'tools/list' })])).toEqual([])
  })

  it('is summed up by what would change, questions alike in one conversation as one', () => {
    const calls = replay(
      MAIL,
      [1, 2, 3].map(() => record('mail', 'send_mail')),
    )
    expect(summarize(calls)).toMatchObject({
      calls: 3,
      before: { passed: 3 },
      after: { asked: 3 },
      questions: 1,
      changes: [{ server: 'mail', name: 'send_mail', before: 'passed', after: 'asked', count: 3 }],
    })
  })
})
