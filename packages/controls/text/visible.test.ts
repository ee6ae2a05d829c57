import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { visible } from './index.ts'

const numRuns = Number(process.env.FUZZ_RUNS ?? 300)

describe('text from outside cannot act on the terminal or log it is printed to', () => {
  const attacks: readonly [string, string, string][] = [
    ['ANSI that clears the screen', 'ok\u001b[2Jgone', 'ok\\u{1b}[2Jgone'],
    ['the one-byte CSI of C1', 'a\u009b31m', 'a\\u{9b}31m'],
    ['a line feed that forges a log line', 'user\n2026 info approved', 'user\\u{a}2026 info approved'],
    ['a carriage return that overwrites the line', 'evil\rgood', 'evil\\u{d}good'],
    ['a backspace that rubs out', 'no\b\byes', 'no\\u{8}\\u{8}yes'],
    ['NUL', 'a\0b', 'a\\u{0}b'],
    ['DEL', 'a\u007f', 'a\\u{7f}'],
    ['line and paragraph separators', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
    ['a bidirectional override', 'file\u202etxt.exe', 'file\\u{202e}txt.exe'],
    ['bidirectional isolates', '\u2066a\u2069', '\\u{2066}a\\u{2069}'],
    ['zero width characters', 'ad\u200bm\u200din\ufeff', 'ad\\u{200b}m\\u{200d}in\\u{feff}'],
    ['a soft hyphen', 'ad\u00admin', 'ad\\u{ad}min'],
    ['tag characters that spell a hidden order', 'a\u{e0041}\u{e0042}', 'a\\u{e0041}\\u{e0042}'],
    ['code points that Unicode keeps for invisible characters', 'a\u2065\u{e0fff}', 'a\\u{2065}\\u{e0fff}'],
    ['variation selectors, which can carry bytes', 'a\ufe00\u{e0100}', 'a\\u{fe00}\\u{e0100}'],
    [
      'Hangul fillers, which look like nothing',
      'a\u3164\u115f\u1160\uffa0',
      'a\\u{3164}\\u{115f}\\u{1160}\\u{ffa0}',
    ],
    ['the Khmer vowels and the grapheme joiner that show nothing', '\u17b4\u034f', '\\u{17b4}\\u{34f}'],
    ['private use characters', '\ue000', '\\u{e000}'],
    ['half a surrogate pair', 'a\ud800', 'a\\u{d800}'],
  ]
  test.each(attacks)('%s', (_, text, shown) => {
    expect(visible(text)).toBe(shown)
  })

  test.each([
    ['plain text', 'read_file: /project/src/index.ts'],
    ['letters of every script', 'Zürich, Ωμέγα, Привет, 東京, שלום, العربية, नमस्ते'],
    ['combining accents', 'e\u0301'],
    ['emoji', '🚀 done ✅'],
    ['spaces', 'a b\u00a0c'],
    ['a backslash', 'C:\\Users'],
    ['nothing', ''],
  ])('%s stays as it is', (_, text) => {
    expect(visible(text)).toBe(text)
  })

  test('whatever comes in, what comes out has nothing unsafe, and is shown the same twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = visible(text)
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u)
        expect(visible(shown)).toBe(shown)
      }),
      { numRuns },
    )
  })
})
