import { describe, expect, test } from 'vitest'
import { canonicalJson, type JsonValue, parseJson } from './index.ts'

const native = (document: string) => JSON.parse(document) as JsonValue

describe('canonical JSON is that of RFC 8785', () => {
  test('3.2.2: literals, strings and numbers', () => {
    const document = `{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`
    expect(canonicalJson(native(document))).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  test('3.2.3: keys are sorted by UTF-16 units, not by code points or locale', () => {
    const document = `{
      "\\u20ac": "Euro Sign", "\\r": "Carriage Return", "\\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\\ud83d\\ude00": "Emoji: Grinning Face", "\\u0080": "Control", "\\u00f6": "Latin Small Letter O With Diaeresis"
    }`
    expect(canonicalJson(native(document))).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
        '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    )
  })

  // Appendix B: IEEE 754 bits and the text they must have.
  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('appendix B: %s is %s', (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text)
  })

  test.each([['NaN'], ['Infinity'], ['-Infinity']])('%s is refused: JSON cannot say it', (number) => {
    expect(() => canonicalJson({ a: [Number(number)] })).toThrow(TypeError)
  })

  test.each([
    ['as a value', { a: '\ud800' }],
    ['as a key', { '\udc00': 1 }],
  ])('half a pair %s is refused', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  })
})

describe('what pins and digests rely on', () => {
  test('the order of keys, white space and escapes do not matter', () => {
    const one = parseJson(Buffer.from('{"b":{"2":1,"10":2},"a":"é"}'))
    const two = parseJson(Buffer.from('{ "a": "\\u00e9", "b": { "10": 2, "2": 1 } }'))
    expect(one.ok && canonicalJson(one.value)).toBe('{"a":"é","b":{"10":2,"2":1}}')
    expect(two.ok && canonicalJson(two.value)).toBe(one.ok && canonicalJson(one.value))
  })

  test('numbers that only a double makes equal stay different', () => {
    const texts = ['9007199254740993', '9007199254740992', '1', '1.0', '-0', '0', '1e400'].map((text) => {
      const parse = parseJson(Buffer.from(text))
      return parse.ok ? canonicalJson(parse.value) : 'refused'
    })
    expect(texts).toEqual(['9007199254740993', '9007199254740992', '1', '1.0', '-0', '0', '1e400'])
  })

  test('members that are undefined are left out, __proto__ is not', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}')
    expect(canonicalJson(native('{"b":1,"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1},"b":1}')
  })

  test.each([
    [null, 'null'],
    [true, 'true'],
    ['', '""'],
    [[], '[]'],
    [{}, '{}'],
    [[[], {}, [null]], '[[],{},[null]]'],
  ] as const)('%j is %s', (value, text) => {
    expect(canonicalJson(value as JsonValue)).toBe(text)
  })
})
