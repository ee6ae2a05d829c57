import type { Admission, LimitedCall } from '@sallyport/controls/limits'
import { describe, expect, it } from 'vitest'
import { configOf } from '../../config/testing/parse.ts'
import { LimitBook } from '../../limits/limitBook.ts'
import { countedMethods } from '../counted.ts'
import type { Exchange } from '../exchange.ts'
import type { Verdict } from '../verdict.ts'
import { limits, showWait } from './limits.ts'

const call: Exchange = {
  principal: 'ann',
  transport: 'http',
  direction: 'client-to-server',
  era: 'modern',
  method: 'tools/call',
  row: undefined,
  server: 'files',
  name: 'read',
  exposedName: 'files__read',
  params: {},
  bytes: 0,
  startedAt: 0,
  findings: [],
}

/** The control over this configuration, with a clock of its own. */
function control(more: string, enforced = true) {
  let now = 0
  const config = configOf(`version: 1\n${more}`)
  const limiter = new LimitBook(config, () => now)
  const one = limits({ limiter, counted: countedMethods(config), enforced })
  return {
    limiter,
    decide: (exchange: Partial<Exchange> = {}) => one.decide({ ...call, ...exchange }) as Verdict,
    at: (ms: number) => {
      now = ms
    },
  }
}

const files = (own: string) => `servers: { files: { command: x, ${own} } }`

describe('the limits of calls', () => {
  it('a refusal says which limit, how much it is, when to try again, for people and for programs', () => {
    const { decide, at } = control(files('rate: 1/min'))
    expect(decide().kind).toBe('pass')
    at(48_800)
    expect(decide()).toEqual({
      kind: 'refuse',
      rule: 'limits/rate',
      explain:
        'the limit of tool "read" of "files" is 1/min for each principal, and it is used up; nothing was sent',
      remedy: 'Retry after 12 s, or raise "servers.files.rate" in the configuration.',
      retryAfterMs: 11_200,
    })
    expect([showWait(1), showWait(999.5), showWait(1_000), showWait(1_001)]).toEqual([
      '1 ms',
      '1000 ms',
      '1 s',
      '2 s',
    ])
  })

  it.each([
    ['of all servers', `${files('rate: unlimited')}\nlimits: { rate: 1/min }`, 'limits/rate', /limits\.rate/],
    ['of a server', files('rate: unlimited, totalRate: 1/min'), 'limits/rate', /servers\.files\.totalRate/],
    [
      'of a conversation',
      `${files('rate: unlimited')}\nlimits: { callsPerConversation: 1 }`,
      'limits/conversation',
      /another conversation/,
    ],
  ])(
    'the limit %s holds for everything a client has a server do, and names its key',
    (_, text, rule, key) => {
      const { decide } = control(text)
      expect(decide({ method: 'resources/read', name: 'x://a' }).kind).toBe('pass')
      expect(decide({ method: 'prompts/get', name: 'p' })).toMatchObject({
        rule,
        remedy: expect.stringMatching(key),
      })
    },
  )

  it('lists, greetings, states of tasks and questions of servers do not count', () => {
    const { decide } = control(`${files('rate: 1/h')}\nlimits: { rate: 1/h }`)
    for (const method of ['tools/list', 'initialize', 'ping', 'tasks/get', 'server/discover'])
      expect(decide({ method }).kind).toBe('pass')
    expect(decide({ direction: 'server-to-client' }).kind).toBe('pass')
    expect(decide().kind).toBe('pass')
    expect(decide().kind).toBe('refuse')
  })

  it('in profile observe the call passes and the finding is written down', () => {
    const { decide } = control(files('rate: 1/min'), false)
    const findings: Exchange['findings'] = []
    expect([decide({ findings }).kind, decide({ findings }).kind]).toEqual(['pass', 'pass'])
    expect(findings).toEqual([{ rule: 'limits/rate', severity: 'medium' }])
  })

  it('a reload gives nobody a fresh window', () => {
    const { decide, limiter } = control(files('rate: 2/min'))
    decide()
    limiter.follow(configOf(`version: 1\n${files('rate: 1/min')}`))
    expect(decide().kind).toBe('refuse')
  })

  it('waits for who counts elsewhere, and hides no failure of it', async () => {
    const asked: LimitedCall[] = []
    const answers: Promise<Admission>[] = [
      Promise.resolve({ admitted: true }),
      Promise.reject(new Error('gone')),
    ]
    const one = limits({
      limiter: {
        take: (wanted) => {
          asked.push(wanted)
          return answers.shift() ?? { admitted: true }
        },
        follow: () => undefined,
      },
      counted: new Set(['tools/call']),
      enforced: true,
    })
    await expect(one.decide({ ...call, conversation: 'c' })).resolves.toEqual({ kind: 'pass' })
    await expect(one.decide(call)).rejects.toThrow('gone')
    expect(asked[0]).toEqual({ principal: 'ann', conversation: 'c', server: 'files', tool: 'read' })
  })
})
