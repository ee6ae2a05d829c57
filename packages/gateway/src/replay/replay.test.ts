import type { JsonObject } from '@sallyport/controls/json'
import { describe, expect, it } from 'vitest'
import type { StoredRecord } from '../audit/storedRecord.ts'
import { configOf } from '../config/testing/parse.ts'
import { readExact } from './readExact.ts'
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
function replay(yaml: string, records: readonly StoredRecord[], definition?: JsonObject) {
  const one = new Replay(configOf(`version: 1\n${yaml}`), () => definition)
  return records.flatMap((each) => one.call(each) ?? [])
}
const outcomes = (yaml: string, records: readonly StoredRecord[], definition?: JsonObject) =>
  replay(yaml, records, definition).map(({ before, after, rulesAfter }) => [before, after, ...rulesAfter])
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

describe('arguments of recorded calls', () => {
  const FILES = (more: string) =>
    `servers: { files: { command: [x], trust: trusted, confirm: never${more} } }`
  const READ: JsonObject = {
    name: 'read_file',
    inputSchema: {
      type: 'object',
      properties: { path: { type: 'string', maxLength: 40 } },
      required: ['path'],
    },
  }
  const read = (args: object, more: Partial<StoredRecord> = {}) =>
    record('files', 'read_file', {
      arguments: args,
      // Keyed, as trails have it: it can be told from nothing here.
      argumentsDigest: 'a1'.repeat(32),
      ...more,
    })
  const ROOTS = ', arguments: { read_file: { path: { path: { roots: [/project] } } } }'

  it('are looked at anew by schemas and by what they may be', () => {
    const calls = [read({ path: '/project/a' }), read({ path: '/etc/passwd' }), read({ path: 7 })]
    expect(outcomes(FILES(ROOTS), calls, READ)).toEqual([
      ['passed', 'passed'],
      ['passed', 'refused', expect.stringMatching(/^path\//)],
      ['passed', 'refused', 'schema/arguments'],
    ])
    // What was refused then, and is allowed now.
    const refused = read({ path: '/project/a' }, { outcome: 'refused', rule: 'path/outside' })
    expect(outcomes(FILES(ROOTS), [refused], READ)).toEqual([['refused', 'passed']])
  })

  it('are as recorded where links decided: they are not looked up now', () => {
    const refused = read({ path: '/project/link' }, { outcome: 'refused', rule: 'path/link' })
    expect(outcomes(FILES(ROOTS), [refused], READ)).toEqual([['refused', 'refused', 'path/link']])
    expect(outcomes(FILES(''), [refused], READ)).toEqual([['refused', 'passed']])
  })

  it('are as recorded where they are not on record whole, or no definition is', () => {
    const cut = { path: '/project/a\u2026[cut: 9000 more characters]' }
    const refused = { outcome: 'refused', rule: 'path/outside' } as const
    const calls = [read(cut, refused), read(cut)]
    expect(outcomes(FILES(ROOTS), calls, READ)).toEqual([
      ['refused', 'refused', 'path/outside'],
      ['passed', 'passed'],
    ])
    expect(summarize(replay(FILES(ROOTS), calls, READ)).checkedAnew).toBe(0)
    expect(outcomes(FILES(ROOTS), [read({ path: '/project/a' }, refused)])).toEqual([
      ['refused', 'refused', 'path/outside'],
    ])
    const undigested = (args: object) => record('files', 'read_file', { arguments: args, ...refused })
    // No digest, as of a call that was refused: a mark says as well that something was left out.
    const marked = undigested(cut)
    expect(outcomes(FILES(ROOTS), [marked], READ)[0]?.[1]).toBe('refused')
    expect(outcomes(FILES(ROOTS), [undigested({ path: '/project/a' })], READ)).toEqual([
      ['refused', 'passed'],
    ])
  })

  it('with secrets are decided on by what was found then, and with personal data by what is found now', () => {
    const found = { rule: 'secret/github-token', severity: 'high', where: 'arguments.path' }
    const shown = { rule: 'secret/github-token', severity: 'high', where: 'content[0].text' }
    const kept = { path: '[redacted:secret/github-token]' }
    const call = (outcome: object, findings: readonly object[] = [found]) =>
      read(kept, { ...outcome, findings } as Partial<StoredRecord>)
    const refused = { outcome: 'refused', rule: 'secret/github-token' }
    const to = (action: string) => FILES(`, secrets: { toServer: { token: ${action} } }`)
    expect(outcomes(to('pass'), [call(refused)], READ)).toEqual([['refused', 'passed']])
    expect(outcomes(to('ask'), [call(refused)], READ)).toEqual([['refused', 'asked', 'secret/github-token']])
    expect(outcomes(to('refuse'), [call({})], READ)).toEqual([['passed', 'refused', 'secret/github-token']])
    // What its server said is no reason not to call it.
    expect(outcomes(to('refuse'), [call({}, [shown])], READ)).toEqual([['passed', 'passed']])
    // The gateway's own secrets are nobody's to allow.
    expect(outcomes(to('pass'), [call({ outcome: 'refused', rule: 'secret/own' }, [])], READ)).toEqual([
      ['refused', 'refused', 'secret/own'],
    ])
    const personal = FILES(', secrets: { personal: [iban], toServer: { personal: refuse } }')
    const calls = [read({ path: 'DE89 3704 0044 0532 0130 00' }), read({ path: 'notes' })]
    expect(outcomes(personal, calls, READ)).toEqual([
      ['passed', 'refused', 'personal/iban'],
      ['passed', 'passed'],
    ])
  })
  it('are exact in their numbers, and as recorded where a line leaves no exact reading', () => {
    const inputSchema = { type: 'object', properties: { n: { maximum: Number.MAX_SAFE_INTEGER } } }
    const line = (n: string, explain: string) =>
      JSON.stringify(record('files', 'pay', { explain })).replace('"arguments":{}', `"arguments":{"n":${n}}`)
    const calls = [
      line('9007199254740991', ''),
      line('9007199254740991.4', ''),
      line('9007199254740991.4', '\ud83d\u2026[cut: 9 more characters]'),
    ].flatMap((text) => readExact(text) ?? [])
    expect(outcomes(FILES(''), calls, { name: 'pay', inputSchema })).toEqual([
      ['passed', 'passed'],
      ['passed', 'refused', 'schema/arguments'],
      ['passed', 'passed'],
    ])
    expect(summarize(replay(FILES(''), calls)).checkedAnew).toBe(2)
    expect(readExact('{"no":"record"}')).toBeUndefined()
  })
})
