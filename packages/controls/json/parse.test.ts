import { describe, expect, test } from 'vitest'
import { JSON_RULES, type JsonFault, type JsonParse, type JsonRule, parseJson, writeJson } from './index.ts'

function read(document: string | Uint8Array): JsonParse {
  return parseJson(typeof document === 'string' ? Buffer.from(document) : document)
}

function faultOf(parse: JsonParse): JsonFault {
  if (parse.ok) throw new Error(`accepted as ${writeJson(parse.value)}`)
  return parse.fault
}

const bytes = (...parts: (string | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))))

/** What is wrong with it, the document, the rule, the byte offset, the pointer. */
type Refused = readonly [string, string | Buffer, JsonRule, number, (string | undefined)?]

const refused: readonly Refused[] = [
  // Two keys, of which decoders take the first, the last, or both.
  ['a key twice', '{"a":1,"a":2}', 'json/duplicate-key', 7, '/a'],
  ['a key twice with the same value', '{"a":1,"a":1}', 'json/duplicate-key', 7, '/a'],
  ['a key twice, far apart', '{"a":1,"b":2,"c":3,"a":4}', 'json/duplicate-key', 19, '/a'],
  ['a key twice deep inside', '{"p":[{},{"x":{"n":1,"n":2}}]}', 'json/duplicate-key', 21, '/p/1/x/n'],
  ['a key twice, once escaped', '{"name":1,"n\\u0061me":2}', 'json/duplicate-key', 10, '/name'],
  ['a key twice behind another form', '{"é":1,"\\u00e9":2}', 'json/duplicate-key', 8, '/é'],
  ['a key twice in an object that is dropped', '{"a":{"b":1,"b":1},"a":2}', 'json/duplicate-key', 12, '/a/b'],
  ['the empty key twice', '{"":1,"":2}', 'json/duplicate-key', 6, '/'],
  ['__proto__ twice', '{"__proto__":1,"__proto__":2}', 'json/duplicate-key', 15, '/__proto__'],
  ['an index-like key twice', '{"1":1,"1":2}', 'json/duplicate-key', 7, '/1'],
  ['a key twice, pretty-printed', '{\n  "a": 1,\n  "a": 2\n}', 'json/duplicate-key', 14, '/a'],
  ['a key twice beside a number kept exactly', '{"a":1.0,"a":1}', 'json/duplicate-key', 9, '/a'],
  ['a key with a slash twice', '{"a/b~":1,"a/b~":1}', 'json/duplicate-key', 10, '/a~1b~0'],

  ['NUL behind a key', '{"name\\u0000":1}', 'json/nul-in-key', 1, '/name\\u{0}'],
  ['NUL as a key deep inside', '[{"\\u0000":1}]', 'json/nul-in-key', 2, '/0/\\u{0}'],

  ['half a pair in a string', '["\\ud800"]', 'json/lone-surrogate', 2, '/0'],
  ['half a pair in a string, upper case', '["x\\uDBFFx"]', 'json/lone-surrogate', 3, '/0'],
  ['a low half alone', '["\\udc00"]', 'json/lone-surrogate', 2, '/0'],
  ['the halves in the wrong order', '["\\udc00\\ud800"]', 'json/lone-surrogate', 2, '/0'],
  ['two low halves', '["\\udc00\\udc00"]', 'json/lone-surrogate', 2, '/0'],
  ['two high halves', '["\\ud83d\\ud83d\\ude00"]', 'json/lone-surrogate', 2, '/0'],
  ['half a pair before another escape', '["\\ud83d\\n"]', 'json/lone-surrogate', 2, '/0'],
  ['half a pair before an escaped backslash', '["\\ud83d\\\\ude00"]', 'json/lone-surrogate', 2, '/0'],
  ['half a pair in a key', '{"\\ud800":1}', 'json/lone-surrogate', 2],
  [
    'half a pair in a key of an object that is dropped',
    '{"a":{"\\ud800":1},"a":1}',
    'json/lone-surrogate',
    7,
    '/a',
  ],

  ['an overlong slash', bytes('["', 0xc0, 0xaf, '"]'), 'json/encoding', 2],
  ['an overlong NUL', bytes('["', 0xc0, 0x80, '"]'), 'json/encoding', 2],
  ['an overlong quote of three bytes', bytes('["', 0xe0, 0x80, 0xa2, '"]'), 'json/encoding', 2],
  [
    'a surrogate in UTF-8 (CESU-8)',
    bytes('["é', 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80, '"]'),
    'json/encoding',
    4,
  ],
  ['a code point over U+10FFFF', bytes('["', 0xf4, 0x90, 0x80, 0x80, '"]'), 'json/encoding', 2],
  ['a sequence that a quote cuts', bytes('["', 0xe2, 0x82, '"]'), 'json/encoding', 2],
  ['a continuation byte alone', bytes('["a', 0x80, '"]'), 'json/encoding', 3],
  ['Latin-1', bytes('["Z', 0xfc, 'rich"]'), 'json/encoding', 3],
  ['UTF-16', Buffer.from('{"a":"é"}', 'utf16le'), 'json/encoding', 12],
  ['UTF-16 that is all ASCII', Buffer.from('{}', 'utf16le'), 'json/syntax', 1],
  ['a byte order mark', bytes(0xef, 0xbb, 0xbf, '{}'), 'json/bom', 0],
  ['a byte order mark inside', bytes('[', 0xef, 0xbb, 0xbf, ']'), 'json/syntax', 1, '/0'],

  ['two documents', '{}{}', 'json/trailing', 2],
  ['two documents on two lines', '{}\n{}', 'json/trailing', 3],
  ['words behind the document', '{"a":1} x', 'json/trailing', 8],
  ['NUL behind the document', '{}\0', 'json/trailing', 2],
  ['a comma behind the document', '[],', 'json/trailing', 2],
  ['a bracket behind the document', '[]]', 'json/trailing', 2],

  ['a comment', '{"a":1/* x */}', 'json/syntax', 6],
  ['a line comment', '[1,//x\n2]', 'json/syntax', 3, '/1'],
  ['a hash comment', '# x\n{}', 'json/syntax', 0],
  ['a comma too many in an object', '{"a":1,}', 'json/syntax', 7],
  ['a comma too many in an array', '[1,]', 'json/syntax', 3, '/1'],
  ['a comma alone', '[,]', 'json/syntax', 1, '/0'],
  ['two commas', '[1,,2]', 'json/syntax', 3, '/1'],
  ['a comma missing', '{"a":1 "b":2}', 'json/syntax', 7],
  ['a colon missing', '{"a" 1}', 'json/syntax', 5, '/a'],
  ['a value missing', '{"a":}', 'json/syntax', 5, '/a'],
  ['single quotes', "{'a':1}", 'json/syntax', 1],
  ['a bare key', '{a:1}', 'json/syntax', 1],
  ['a number as a key', '{1:1}', 'json/syntax', 1],
  ['True', '[True]', 'json/syntax', 1, '/0'],
  ['undefined', '[undefined]', 'json/syntax', 1, '/0'],
  ['the wrong bracket', '[1}', 'json/syntax', 2],
  ['an open object', '{"a":1', 'json/syntax', 6],
  ['an open array', '[1', 'json/syntax', 2],
  ['an open string', '["abc', 'json/syntax', 5, '/0'],
  ['an open escape', '["abc\\', 'json/syntax', 6, '/0'],
  ['a vertical tab as white space', '[\v1]', 'json/syntax', 1, '/0'],
  ['a form feed as white space', '{\f}', 'json/syntax', 1],
  ['a no-break space as white space', '[\u00a01]', 'json/syntax', 1, '/0'],
  ['a line separator as white space', '\u2028{}', 'json/syntax', 0],
  ['nothing', '', 'json/empty', 0],
  ['only white space', ' \n\t\r', 'json/empty', 4],

  ['NaN', '[NaN]', 'json/number', 1, '/0'],
  ['Infinity', '{"a":Infinity}', 'json/number', 5, '/a'],
  ['minus Infinity', '[-Infinity]', 'json/number', 1, '/0'],
  ['hexadecimal', '[0x1F]', 'json/number', 1, '/0'],
  ['a leading zero', '[007]', 'json/number', 1, '/0'],
  ['a leading zero behind a minus', '[-01]', 'json/number', 1, '/0'],
  ['a plus', '[+1]', 'json/number', 1, '/0'],
  ['no digit before the point', '[.5]', 'json/number', 1, '/0'],
  ['no digit behind the point', '[5.]', 'json/number', 1, '/0'],
  ['no digit in the exponent', '[1e]', 'json/number', 1, '/0'],
  ['two points', '[1.2.3]', 'json/number', 1, '/0'],
  ['a minus alone', '[-]', 'json/number', 1, '/0'],
  ['digits with separators', '[1_000]', 'json/number', 1, '/0'],
  ['a BigInt', '[10n]', 'json/number', 1, '/0'],

  ['a raw line feed in a string', '["a\nb"]', 'json/control-character', 3, '/0'],
  ['a raw NUL in a string', '["a\0b"]', 'json/control-character', 3, '/0'],
  ['a raw NUL in a key', '{"a\0":1}', 'json/control-character', 3],
  ['the last of the raw control characters', '["\x1f"]', 'json/control-character', 2, '/0'],
  ['a raw tab in a string', '["\t"]', 'json/control-character', 2, '/0'],
  ['a hexadecimal escape', '["\\x41"]', 'json/escape', 2, '/0'],
  ['an escaped single quote', '["\\\'"]', 'json/escape', 2, '/0'],
  ['an escaped line end', '["a\\\nb"]', 'json/escape', 3, '/0'],
  ['a code point escape', '["\\u{41}"]', 'json/escape', 2, '/0'],
  ['a short escape', '["\\u12"]', 'json/escape', 2, '/0'],
  ['an upper-case U', '["\\U0041"]', 'json/escape', 2, '/0'],
]

