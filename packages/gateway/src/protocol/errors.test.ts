import { describe, expect, it } from 'vitest'
import { ERROR, errorBytes } from './errors.ts'

describe('an error answer', () => {
  it('carries the id exactly as it came', () => {
    for (const id of ['7', '"7"', '"\\u0000"', '12345678901234567890', 'null']) {
      expect(errorBytes(id, ERROR.refused, 'no').toString()).toContain(`"id":${id},`)
    }
    expect(JSON.parse(errorBytes(null, ERROR.parse, 'no').toString())).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: { code: -32700, message: 'no' },
    })
  })

  it('carries data where there is some', () => {
    const parsed = JSON.parse(
      errorBytes('1', ERROR.unsupportedVersion, 'no', { supported: ['a'] }).toString(),
    )
    expect(parsed.error.data).toEqual({ supported: ['a'] })
  })

  it('is well-formed whatever the message has in it', () => {
    const message = 'a "quote"\n\u0000\ud800 end'
    expect(JSON.parse(errorBytes('1', ERROR.refused, message).toString()).error.message).toBeTypeOf('string')
  })
})

describe('codes of our own', () => {
  it('lie outside what JSON-RPC and MCP reserve, and are those of HTTP', () => {
    const own = Object.values(ERROR).filter((code) => code > -32000 || code < -32768)
    expect(own.length).toBeGreaterThan(15)
    for (const code of own) {
      expect(-31000 - code).toBeGreaterThanOrEqual(400)
      expect(-31000 - code).toBeLessThan(600)
    }
  })

  it('are told apart', () => {
    expect(new Set(Object.values(ERROR)).size).toBe(Object.values(ERROR).length)
  })
})
