import { removeHidden } from '@sallyport/controls/text'
import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { readInbound } from '../../protocol/message.ts'
import type { Exchange } from '../exchange.ts'
import type { AnswerPolicy } from './answerPolicy.ts'
import { hiddenText, mayHide } from './hiddenText.ts'

const bytesOf = (text: string, escaped: boolean) => {
  const json = JSON.stringify({ text })
  // As Python writes it: everything beyond ASCII as an escape.
  return Buffer.from(
    escaped
      ? json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : json,
  )
}

const runs = {
  numRuns: Number(process.env.FUZZ_RUNS ?? 2000),
  ...(process.env.FUZZ_SEED ? { seed: Number(process.env.FUZZ_SEED) } : {}),
}

test('a message that is not read has nothing that would be taken out, however it is written', () => {
  const unit = fc.oneof(
    fc.constantFrom('a', ' ', '\n'),
    fc
      .integer({ min: 0, max: 0x10ffff })
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code)),
    fc.integer({ min: 0x80, max: 0x2fff }).map((code) => String.fromCodePoint(code)),
    fc.integer({ min: 0xfe00, max: 0xffff }).map((code) => String.fromCodePoint(code)),
  )
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 30 }), fc.boolean(), (units, escaped) => {
      const text = units.join('').toWellFormed()
      if (removeHidden(text, { comments: 'keep' }) !== text)
        expect(mayHide(bytesOf(text, escaped))).toBe(true)
    }),
    runs,
  )
})

it('reads no message of plain text, in English, French, Greek, Russian, Japanese', () => {
  for (const text of [
    'It\u2019s done \u2013 \u201cfine\u201d\u2026',
    'd\u00e9j\u00e0 vu',
    '\u0394\u03bf\u03ba\u03b9\u03bc\u03ae',
    '\u041f\u0440\u0438\u0432\u0435\u0442',
    '\u3053\u3093\u306b\u3061\u306f \u6f22\u5b57',
  ])
    expect(mayHide(bytesOf(text, false)), text).toBe(false)
})

test.each([
  [
    'the result of a task',
    { id: 1, result: { content: [{ type: 'text', text: 'a\u{e0068}b' }] } },
    'tasks/result',
  ],
  [
    'the state of a task',
    { method: 'notifications/tasks/status', params: { taskId: 't', statusMessage: 'a\u{e0068}b' } },
    'tools/call',
  ],
  [
    'an error',
    { id: 1, error: { code: -32000, message: 'a\u{e0068}b', data: { x: ['a\u{e0068}b'] } } },
    'tools/call',
  ],
  [
    'a question',
    { id: 1, method: 'sampling/createMessage', params: { systemPrompt: 'a\u{e0068}b' } },
    'sampling/createMessage',
  ],
])('%s is cleaned', (_what, body, method) => {
  const read = readInbound(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...body })))
  if (!read.ok) throw new Error(read.explain)
  const exchange = {
    server: 's',
    method,
    direction: 'client-to-server',
    params: {},
    findings: [],
  } as unknown as Exchange
  const verdict = hiddenText(() => ({ enforced: true }) as AnswerPolicy).inspect(exchange, read.message)
  expect(verdict).toMatchObject({ kind: 'rewrite' })
  expect(JSON.stringify(verdict)).not.toMatch(/[\u{e0000}-\u{e007f}]/u)
  expect(exchange.findings[0]).toMatchObject({ rule: 'text/tags' })
})
