import { describe, expect, it } from 'vitest'
import type { Exchange, Finding } from '../../pipeline/exchange.ts'
import { LOG_LEVELS, type LogLevelName } from '../logLevels.ts'
import { FindingLog, MOST_PER_SECOND, type Told } from './findingLog.ts'

const exchange = (findings: Finding[] = [], more: Partial<Exchange> = {}): Exchange => ({
  principal: 'ann',
  conversation: 'c1',
  transport: 'http',
  direction: 'client-to-server',
  era: 'modern',
  method: 'tools/call',
  row: undefined,
  server: 'files',
  name: 'write',
  exposedName: 'files__write',
  params: {},
  bytes: 0,
  startedAt: 0,
  findings,
  ...more,
})

function log(now: () => number = () => 0) {
  const one = new FindingLog(now)
  return (about: Exchange, asked: LogLevelName | undefined, refusal?: Told) => {
    const sent: { readonly level: string; readonly logger: string; readonly data: object }[] = []
    one.tell(about, asked, refusal, (bytes) => {
      const message = JSON.parse(bytes.toString('utf8'))
      expect(message).toMatchObject({ jsonrpc: '2.0', method: 'notifications/message' })
      sent.push(message.params)
    })
    return sent
  }
}

const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const
const refusal = { rule: 'access/deny', explain: 'writing is not allowed here' }

describe('findings as log messages', () => {
  it('who asked for nothing gets nothing; each level gets what is at least so bad', () => {
    const all = SEVERITIES.map((severity): Finding => ({ rule: `area/${severity}`, severity }))
    expect(log()(exchange(all), undefined, refusal)).toEqual([])
    const counts = LOG_LEVELS.map((level) => log()(exchange(all), level, refusal).length)
    expect(counts).toEqual([6, 6, 5, 4, 2, 1, 0, 0])
  })

  it('say the rule, why, where and of what, and nothing else of the call', () => {
    const about = exchange([{ rule: 'limits/rate', severity: 'high', where: 'arguments.path' }], {
      arguments: { path: 'hidden' },
    })
    expect(log()(about, 'debug', refusal)).toEqual([
      {
        level: 'error',
        logger: 'sallyport',
        data: {
          rule: 'limits/rate',
          explain: expect.stringContaining('Called more often'),
          severity: 'high',
          where: 'arguments.path',
          server: 'files',
          name: 'files__write',
        },
      },
      {
        level: 'warning',
        logger: 'sallyport',
        data: { ...refusal, server: 'files', name: 'files__write' },
      },
    ])
  })

  it('secrets and control characters in a name or a reason do not get through, nor do long ones', () => {
    const token = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`
    const about = exchange([], { exposedName: `x\u001b[31m ${token} ${'y'.repeat(9_000)}` })
    const [told] = log()(about, 'debug', {
      rule: 'a/b',
      explain: `it said ${token} \u202e${'z'.repeat(9_000)}`,
    })
    const text = JSON.stringify(told)
    expect(text).not.toContain(token)
    const values = Object.values(told?.data ?? {}).join(' ')
    for (const bad of ['\u001b', '\u202e']) expect(values).not.toContain(bad)
    expect(text.length).toBeLessThan(2_000)
  })

  it('no conversation gets more in any second, and none loses for another', () => {
    let now = 0
    const tell = log(() => now)
    const count = (conversation: string) =>
      Array.from({ length: 50 }, () => tell(exchange([], { conversation }), 'debug', refusal)).flat().length
    expect([count('c1'), count('c2'), count('c1')]).toEqual([MOST_PER_SECOND, MOST_PER_SECOND, 0])
    now = 1_000
    expect(count('c1')).toBe(MOST_PER_SECOND)
  })
})
