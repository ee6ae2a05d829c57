import { describe, expect, test } from 'vitest'
import { foldedMember } from './index.ts'

const MEMBERS = new Set([
  'jsonrpc',
  'id',
  'method',
  'params',
  'name',
  'uri',
  'task',
  'taskId',
  '_meta',
  'cursor',
])

describe('a key that another decoder could take for a protocol member is named', () => {
  test.each([
    ['upper case (Go encoding/json)', 'METHOD', 'method'],
    ['one capital', 'Name', 'name'],
    ['a capital inside', 'jsonRpc', 'jsonrpc'],
    ['lower case of a member with a capital', 'taskid', 'taskId'],
    ['all capitals of a member with a capital', 'TASKID', 'taskId'],
    ['underscore and capitals', '_META', '_meta'],
    ['the long s', 'param\u017f', 'params'],
    ['the long s and capitals', 'PARAM\u017f', 'params'],
    ['the Kelvin sign', 'tas\u212a', 'task'],
    ['both', 'TA\u017f\u212aId', 'taskId'],
    ['the dotless i (Java)', 'ur\u0131', 'uri'],
    ['the dotted capital I (Java)', '\u0130d', 'id'],
    ['NUL behind', 'name\0', 'name'],
    ['NUL and more behind', 'name\0x', 'name'],
    ['NUL and case', 'NAME\0\0', 'name'],
    ['NUL before', '\0name', 'name'],
    ['NUL inside', 'na\0me', 'name'],
    ['a space behind', 'name ', 'name'],
    ['a space before', ' name', 'name'],
    ['a tab', 'name\t', 'name'],
    ['a line end', 'name\r\n', 'name'],
    ['a no-break space', '\u00a0name', 'name'],
    ['an ideographic space', 'name\u3000', 'name'],
    ['a zero width space', 'na\u200bme', 'name'],
    ['a zero width joiner', 'name\u200d', 'name'],
    ['a byte order mark', '\ufeffname', 'name'],
    ['a soft hyphen', 'na\u00adme', 'name'],
    ['a bidirectional override', '\u202ename', 'name'],
    ['a variation selector', 'name\ufe0f', 'name'],
    ['a tag character', 'name\u{e0041}', 'name'],
    ['a Hangul filler', 'name\u3164', 'name'],
    ['DEL', 'name\u007f', 'name'],
    ['full width', '\uff4e\uff41\uff4d\uff45', 'name'],
    ['full width capitals', '\uff2eame', 'name'],
    ['mathematical letters', '\u{1d427}ame', 'name'],
    ['circled letters', '\u24d8d', 'id'],
  ])('%s', (_, key, member) => {
    expect(foldedMember(key, MEMBERS)).toBe(member)
  })
})

describe('a key that is a member, or has nothing to do with one, is left alone', () => {
  test.each([
    ['method'],
    ['_meta'],
    ['taskId'],
    ['nickname'],
    ['names'],
    ['meta'],
    ['na me'],
    ['na-me'],
    [''],
    [' '],
    ['\0'],
    ['\u200b'],
    ['x'.repeat(10_000)],
    ['io.modelcontextprotocol/protocolVersion'],
    ['n\u0430me'], // a Cyrillic letter: looks alike, but no decoder takes it for one
    ['nàme'],
    ['имя'],
    ['名前'],
    ['__proto__'],
  ])('%j', (key) => {
    expect(foldedMember(key, MEMBERS)).toBeUndefined()
  })
})

describe('it costs next to nothing for an ordinary key, and little for a hostile one', () => {
  test('a million ordinary keys in well under a second', () => {
    const keys = ['verbose', 'includeHidden', 'x-request-id', 'limit']
    const before = process.cpuUsage()
    for (let round = 0; round < 250_000; round++) for (const key of keys) foldedMember(key, MEMBERS)
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500)
  })

  test.each([
    ['letters', 'ſ'.repeat(1_000_000)],
    ['what is ignored', `name${'\u200b'.repeat(1_000_000)}`],
    ['NUL', `${'\0'.repeat(1_000_000)}name`],
    ['ASCII', 'n'.repeat(1_000_000)],
    ['ligatures that grow when normalised', '\ufdfa'.repeat(1_000_000)],
  ])('a key of a million times %s', (_, key) => {
    const before = process.cpuUsage()
    foldedMember(key, MEMBERS)
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(300)
  })
})
