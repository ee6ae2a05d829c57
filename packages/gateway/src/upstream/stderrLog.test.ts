import { describe, expect, test, vi } from 'vitest'
import { type LogFields, silentLog } from '../log.ts'
import { StderrLog } from './stderrLog.ts'

function open(redact = (text: string) => text) {
  const lines: { event: string; fields: LogFields }[] = []
  const add = (event: string, fields: LogFields = {}) => void lines.push({ event, fields })
  const clock = { now: 0 }
  const log = new StderrLog({
    serverId: 's',
    log: { ...silentLog, info: add, warn: add },
    redact,
    now: () => clock.now,
  })
  return { log, lines, clock, push: (text: string) => log.push(Buffer.from(text)) }
}

describe('standard error of a server', () => {
  test('becomes lines of the log, also the last one without a newline', () => {
    const { log, lines, push } = open()
    expect(push('one\r\n\ntw')).toBe(1)
    push('o\nthree')
    log.end()
    expect(lines.map((line) => line.fields.line)).toEqual(['one', 'two', 'three'])
    expect(lines[0]).toEqual({ event: 'upstream.stderr', fields: { server: 's', line: 'one' } })
  })

  test('cannot write to the terminal of whoever reads the log; colours are left out', () => {
    const { lines, push } = open()
    push('\u001b[31mred\u001b[0m\tand \u001b]0;title\u0007 \u202eevil\n')
    expect(lines[0]?.fields.line).toBe('red and \\u{1b}]0;title\\u{7} \\u{202e}evil')
  })

  test('is redacted before it is cut, so that no half of a secret gets through', () => {
    const secret = `sk-${'s'.repeat(40)}`
    const { lines, push } = open((text) => text.replaceAll(secret, '[secret]'))
    push(`${'x'.repeat(4080)}${secret}\n`)
    expect(lines[0]?.fields.line).not.toContain('sk-')
  })

  test('a long line is cut to 4 KiB', () => {
    const { lines, push } = open()
    push(`${'é'.repeat(5000)}\n${'y'.repeat(100_000)}\nnext\n`)
    expect(lines.map((line) => Buffer.byteLength(String(line.fields.line)))).toEqual([4099, 4099, 4])
  })

  test('a flood is bounded to 64 KiB a second, and what was dropped is counted', () => {
    vi.useFakeTimers()
    try {
      const { lines, push, clock } = open()
      const line = `${'z'.repeat(1023)}\n`
      push(line.repeat(1000))
      expect(lines).toHaveLength(64)
      vi.advanceTimersByTime(1000)
      expect(lines.at(-1)).toEqual({
        event: 'upstream.stderr.dropped',
        fields: { server: 's', lines: 936, bytes: 936 * 1023, note: 'dropped 936 lines' },
      })
      clock.now = 500
      push(line.repeat(1000))
      expect(lines).toHaveLength(65 + 32)
    } finally {
      vi.useRealTimers()
    }
  })

  test('the last twenty lines are kept, also those that a flood kept out of the log', () => {
    const { log, push } = open()
    for (let i = 0; i < 5000; i++) push(`${'z'.repeat(100)} ${i}\n`)
    expect(log.lastLines).toHaveLength(20)
    expect(log.lastLines.at(-1)).toMatch(/ 4999$/)
  })

  test.each([
    ['nothing', '', undefined],
    ['one line', 'bye\n', 'bye'],
    [
      'Node',
      "node:internal/modules:1\n  throw err;\n  ^\n\nError: Cannot find module 'x'\n    at Module.load (node:internal:1)\n\nNode.js v26.10.0\n",
      "Error: Cannot find module 'x'",
    ],
    [
      'Python',
      'Traceback (most recent call last):\n  File "s.py", line 1, in <module>\nModuleNotFoundError: No module named \'mcp\'\n',
      "ModuleNotFoundError: No module named 'mcp'",
    ],
    ['a very long one', `Error: ${'x'.repeat(1000)}\n`, `Error: ${'x'.repeat(193)}…`],
  ])('the last words are the line that says why: %s', (_name, text, expected) => {
    const { log, push } = open()
    push(text)
    expect(log.lastWords).toBe(expected)
  })
})
