import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readInbound } from '../protocol/message.ts'
import { bodyOf } from './body.ts'
import type { RequestControl, ResponseControl } from './control.ts'
import type { Exchange } from './exchange.ts'
import { CONTROL_BUDGET_MS, decideRequest, decideResponse } from './run.ts'
import { asking, PASS, type ResponseVerdict, shownOf, type Verdict } from './verdict.ts'

const exchange: Exchange = {
  principal: 'p',
  transport: 'stdio',
  direction: 'client-to-server',
  era: 'legacy',
  method: 'tools/call',
  row: undefined,
  params: {},
  bytes: 0,
  startedAt: 0,
  findings: [],
}
const read = readInbound(Buffer.from('{"jsonrpc":"2.0","id":1,"result":{}}'))
if (!read.ok) throw new Error(read.explain)
const { message } = read

type Decide = () => unknown
/** Controls around the one under test: what stands after it must not be asked once it did not pass. */
function run(way: 'request' | 'response', decide: Decide) {
  const asked: string[] = []
  const failed = vi.fn()
  const control = (name: string, work: Decide) => {
    const ask = () => {
      asked.push(name)
      return work()
    }
    return {
      name,
      decide: () => ask() as Verdict,
      inspect: () => ask() as ResponseVerdict,
    } satisfies RequestControl & ResponseControl
  }
  const controls = [control('before', () => PASS), control('tested', decide), control('after', () => PASS)]
  const decision =
    way === 'request'
      ? decideRequest(controls, exchange, failed)
      : decideResponse(controls, exchange, message, failed)
  return { asked, failed, decision }
}

const secret = new Error('choked on sk-live-1234')
const broken: [string, Decide][] = [
  [
    'throws',
    () => {
      throw secret
    },
  ],
  [
    'throws something that is no error',
    () => {
      throw undefined
    },
  ],
  ['rejects', () => Promise.reject(secret)],
  ['gives nothing', () => undefined],
  ['gives nothing later', () => Promise.resolve()],
  ['says true', () => true],
  ['says a text', () => 'pass'],
  ['gives an object without a kind', () => ({ verdict: 'pass' })],
  ['gives a kind that there is not', () => ({ kind: 'allow' })],
  ['gives a promise of a promise of rubbish', async () => Promise.resolve({ kind: 'PASS' })],
]