describe('what two decoders could read differently is refused, and the fault says where', () => {
  test.each(refused.map((row) => [row[0], row] as const))('%s', (_, [, document, rule, offset, path]) => {
    const fault = faultOf(read(document))
    expect({ rule: fault.rule, offset: fault.offset, path: fault.path }).toEqual({ rule, offset, path })
    expect(fault.explain).toContain(`byte ${offset}`)
  })

  test('the same, spread over white space, so that the quick way is never taken', () => {
    for (const [name, document, rule] of refused) {
      if (typeof document === 'string' && rule !== 'json/empty') {
        expect(faultOf(read(` ${document}`)).rule, name).toBe(rule)
      }
    }
  })

  test('the same, inside a large document, which is surveyed before it is parsed', () => {
    const filler = `[${Array.from({ length: 4000 }, (_, index) => `{"n":${index}}`).join(',')}]`
    for (const [name, document, rule] of refused) {
      const cut = name.startsWith('an open') || rule === 'json/empty' || rule === 'json/trailing'
      if (typeof document !== 'string' || cut) continue
      expect(faultOf(read(`{"filler":${filler},"x":${document}}`)).rule, name).toBe(rule)
    }
  })

  test('an explanation repeats keys only shortened and made visible', () => {
    const key = `\u001b[31m${'k'.repeat(100)}`
    const { explain, path } = faultOf(read(JSON.stringify({ [key]: [{ s: '\ud800' }] })))
    expect(explain).toBe(`an escape in a string is half a surrogate pair (byte 121, ${path})`)
    expect(path).toBe(`/\\u{1b}[31m${'k'.repeat(35)}…/0/s`)
  })

  test('an explanation never repeats a value', () => {
    const { explain } = faultOf(read('{"token":"s3cret","token":"s3cret"}'))
    expect(explain).not.toContain('s3cret')
  })

  test('every rule has an attack here or among the budgets', () => {
    const budgets = ['json/too-large', 'json/too-deep', 'json/too-many-keys', 'json/too-many-values']
    const covered = new Set([
      ...refused.map(([, , rule]) => rule),
      ...budgets,
      'json/long-string',
      'json/long-number',
    ])
    // No document is known on which our two readings disagree; the fuzz test looks for one.
    expect(Object.keys(JSON_RULES).filter((rule) => !covered.has(rule))).toEqual(['json/disagreement'])
  })
})

