import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { checkCommand, type Shell } from './index.ts'

const numRuns = Number(process.env.FUZZ_RUNS ?? 2000)
vi.setConfig({ testTimeout: 120_000 + numRuns * 20 })

const shells = fc.constantFrom<Shell>('sh', 'cmd', 'powershell')
const piece = fc.constantFrom(
  ...[
    'a',
    'git',
    ' ',
    "'",
    '"',
    '\\',
    '$',
    '`',
    ';',
    '|',
    '&',
    '-',
    '--',
    '=',
    '*',
    '{',
    ',',
    '}',
    '#',
    '~',
    '%',
    '!',
    '^',
    '\n',
    '\u{0}',
    '\u{2019}',
    '\u{2013}',
    'ext::',
    '@',
    '(',
  ],
)
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(piece, { maxLength: 20 }).map((parts) => parts.join('')),
)

it('no text makes it throw, and what it says of one is fit to be shown', () => {
  fc.assert(
    fc.property(hostile, shells, (text, shell) => {
      for (const decision of [
        checkCommand(text, { kind: 'value', shells: [shell] }),
        checkCommand(text, { kind: 'command', allow: ['git *', 'a *', 'git log *'], shell }),
      ])
        if (!decision.ok) expect(decision.explain).toMatch(/^[^\p{Cc}\p{Cf}]+$/u)
    }),
    { numRuns },
  )
})

it('a value that may stand anywhere may stand in each place, and ends no quotes around it', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      if (!checkCommand(text, { kind: 'value' }).ok) return
      for (const context of ['argument', 'bare', 'single', 'double'] as const)
        expect(checkCommand(text, { kind: 'value', context }).ok, context).toBe(true)
      // The words of a command line stay what they are around it.
      const within = checkCommand(`echo '${text}' "${text}" end`, { kind: 'command', allow: ['echo *'] })
      expect(within.ok ? within.words.length : within.explain).toBe(4)
    }),
    { numRuns },
  )
})

it('words that are quoted for a shell come out as they went in', () => {
  const word = fc.string({ maxLength: 12 }).filter((text) => !/[\p{Cc}\u2028\u2029]/u.test(text))
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const quoted = ['echo', ...words.map((one) => `'${one.replaceAll("'", "'\\''")}'`)].join(' ')
      const decision = checkCommand(quoted, { kind: 'command', allow: ['echo *'] })
      if (decision.ok) expect(decision.words).toEqual(['echo', ...words])
      // What reads as an address that runs something is refused as a word, not as a quote.
      else expect(decision.rule).toMatch(/^command\/(?:transport|assignment|option)$/)
    }),
    { numRuns },
  )
})

it('no text takes more than linear time: a megabyte of every beginning is done at once', () => {
  const beginnings = [
    'a',
    ' ',
    '-',
    ' -',
    '\\',
    "'",
    '"',
    '%',
    '!',
    'ext::',
    ' ext::',
    '@-',
    '://',
    'A=',
    '{',
    ',',
    '..',
    '#',
    '~',
    '-5 ',
    '*a',
    'a*',
  ]
  for (const beginning of beginnings) {
    const evil = beginning.repeat(Math.ceil(1_048_576 / beginning.length))
    const started = performance.now()
    checkCommand(evil, { kind: 'value', maxLength: 8 << 20 })
    checkCommand(`git log ${evil}`, {
      kind: 'command',
      allow: ['git log *', 'git log *a*b*c*'],
      maxLength: 8 << 20,
    })
    expect(performance.now() - started, `repeating ${beginning}`).toBeLessThan(30_000)
  }
})
