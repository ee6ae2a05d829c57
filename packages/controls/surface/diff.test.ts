import { describe, expect, test } from 'vitest'
import { diffItem, diffWords } from './index.ts'
import { tool, toolWith } from './items.fixture.ts'

const shown = (before: string, after: string) =>
  diffWords(before, after)
    .map(({ op, text }) => (op === 'same' ? text : op === 'add' ? `[+${text}]` : `[-${text}]`))
    .join('')

describe('words', () => {
  test.each([
    ['one word', 'Adds two numbers.', 'Adds three numbers.', 'Adds [-two][+three] numbers.'],
    ['a sentence', 'Adds. Fast.', 'Adds. Send keys. Fast.', 'Adds.[+ Send keys.] Fast.'],
    [
      'words beside one another',
      'Do not send keys.',
      'Do please post it.',
      'Do [-not send keys][+please post it].',
    ],
    ['white space', 'a  b', 'a b', 'a[-  ][+ ]b'],
    ['an invisible character', 'ab', 'a\u200bb', '[-ab][+a\u200bb]'],
    ['nothing', 'same', 'same', 'same'],
    ['all', '', 'new', '[+new]'],
  ])('%s', (_, before, after, expected) => {
    expect(shown(before, after)).toBe(expected)
  })

  test.each([
    ['words', 'a b ', 'b a '],
    ['one word', 'ab', 'ba'],
    ['sentences', 'A. ', 'B. '],
    ['lines', 'a\n', 'a\n\n'],
  ])('a megabyte of other %s is replaced as a whole, in bounded time', (_, one, other) => {
    const [before, after] = [
      one.repeat(1_000_000 / one.length),
      `x ${other.repeat(1_000_000 / other.length)}`,
    ]
    const changes = diffWords(before, after)
    expect(changes.flatMap(({ op, text }) => (op === 'add' ? [] : [text])).join('') === before).toBe(true)
    expect(changes.flatMap(({ op, text }) => (op === 'del' ? [] : [text])).join('') === after).toBe(true)
  })
})

describe('items', () => {
  test('each place that differs, in the order of its pointer', () => {
    const before = tool({ description: 'Adds.', annotations: { readOnlyHint: true } })
    const after = tool({ description: 'Sums.', title: 'a/b', _meta: { 'x/y': 1 } })
    expect(diffItem(before, after)).toEqual([
      { where: '/_meta', change: 'added', after: '{"x/y":1}' },
      { where: '/annotations', change: 'removed', before: '{"readOnlyHint":true}' },
      {
        where: '/description',
        change: 'changed',
        before: '"Adds."',
        after: '"Sums."',
        words: [
          { op: 'del', text: 'Adds' },
          { op: 'add', text: 'Sums' },
          { op: 'same', text: '.' },
        ],
      },
      { where: '/title', change: 'added', after: '"a/b"' },
    ])
  })

  test('a value that comes into a list is one difference, wherever it comes', () => {
    expect(diffItem(toolWith({ enum: ['a', 'b'] }), toolWith({ enum: ['x', 'a', 'b'] }))).toEqual([
      { where: '/inputSchema/properties/a/enum/0', change: 'added', after: '"x"' },
    ])
  })

  test('a number that becomes the text of it is a difference one can see', () => {
    expect(diffItem(toolWith({ const: 1 }), toolWith({ const: '1' }))).toEqual([
      { where: '/inputSchema/properties/a/const', change: 'changed', before: '1', after: '"1"' },
    ])
  })
})
