import { describe, expect, it } from 'vitest'
import { type JsonValue, parseJson } from '../json/index.ts'
import { compileSchema, type SchemaVerdict } from './index.ts'

/** Read like a message, so that numbers stay as they are written. */
function json(text: string): JsonValue {
  const parsed = parseJson(Buffer.from(text))
  if (!parsed.ok) throw new Error(`${text}: ${parsed.fault.rule}`)
  return parsed.value
}

function check(schema: string, value: string, maxSteps?: number): SchemaVerdict {
  const compiled = compileSchema(json(schema), maxSteps)
  if (!compiled.ok) throw new Error(`${compiled.where} ${compiled.explain}`)
  return compiled.schema.check(json(value))
}

const fits = (schema: string, value: string): boolean => check(schema, value).kind === 'valid'

describe('a value', () => {
  // Schema, what fits, what does not.
  it.each([
    ['true', ['null', '{"a":1}'], []],
    ['false', [], ['null']],
    ['{"type":"string"}', ['"a"'], ['1', 'null', '["a"]']],
    ['{"type":["string","null"]}', ['"a"', 'null'], ['1']],
    ['{"type":"integer"}', ['1', '1.0', '1e3', '9007199254740993', '-0'], ['1.5', '"1"', '1e-1', 'true']],
    ['{"type":"number"}', ['1', '1.5', '1e400', '9007199254740993'], ['"1"', '{"rawJSON":"1"}']],
    ['{"type":"str"}', ['"a"'], ['1']],
    ['{"type":["float","none"]}', ['1.5', 'null'], ['"a"']],
    ['{"type":"any"}', ['1', '"a"'], []],
    ['{"type":"object"}', ['{}'], ['[]', '1.0', 'null']],
    ['{"enum":["a",1,{"b":[1]}]}', ['"a"', '1.0', '{"b":[1e0]}'], ['"A"', 'true', '{"b":[1,1]}']],
    ['{"enum":["a","b"]}', ['"a"'], ['"c"', '1']],
    ['{"const":null}', ['null'], ['0', 'false', '""']],
    ['{"const":9007199254740993}', ['9007199254740993'], ['9007199254740992', '9007199254740994']],
    ['{"minimum":0}', ['0', '-0', '1e400'], ['-1', '-1e-400', '-1e400']],
    ['{"maximum":9007199254740992}', ['9007199254740992'], ['9007199254740993']],
    ['{"exclusiveMinimum":0}', ['1e-400', '1'], ['0', '-0']],
    ['{"exclusiveMaximum":1}', ['0.9999999999999999999'], ['1', '1.0']],
    ['{"multipleOf":0.01}', ['0.07', '19.99', '1e2'], ['0.075']],
    ['{"multipleOf":3}', ['9', '-3', '0'], ['10', '9007199254740993.5']],
    ['{"minLength":2}', ['"ab"', '"\u{1f600}\u{1f600}"'], ['"a"', '"\u{1f600}"']],
    ['{"maxLength":2}', ['"\u{1f600}\u{1f600}"', '7'], ['"abc"', '"\u{1f600}\u{1f600}\u{1f600}"']],
    ['{"pattern":"^[a-z]+$"}', ['"abc"', '1'], ['"ab1"', '""']],
    ['{"items":{"type":"integer"}}', ['[]', '[1,2]', '"x"'], ['["1"]', '[1,null]']],
    ['{"prefixItems":[{"const":1}],"items":false}', ['[1]', '[]'], ['[2]', '[1,2]']],
    ['{"items":[{"const":1}],"additionalItems":false}', ['[1]', '[]'], ['[2]', '[1,2]']],
    ['{"minItems":1,"maxItems":2}', ['[1]', '[1,2]'], ['[]', '[1,2,3]']],
    ['{"uniqueItems":true}', ['[1,2,"1"]', '[[1],[2]]'], ['[1,1.0]', '[{"a":1,"b":2},{"b":2,"a":1}]']],
    ['{"contains":{"const":1},"maxContains":1}', ['[0,1]'], ['[]', '[1,1]']],
    ['{"contains":{"const":1},"minContains":0}', ['[]'], []],
    ['{"required":["a"]}', ['{"a":null}', '1'], ['{}', '{"A":1}']],
    ['{"required":["__proto__"]}', ['{"__proto__":1}'], ['{}']],
    ['{"required":["toString"]}', ['{"toString":1}'], ['{}']],
    ['{"properties":{"__proto__":{"type":"integer"}}}', ['{"__proto__":1}', '{}'], ['{"__proto__":"x"}']],
    [
      '{"properties":{"a":{}},"additionalProperties":false}',
      ['{"a":1}', '{}'],
      ['{"b":1}', '{"__proto__":1}', '{"constructor":1}', '{"A":1}'],
    ],
    ['{"properties":{"a":{}},"additionalProperties":{"type":"null"}}', ['{"a":1,"b":null}'], ['{"b":1}']],
    ['{"patternProperties":{"^x-":{"type":"string"}}}', ['{"x-a":"b","y":1}'], ['{"x-a":1}']],
    ['{"propertyNames":{"maxLength":3}}', ['{"abc":1}'], ['{"abcd":1}']],
    ['{"minProperties":1,"maxProperties":1}', ['{"a":1}'], ['{}', '{"a":1,"b":1}']],
    ['{"dependentRequired":{"a":["b"]}}', ['{"b":1}', '{"a":1,"b":1}'], ['{"a":1}']],
    ['{"dependentSchemas":{"a":{"required":["b"]}}}', ['{"b":1}', '{"a":1,"b":1}'], ['{"a":1}']],
    ['{"dependencies":{"a":["b"],"c":{"required":["d"]}}}', ['{"a":1,"b":1}'], ['{"a":1}', '{"c":1}']],
    ['{"allOf":[{"type":"integer"},{"minimum":1}]}', ['1'], ['0', '1.5']],
    ['{"anyOf":[{"type":"integer"},{"type":"null"}]}', ['1', 'null'], ['"1"']],
    ['{"oneOf":[{"type":"integer"},{"minimum":2}]}', ['1', '2.5'], ['2', '1.5']],
    ['{"not":{"type":"null"}}', ['1'], ['null']],
    ['{"if":{"const":1},"then":true,"else":{"type":"string"}}', ['1', '"a"'], ['2']],
    ['{"$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}}', ['null'], ['1']],
    ['{"$ref":"#/definitions/a~1b","definitions":{"a/b":{"type":"null"}}}', ['null'], ['1']],
    ['{"$ref":"#n","$defs":{"a":{"$anchor":"n","type":"null"}}}', ['null'], ['1']],
    [
      '{"properties":{"next":{"$ref":"#"}},"additionalProperties":false}',
      ['{"next":{"next":{}}}'],
      ['{"next":{"x":1}}'],
    ],
    ['{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}', ['{"a":1}'], ['{"b":1}']],
    ['{"prefixItems":[true],"unevaluatedItems":{"type":"null"}}', ['[1,null]'], ['[1,1]']],
    [
      '{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/a","type":"null","definitions":{"a":{"type":"integer"}}}',
      ['1'],
      ['null'],
    ],
    [
      '{"$schema":"http://json-schema.org/draft-04/schema#","minimum":1,"exclusiveMinimum":true}',
      ['2'],
      ['1'],
    ],
  ])('by %s', (schema, good, bad) => {
    expect(good.filter((value) => !fits(schema, value))).toEqual([])
    expect(bad.filter((value) => fits(schema, value))).toEqual([])
  })
})

