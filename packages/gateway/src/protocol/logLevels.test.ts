import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLogLevel, LOG_LEVELS, levelAllows } from './logLevels.ts'

describe('log levels', () => {
  it.each(['warn', 'WARNING', 'Error', '', 'constructor', 3, null, undefined, ['error']])(
    '%j is none',
    (value) => {
      expect(isLogLevel(value)).toBe(false)
      for (const asked of LOG_LEVELS) expect(levelAllows(asked, value)).toBe(false)
    },
  )

  it('a client hears the level it asked for and the graver ones, and no other', () => {
    const level = fc.nat({ max: LOG_LEVELS.length - 1 })
    fc.assert(
      fc.property(level, level, (asked, said) => {
        const [a, b] = [LOG_LEVELS[asked], LOG_LEVELS[said]]
        expect(isLogLevel(a) && levelAllows(a, b)).toBe(said >= asked)
      }),
    )
  })
})