describe('a document with one reading is accepted as what JSON.parse reads', () => {
  test.each([
    ['a compact object', '{"a":1,"b":[true,false,null],"c":{"d":"e"}}', true],
    ['a text alone', '"a"', true],
    ['a number alone', '-12.5', true],
    ['true alone', 'true', true],
    ['an empty object', '{}', true],
    ['an empty array', '[]', true],
    ['an empty key', '{"":0}', true],
    ['white space of the four kinds', ' \t\r\n{ "a" : [ 1 , 2 ] } \n', false],
    ['white space behind only', '{"a":1}\n', false],
    ['a colon with a space inside a string', '["a: b"]', true],
    ['pretty-printed', '{\n  "a": [\n    1,\n    2\n  ]\n}', false],
    ["Python's separators", '{"a": 1, "b": [1, 2]}', false],
    ["Python's escapes", '{"a":"\\u00e9\\ud83d\\ude00"}', false],
    ["Go's escapes", '{"a":"\\u003cb\\u003e \\u0026"}', false],
    ["PHP's escapes", '{"a":"https:\\/\\/example.com"}', false],
    ['control characters as JSON.stringify writes them', '["\\u0000\\u001f\\n\\t\\"\\\\\\b\\f\\r"]', true],
    ['the same in upper case', '["\\u001F"]', false],
    ['raw characters of every plane', '["é€😀\u2028\u2029\u007f"]', true],
    ['escaped backslashes before what would be a surrogate', '["\\\\ud800"]', true],
    ['escaped backslashes before what would be NUL, in a key', '{"\\\\u0000":1}', true],
    ['backslashes at the end of strings', '["\\\\","\\\\\\\\","\\\\\\""]', true],
    ['the same with spaces', '["\\\\", "\\\\\\\\", "\\\\\\""]', false],
    ['the same in long strings', `["${'x'.repeat(50)}\\\\", "${'x'.repeat(50)}\\"]"]`, false],
    ['brackets and colons in strings', '["{[", "]}", ":,"]', false],
    ['keys that differ in case', '{"name":1,"Name":2}', true],
    ['keys that differ in normal form', '{"\u00e9":1,"e\u0301":2}', true],
    ['index-like keys in their order', '{"1":1,"2":2,"a":3}', true],
    ['index-like keys out of order', '{"a":3,"2":2,"1":1}', false],
    ['noncharacters', '["\uffff\u{10ffff}\ufdd0"]', true],
    ['a byte order mark inside a string', '["\ufeff"]', true],
  ])('%s', (_, document, canonical) => {
    const parse = read(document)
    expect(parse).toEqual({ ok: true, value: JSON.parse(document), canonical })
    expect(parse.ok && writeJson(parse.value) === document).toBe(canonical)
  })

  test('any view on bytes is read, not only a Buffer, and only its part', () => {
    const whole = new TextEncoder().encode('xx{"é": 1.0}yy')
    const parse = parseJson(whole.subarray(2, -2))
    expect(parse.ok && writeJson(parse.value)).toBe('{"é":1.0}')
  })
})

describe('keys that mean something to JavaScript are plain keys and change no prototype', () => {
  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'toJSON', 'valueOf'])(
    '%s',
    (key) => {
      for (const document of [`{"${key}":{"polluted":1.0}}`, `{"a": {"${key}": {"polluted": 1.0}}}`]) {
        const parse = read(document)
        expect(parse.ok && writeJson(parse.value)).toBe(document.replaceAll(' ', ''))
        expect(parse.ok && Object.getPrototypeOf(parse.value)).toBe(Object.prototype)
        expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
      }
    },
  )
})
