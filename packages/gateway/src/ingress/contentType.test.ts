import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acceptsAll, acceptsAnswers, acceptsStream, isJsonContent } from './contentType.ts'

describe('what is not JSON in UTF-8 is never taken for it', () => {
  it.each([
    undefined,
    '',
    'text/plain',
    'text/json',
    'application/jsonx',
    'application/json-patch+json',
    'application/vnd.api+json',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/json, text/plain',
    'text/plain, application/json',
    'text/plain; x="application/json"',
    'application/json; charset=utf-16',
    'application/json; charset="utf-7"',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; CHARSET=ISO-8859-1',
    'application/json; charset=',
    'application/json; charset',
    'application/json charset=utf-8',
    'application / json',
    'application/json\u00a0',
    `application/json; x=${'y'.repeat(500)}`,
  ])('%j', (value) => {
    expect(isJsonContent(value)).toBe(false)
  })
})

describe('what is JSON in UTF-8 passes however it is written', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json ; charset="utf-8"',
    'application/json; charset=utf8',
    'application/json;',
    'application/json; profile="x;charset=utf-16"',
  ])('%j', (value) => {
    expect(isJsonContent(value)).toBe(true)
  })
})

describe('what a client accepts', () => {
  const both = ['application/json', 'text/event-stream']
  it.each([
    ['application/json, text/event-stream', true],
    ['text/event-stream, application/json', true],
    ['application/json;q=0.9,text/event-stream;q=0.1', true],
    ['*/*', true],
    ['application/*, text/*', true],
    ['APPLICATION/JSON, Text/Event-Stream', true],
    ['application/json', false],
    ['text/event-stream', false],
    ['application/json, text/event-stream;q=0', false],
    ['*/*, application/json;q=0', false],
    ['application/json, text/event-stream;q=x', false],
    ['text/html', false],
    ['', false],
    ['application/jsontext/event-stream', false],
  ])('%j: %s', (accept, wanted) => {
    expect(acceptsAll(accept, both)).toBe(wanted)
    expect(acceptsAnswers(accept)).toBe(wanted)
  })

  it('a stream is asked for by name or wildcard', () => {
    expect(['text/event-stream', 'text/*', '*/*'].map(acceptsStream)).toEqual([true, true, true])
    expect(['application/json', 'text/plain', ''].map(acceptsStream)).toEqual([false, false, false])
  })

  it('nothing takes long or fails', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '/', '*', ';', ',', '=', ' ', '"', '\t', 'q', '0', '.') }),
        (text) => {
          acceptsAnswers(text)
          isJsonContent(`application/json${text}`)
        },
      ),
    )
    const started = performance.now()
    isJsonContent(`application/json${'; '.repeat(90)}`)
    isJsonContent(`application/json${' ;a=b'.repeat(36)}"`)
    acceptsAnswers('application/json;q='.repeat(10_000))
    expect(performance.now() - started).toBeLessThan(3_000)
  })
})