describe('what is said', () => {
  const schema =
    '{"type":"object","properties":{"user":{"properties":{"age":{"type":"integer"},"a/b":{"enum":["x","y"]}},"additionalProperties":false}},"required":["user"]}'

  it.each([
    ['{}', '', 'required', 'have the member "user"'],
    ['{"user":{"age":"hunter2"}}', '/user/age', 'type', 'be a whole number'],
    ['{"user":{"a/b":"hunter2"}}', '/user/a~1b', 'enum', 'be "x" or "y"'],
    [
      '{"user":{"role":"hunter2"}}',
      '/user',
      'additionalProperties',
      'have no member "role", which is not declared',
    ],
  ])('of %s names the place and what was expected, never the value', (value, where, keyword, expected) => {
    const verdict = check(schema, value)
    expect(verdict).toEqual({ kind: 'invalid', error: { where, keyword, expected } })
    expect(JSON.stringify(verdict)).not.toContain('hunter2')
  })

  it('of alternatives names them where they differ by type or value', () => {
    expect(check('{"anyOf":[{"type":"integer"},{"type":"null"}]}', '"a"')).toMatchObject({
      error: { where: '', keyword: 'anyOf', expected: 'be of type "integer" or of type "null"' },
    })
  })

  it('shows no control characters and no end of texts of the server', () => {
    const long = check(`{"required":["${'a'.repeat(5_000)}"]}`, '{}')
    expect(JSON.stringify(long).length).toBeLessThan(300)
    const control = check('{"required":["\\u001b[31m\\u202e"]}', '{}')
    const said = control.kind === 'invalid' ? control.error.expected : ''
    expect(said).toContain('have the member')
    expect(said.includes('\u001b') || said.includes('\u202e')).toBe(false)
  })

  it('reports what is not declared where the schema leaves that open, and nothing where several schemas look', () => {
    const open = '{"properties":{"a":{"properties":{"b":true}}}}'
    expect(check(open, '{"a":{"b":1,"c":1},"__proto__":1}')).toEqual({
      kind: 'valid',
      undeclared: ['/a/c', '/__proto__'],
    })
    const several = '{"properties":{"a":true},"allOf":[{"properties":{"b":true}}]}'
    expect(check(several, '{"b":1}')).toEqual({ kind: 'valid', undeclared: [] })
    expect(check('{}', '{"b":1}')).toEqual({ kind: 'valid', undeclared: [] })
  })
})

