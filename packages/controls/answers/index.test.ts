import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { parseJson, writeJson } from '../json/index.ts'
import { cleanText, mapTexts, withheldText, wrapText } from './index.ts'

describe('what hides in an answer goes', () => {
  test.each([
    ['text/tags', 'Adds.\u{e0068}\u{e0069}', 'Adds.'],
    ['text/ansi', 'red \u001b[31malert\u001b[0m', 'red alert'],
    ['text/ansi', 'a \u009b31m b', 'a  b'],
    ['text/ansi', '\u001b]8;;https://evil.example\u0007here\u001b]8;;\u0007', 'here'],
    ['text/bidi', 'user\u202etxt.exe\u202c', 'usertxt.exe'],
    ['text/zero-width', 'a\u200b\u200c\u200b\u200c\u200b\u200c\u200b\u200cb', 'ab'],
    ['text/control', 'safe\u0000text', 'safetext'],
  ])('%s', (rule, text, clean) => {
    const cleaned = cleanText(text)
    expect(cleaned.text).toBe(clean)
    expect(cleaned.rules).toContain(rule)
    expect(cleanText(clean).text).toBe(clean)
  })

  it('also where a part that is taken out lets the rest meet', () => {
    const text = '\u001b\u{e0041}[31mX'
    const { text: once } = cleanText(text)
    expect(cleanText(once).text).toBe(once)
    expect(once).not.toContain('\u001b')
  })
})

test.each([
  ['Persian', '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'],
  [
    'emoji',
    '\u{1f469}\u200d\u{1f4bb} \u2764\ufe0f \u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
  ],
  ['Hindi', '\u0915\u094d\u200d\u0937 \u0928\u092e\u0938\u094d\u0924\u0947'],
  ['Arabic with marks', '\u0627\u0644\u0633\u064e\u0651\u0644\u0627\u0645\u064f'],
  ['escapes that are written out', 'printf "\\033[31m" # \\x1b[0m \\u200b'],
  ['comments of a file', '<!-- TODO: tidy up -->\n<p>x</p>'],
  ['Windows lines', 'a\r\nb\r\n'],
])('%s passes byte for byte', (_what, text) => {
  expect(cleanText(text)).toEqual({ text, rules: [] })
})

describe('texts of a value', () => {
  it('are found in values and in names, and nothing else is touched', () => {
    const parsed = parseJson(
      Buffer.from('{"a":["x",1.0,9007199254740993,true,null],"__proto__":{"x":"x"},"x":"b"}'),
    )
    if (!parsed.ok) throw new Error('unreadable')
    const seen: string[] = []
    const out = mapTexts(parsed.value, (text, path, isKey) => {
      seen.push(`${isKey ? 'key' : path.join('/')}:${text}`)
      return text === 'x' ? 'y' : text
    })
    expect(writeJson(out)).toBe('{"a":["y",1.0,9007199254740993,true,null],"__proto__":{"y":"y"},"y":"b"}')
    expect(seen).toContain('a/0:x')
    expect(Object.getPrototypeOf(out)).toBe(Object.prototype)
  })

  it('are the very value where nothing changes', () => {
    const value = { content: [{ type: 'text', text: 'hi' }], n: 1 }
    expect(mapTexts(value, (text) => text)).toBe(value)
  })

  it('leave out Base64 of pictures, and nothing that only claims to be', () => {
    const data = Buffer.alloc(90, 7).toString('base64')
    const seen: string[] = []
    mapTexts({ type: 'image', data, blob: 'not base64: read me '.repeat(9) }, (text) => {
      seen.push(text)
      return text
    })
    expect(seen).not.toContain(data)
    expect(seen.some((text) => text.startsWith('not base64'))).toBe(true)
  })

  it('never lose a member to another that comes to have its name', () => {
    const out = mapTexts({ 'a\u200b': 1, a: 2 }, (text) => text.replace('\u200b', ''))
    expect(out).toEqual({ 'a#2': 1, a: 2 })
  })
})

test('marks name the server, and whatever it is called, they are one line', () => {
  expect(wrapText('do x', { server: 'news', nonce: '5f0c' })).toMatch(
    /^\[Sallyport 5f0c:.*"news".*\]\ndo x\n\[Sallyport end 5f0c\]$/,
  )
  expect(withheldText({ server: 'a\n\u202eb', rules: ['poison/override'], id: 'ab12' })).not.toMatch(
    /[\n\u202e]/,
  )
})

test('cleaning is idempotent on anything', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom(
          'a',
          ' ',
          '\u001b',
          '[',
          '3',
          'm',
          '\u{e0041}',
          '\u200b',
          '\u200d',
          '\u202e',
          '\u009b',
          ']',
          '\u0007',
          '\n',
          '\r',
          '\u0008',
          '\u0645',
        ),
      }),
      (text) => {
        const once = cleanText(text).text
        expect(cleanText(once).text).toBe(once)
      },
    ),
    {
      numRuns: Number(process.env.FUZZ_RUNS ?? 300),
      ...(process.env.FUZZ_SEED ? { seed: Number(process.env.FUZZ_SEED) } : {}),
    },
  )
})
