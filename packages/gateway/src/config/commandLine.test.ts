// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what people write in commands
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitCommand } from './commandLine.ts'

const wordsOf = (command: string) => {
  const split = splitCommand(command)
  return split.ok ? split.words.map(({ text, home }) => (home ? `HOME:${text}` : text)) : split.advice.explain
}

test.each([
  ['npx -y server ~/code', ['npx', '-y', 'server', 'HOME:~/code']],
  ['  a \t b  ', ['a', 'b']],
  [`a "b c" 'd "e'`, ['a', 'b c', 'd "e']],
  [`a "b \\"c\\" \\\\ \\n"`, ['a', 'b "c" \\ \\n']],
  ['a b\\ c', ['a', 'b c']],
  [`a '' ""`, ['a', '', '']],
  [`a x'y'"z"`, ['a', 'xyz']],
  [`a 'b|c' 'd;e' '$(f)' '\`g\`' "h|i>j"`, ['a', 'b|c', 'd;e', '$(f)', '`g`', 'h|i>j']],
  [`a '~/b' "~/c" \\~/d x~/e ~user/f ~`, ['a', '~/b', '~/c', '~/d', 'x~/e', '~user/f', 'HOME:~']],
  [`'C:\\Program Files\\x.exe' a`, ['C:\\Program Files\\x.exe', 'a']],
  ['uvx --from=x y delete_* a#b', ['uvx', '--from=x', 'y', 'delete_*', 'a#b']],
  ['a b\n', ['a', 'b']],
])('%s is split', (command, words) => {
  expect(wordsOf(command)).toEqual(words)
})

describe('what only a shell would understand is refused, never passed on', () => {
  test.each([
    'a | b',
    'a|b',
    'a || b',
    'a & b',
    'a && b',
    'a; b',
    'a > b',
    'a 2>&1',
    'a < b',
    'a `b`',
    'a $(b)',
    'a $B',
    'a ${B}',
    'a "$B"',
    'a "$(b)"',
    'a "`b`"',
    '(a)',
    'a # b',
    'a\nb',
    'a \\\nb',
    'A=1 b',
    "a 'b",
    'a "b',
    'C:\\tools\\x.exe',
    'a \\',
    '   ',
    '""',
    "'' b",
  ])('%j', (command) => {
    expect(typeof wordsOf(command)).toBe('string')
  })
})

test('words in single quotes come out as they went in, whatever they are', () => {
  const word = fc.string({ unit: 'binary' }).filter((text) => !text.includes("'"))
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(wordsOf(['program', ...words.map((text) => `'${text}'`)].join(' '))).toEqual([
        'program',
        ...words,
      ])
    }),
  )
})

test('unquoted, nothing with a sign of the shell gets through, and nothing throws', () => {
  const signs = fc
    .array(fc.constantFrom(...'|&;<>()`$\n\\"\'~# ax='), { maxLength: 12 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(signs, (text) => {
      const split = splitCommand(`program ${text}`)
      if (!split.ok) return
      const unquoted = text.replaceAll(/\\[^A-Za-z0-9]|'[^']*'|"(?:\\["\\]|[^"])*"/gu, '')
      expect(unquoted).not.toMatch(/[|&;<>()`$]/)
    }),
    { numRuns: 1000 },
  )
})

test.skipIf(process.platform === 'win32')('what is accepted means the same to a real shell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-command-'))
  try {
    const pieces = fc.constantFrom(
      ...'ab -=/.*?[]{}!@%^+,:#~"\'\\ \t',
      '~/',
      '\\"',
      '\\ ',
      "'|'",
      '";"',
      "'$x'",
      '\\*',
    )
    const command = fc.array(pieces, { maxLength: 15 }).map((parts) => `prog ${parts.join('')}`)
    let accepted = 0
    fc.assert(
      // A shell looks `~name` up in the user database; we leave it as it is.
      fc.property(
        command.filter((text) => !/~[^/\s]/.test(text)),
        (text) => {
          const split = splitCommand(text)
          if (!split.ok) return
          accepted++
          const ours = split.words.map(({ text: word, home }) => (home ? `/home/ada${word.slice(1)}` : word))
          // `set -f`: a glob stays what was written, as with us. In any folder `.*` would find `.` and `..`.
          const shell = execFileSync('/bin/sh', ['-c', `set -f; printf '%s\\0' ${text}`], {
            cwd: folder,
            env: { HOME: '/home/ada' },
          })
          expect(ours).toEqual(shell.toString().split('\0').slice(0, -1))
        },
      ),
      { numRuns: 200 },
    )
    expect(accepted).toBeGreaterThan(20)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