describe('a schema', () => {
  it.each([
    ['{"$ref":"https://attacker.example/s.json"}', '/$ref', 'never fetched'],
    ['{"$ref":"other.json"}', '/$ref', 'never fetched'],
    ['{"$ref":"file:///etc/passwd"}', '/$ref', 'never fetched'],
    ['{"properties":{"a":{"$ref":"#/nowhere"}}}', '/properties/a/$ref', 'not there'],
    ['{"$ref":"#/$defs/__proto__","$defs":{}}', '/$ref', 'not there'],
    ['{"$ref":"#nowhere"}', '/$ref', 'not there'],
    ['{"$ref":"#/%zz"}', '/$ref', 'encoded wrongly'],
    ['{"$ref":7}', '/$ref', 'must be a text'],
    ['{"properties":{"a":{"pattern":"(a)\\\\1"}}}', '/properties/a/pattern', 'refers back'],
    ['{"patternProperties":{"(?<=a)b":true}}', '/patternProperties/(?<=a)b', 'looks behind'],
    ['{"type":7}', '/type', 'name of a type'],
    ['{"properties":{"a":7}}', '/properties/a', 'neither an object'],
    ['{"properties":[]}', '/properties', 'must be an object'],
    ['{"allOf":{}}', '/allOf', 'must be an array'],
    ['{"required":"a"}', '/required', 'must be an array of texts'],
    ['{"required":[1]}', '/required', 'must be an array of texts'],
    ['{"minLength":-1}', '/minLength', 'at least 0'],
    ['{"minLength":"1"}', '/minLength', 'must be a number'],
    ['{"multipleOf":0}', '/multipleOf', 'more than 0'],
    ['{"enum":"a"}', '/enum', 'must be an array'],
    ['{"$schema":"https://attacker.example/dialect"}', '/$schema', 'dialect'],
  ])('%s can check nothing, and says where', (schema, where, explain) => {
    expect(compileSchema(json(schema))).toMatchObject({
      ok: false,
      where,
      explain: expect.stringContaining(explain),
    })
  })

  it('of patterns that would fill the memory is refused', () => {
    const anyOf = Array.from({ length: 5_000 }, (_, index) => ({ pattern: `a{4000}${index}` }))
    expect(compileSchema({ anyOf })).toMatchObject({ ok: false, explain: expect.stringContaining('states') })
  })

  it('of more schemas than anybody writes is refused', () => {
    const many = { allOf: Array.from({ length: 20_001 }, () => ({})) }
    expect(compileSchema(many)).toMatchObject({ ok: false, explain: expect.stringContaining('more than') })
  })

  it.each([
    ['refers to itself', '{"$ref":"#"}', '1'],
    [
      'refers to itself by a detour',
      '{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}',
      '1',
    ],
    [
      'takes exponential time in the depth of the value',
      '{"type":"array","anyOf":[{"items":{"$ref":"#"},"maxItems":1},{"items":{"$ref":"#"},"minItems":1}]}',
      `${'['.repeat(50)}1${']'.repeat(50)}`,
    ],
    [
      'takes quadratic time in the length of the value',
      `{"type":"string","anyOf":[${Array.from({ length: 300 }, () => '{"pattern":"(a*)*b"}').join()}]}`,
      `"${'a'.repeat(100_000)}"`,
    ],
    ['divides what is too far apart', '{"multipleOf":1e-9999}', '1.5'],
  ])('that %s ends without an answer, not in a gateway that hangs', (_, schema, value) => {
    expect(check(schema, value, 500_000)).toEqual({ kind: 'exhausted' })
  })

  it('compares numbers that nobody could write out', () => {
    expect(fits('{"minimum":1e999999999}', '1e999999998')).toBe(false)
    expect(fits('{"maximum":1e999999999}', '1e999999998')).toBe(true)
    expect(fits('{"enum":[1e999999999]}', '1e999999999')).toBe(true)
  })

  it('is never run as program text', () => {
    const evil = '"];globalThis.owned=1;[""'
    const schema = {
      properties: { [evil]: { enum: [evil], pattern: 'z', $comment: evil } },
      required: [evil],
    }
    const compiled = compileSchema(schema)
    expect(compiled.ok && compiled.schema.check({ [evil]: evil }).kind).toBe('invalid')
    expect('owned' in globalThis).toBe(false)
  })
})
