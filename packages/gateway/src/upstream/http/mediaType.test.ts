import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerType } from './mediaType.ts'

const typeOf = (value: string) => answerType({ 'content-type': value })

describe('the type of an answer', () => {
  it.each([
    ['application/json', 'json'],
    ['APPLICATION/json', 'json'],
    [' application/json\t', 'json'],
    ['application/json;', 'json'],
    ['application/json; ;charset=utf-8', 'json'],
    ['application/json;charset="UTF-8"', 'json'],
    ['application/json; a=b; CHARSET=utf8', 'json'],
    ['text/event-stream', 'events'],
    ['Text/Event-Stream; charset=utf-8', 'events'],
  ])('%j is %s', (value, type) => {
    expect(typeOf(value)).toBe(type)
  })

  it.each([
    '',
    'json',
    'application/json/x',
    'application/jsonp',
    'application/json-patch+json',
    'application/vnd.api+json',
    'text/json',
    'text/html; x=application/json',
    'text/html, application/json',
    'application/json, text/html',
    'application/ json',
    'application/json charset=utf-8',
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-16le',
    'application/json; charset=',
    'application/json; charset="utf-8',
    'application/json; charset="utf-\\8"',
    'application/json; charset=utf-8; charset=utf-7',
    'application/json; charset = utf-8',
    'application/json\r\n',
    'applıcation/json',
    'application/jſon',
  ])('%j is none we know', (value) => {
    expect(typeOf(value)).toBe('other')
  })

  it('two headers are none, and no header is told apart', () => {
    expect(answerType({ 'content-type': ['application/json', 'application/json'] })).toBe('other')
    expect(answerType({})).toBe('none')
  })

  it('an encoding is refused unless it is none', () => {
    for (const encoding of ['gzip', 'br', 'x', '', 'identity, gzip']) {
      expect(answerType({ 'content-type': 'application/json', 'content-encoding': encoding })).toBe('encoded')
    }
    expect(answerType({ 'content-type': 'application/json', 'content-encoding': 'identity' })).toBe('json')
  })

  it('takes linear time on any text', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('; ', ';a=b', ' ', '"', ';a="', ';charset=utf-8'),
        fc.nat(20_000),
        (part, count) => {
          const started = performance.now()
          typeOf(`application/json${part.repeat(count)}`)
          expect(performance.now() - started).toBeLessThan(5_000)
        },
      ),
      { numRuns: 30 },
    )
  })
})
