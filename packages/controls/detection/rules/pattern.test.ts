import { describe, expect, it, test } from 'vitest'
import { conceptId } from '../words/concepts.ts'
import { hashWord } from '../words/hash.ts'
import { Matcher, parsePattern } from './pattern.ts'

/** Words as a test writes them: `user` is a word, `USER` is a word with that concept, `TELL+USER` one with both. */
const tokens = (sentence: string) =>
  sentence.split(' ').map((word) => ({
    word: hashWord(word.toLowerCase()),
    concepts: word === word.toLowerCase() ? [] : word.split('+').map((name) => conceptId(name.toLowerCase())),
  }))

const matches = (pattern: string, sentence: string) =>
  new Matcher([parsePattern(pattern)]).matches(tokens(sentence)).map(({ from, to }) => [from, to])

describe('a pattern', () => {
  test.each([
    ['NOT TELL USER', 'NOT TELL USER', [[0, 2]]],
    ['NOT TELL USER', 'NOT a b TELL USER', [[0, 4]]],
    ['NOT TELL USER', 'NOT a b c TELL USER', []],
    ['NOT ..0 TELL', 'NOT TELL', [[0, 1]]],
    ['NOT ..0 TELL', 'NOT a TELL', []],
    ['NOT TELL|SHOW', 'NOT SHOW', [[0, 1]]],
    ['NOT USER', 'USER NOT', []],
    ['NOT secretly', 'NOT a secretly', [[0, 2]]],
    ['NOT ..5 !but|or TELL', 'NOT a TELL', [[0, 2]]],
    ['NOT ..5 !but|or TELL', 'NOT but TELL', []],
    ['NOT ..5 !but|or TELL', 'but NOT a TELL', [[1, 3]]],
  ])('%s in "%s"', (pattern, sentence, found) => {
    expect(matches(pattern, sentence)).toEqual(found)
  })

  it('takes the latest place of a step, from which there is most room', () => {
    expect(matches('NOT ..1 TELL', 'NOT NOT a TELL')).toEqual([[1, 3]])
  })

  it('does not take one word for two steps', () => {
    expect(matches('TELL USER', 'TELL+USER')).toEqual([])
    expect(matches('TELL USER', 'TELL+USER USER')).toEqual([[0, 1]])
  })

  it('does not reach from one sentence into the next', () => {
    const matcher = new Matcher([parsePattern('NOT ..9 TELL')])
    expect(matcher.matches(tokens('a NOT'))).toEqual([])
    expect(matcher.matches(tokens('TELL'))).toEqual([])
  })

  it('must be made of concepts that there are', () => {
    expect(() => new Matcher([parsePattern('NOT TELLS')])).toThrow('no concept is called "tells"')
  })
})