describe.each(['request', 'response'] as const)('the controls of a %s', (way) => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it.each(broken)('one that %s refuses, and nobody after it is asked', async (_, decide) => {
    const { asked, failed, decision } = run(way, decide)
    const verdict = await decision
    expect(verdict).toMatchObject({ kind: 'refuse', rule: 'gateway/control-failed' })
    expect(JSON.stringify(verdict)).not.toContain('sk-live')
    expect(asked).toEqual(['before', 'tested'])
    expect(failed).toHaveBeenCalledExactlyOnceWith(
      'tested',
      expect.toSatisfy(() => true),
    )
  })

  it('one that hangs refuses when its time is up, and its late word changes nothing', async () => {
    const late = Promise.withResolvers<Verdict>()
    const { asked, failed, decision } = run(way, () => late.promise)
    await vi.advanceTimersByTimeAsync(CONTROL_BUDGET_MS - 1)
    expect(failed).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(await decision).toMatchObject({ kind: 'refuse', rule: 'gateway/control-failed' })
    late.resolve(PASS)
    await vi.runAllTimersAsync()
    expect(asked).toEqual(['before', 'tested'])
    expect(failed).toHaveBeenCalledOnce()
  })

  it.each<[string, Decide]>([
    ['refuses', () => ({ kind: 'refuse', rule: 'a/b', explain: 'x' })],
    ['refuses later', async () => ({ kind: 'refuse', rule: 'a/b', explain: 'x' })],
  ])('one that %s has the last word', async (_, decide) => {
    const { asked, failed, decision } = run(way, decide)
    expect(await decision).toMatchObject({ rule: 'a/b' })
    expect(asked).toEqual(['before', 'tested'])
    expect(failed).not.toHaveBeenCalled()
  })

  it('all that pass let it pass, at once as long as none has to wait', async () => {
    const now = run(way, () => PASS)
    expect(now.decision).toBe(PASS)
    expect(now.asked).toEqual(['before', 'tested', 'after'])
    const later = run(way, async () => PASS)
    expect(later.decision).toBeInstanceOf(Promise)
    expect(await later.decision).toBe(PASS)
    expect(later.asked).toEqual(['before', 'tested', 'after'])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a control that asks', () => {
  const ask = (rule: string) => asking({ rule, explain: 'x' })

  it.each<[string, (verdict: Verdict) => Verdict | Promise<Verdict>]>([
    ['at once', (verdict) => verdict],
    ['later', async (verdict) => verdict],
  ])('%s, leaves the others their say: what each asks is asked together', async (_, when) => {
    const controls = [ask('a/1'), PASS, ask('a/2')].map((verdict) => ({
      name: 'x',
      decide: () => when(verdict),
    }))
    const decision = await decideRequest(controls, exchange, vi.fn())
    expect(decision).toMatchObject({ kind: 'ask', asks: [{ rule: 'a/1' }, { rule: 'a/2' }] })
  })

  it('does not count where another one refuses: nobody is asked about what is not done anyway', async () => {
    const refuse: Verdict = { kind: 'refuse', rule: 'b/c', explain: 'y' }
    const controls = [ask('a/1'), refuse].map((verdict) => ({ name: 'x', decide: () => verdict }))
    expect(await decideRequest(controls, exchange, vi.fn())).toBe(refuse)
  })

  it('without a reason is no verdict', async () => {
    const failed = vi.fn()
    const controls = [{ name: 'x', decide: () => ({ kind: 'ask', asks: [] }) as unknown as Verdict }]
    const decision = await decideRequest(controls, exchange, failed)
    expect(decision).toMatchObject({ kind: 'refuse', rule: 'gateway/control-failed' })
  })
})

describe('a rewrite', () => {
  it('of a request has the last word', async () => {
    const rewrite = () => ({ kind: 'rewrite', rule: 'a/b', params: { name: 'other' } })
    const { asked, decision } = run('request', rewrite)
    expect(await decision).toMatchObject({ kind: 'rewrite', params: { name: 'other' } })
    expect(asked).toEqual(['before', 'tested'])
  })

  it.each([
    ['at once', (verdict: ResponseVerdict) => verdict],
    ['later', async (verdict: ResponseVerdict) => verdict],
  ])('of an answer, %s, is what the next control sees and what is shown', async (_, when) => {
    const seen: unknown[] = []
    const control = (name: string, add: string): ResponseControl => ({
      name,
      inspect(_exchange, { value, canonical }) {
        seen.push([value.result, canonical])
        return when({ kind: 'rewrite', rule: 'a/b', body: { ...(value.result as object), [add]: true } })
      },
    })
    const controls = [control('one', 'a'), control('two', 'b')]
    const decision = await decideResponse(controls, exchange, message, vi.fn())
    expect(decision).toMatchObject({
      kind: 'rewrite',
      message: { canonical: false, value: { result: { a: true, b: true } } },
    })
    expect(seen).toEqual([
      [{}, true],
      [{ a: true }, false],
    ])
    expect(message.value.result).toEqual({})
  })

  const said = (text: string) => {
    const message = readInbound(Buffer.from(`{"jsonrpc":"2.0",${text}}`))
    if (!message.ok) throw new Error(message.explain)
    return message.message
  }
  const ERROR = '"id":1,"error":{"code":-32000,"message":"old"}'

  it.each([
    ['an error', ERROR, { code: -32000, message: 'new' }, 'error'],
    ['a notification', '"method":"notifications/message","params":{"data":"old"}', { data: 'new' }, 'params'],
    ['a question', '"id":"q","method":"sampling/createMessage","params":{"a":"old"}', { a: 'new' }, 'params'],
  ])('of %s stands where it stood, and the rest stays', async (_, text, body, member) => {
    const message = said(text)
    const control: ResponseControl = {
      name: 'one',
      inspect: (_exchange, shown) => ({ kind: 'rewrite', rule: 'a/b', body: { ...bodyOf(shown), ...body } }),
    }
    const decision = await decideResponse([control], exchange, message, vi.fn())
    expect(decision).toMatchObject({
      kind: 'rewrite',
      message: { kind: message.kind, id: message.id, method: message.method, canonical: false },
    })
    const shown = shownOf(decision, message)
    expect(shown?.value).toEqual({ ...message.value, [member]: body })
    expect(shown && bodyOf(shown)).toEqual(body)
    if (member === 'params') expect(shown?.params).toEqual(body)
  })

  it.each([
    ['another code', { code: -32601, message: 'new' }],
    ['no text', { code: -32000 }],
  ])('of an error that gives it %s is none, and refuses', async (_, body) => {
    const control: ResponseControl = {
      name: 'one',
      inspect: () => ({ kind: 'rewrite', rule: 'a/b', body }),
    }
    const failed = vi.fn()
    const decision = await decideResponse([control], exchange, said(ERROR), failed)
    expect(decision).toMatchObject({ kind: 'refuse', rule: 'gateway/control-failed' })
    expect(shownOf(decision, said(ERROR))).toBeUndefined()
    expect(failed).toHaveBeenCalledOnce()
  })

  it.each([
    ['a request without params', 'request', { kind: 'rewrite', rule: 'a/b' }],
    ['an answer without a body', 'response', { kind: 'rewrite', rule: 'a/b', params: {} }],
  ] as const)('of %s is none, and refuses', async (_, way, verdict) => {
    const { asked, decision } = run(way, () => verdict)
    expect(await decision).toMatchObject({ kind: 'refuse', rule: 'gateway/control-failed' })
    expect(asked).toEqual(['before', 'tested'])
  })
})

describe('a control that says how long it may take', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is waited for so long, and refuses after that', async () => {
    const failed = vi.fn()
    const inspect = () => new Promise<ResponseVerdict>(() => {})
    const controls = [{ name: 'slow', budgetMs: 60_000, inspect }]
    const decision = decideResponse(controls, exchange, message, failed)
    await vi.advanceTimersByTimeAsync(59_999)
    expect(failed).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(await decision).toMatchObject({ kind: 'refuse', rule: 'gateway/control-failed' })
  })
})
