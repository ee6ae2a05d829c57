import { describe, expect, it } from 'vitest'
import { challengeFor } from './challenge.ts'

const oauth = { publicUrl: 'https://gate.example', oauth: true, scopes: ['mcp'] }
const METADATA = 'resource_metadata="https://gate.example/.well-known/oauth-protected-resource/mcp"'

describe('a challenge', () => {
  it('has no error where no credentials were sent', () => {
    expect(challengeFor(oauth, { kind: 'all' })).toBe(`Bearer ${METADATA}, scope="mcp"`)
  })

  it('leads to the metadata of the view', () => {
    expect(challengeFor(oauth, { kind: 'one', server: 'pg' })).toContain('oauth-protected-resource/mcp/pg"')
  })

  it('names what is missing', () => {
    const reason = { error: 'insufficient_scope', description: 'no', scopes: ['a', 'b'] } as const
    expect(challengeFor(oauth, { kind: 'all' }, reason)).toBe(
      `Bearer error="insufficient_scope", error_description="no", ${METADATA}, scope="a b"`,
    )
  })

  it('says nothing of OAuth where nobody signs in by it', () => {
    const keysOnly = { ...oauth, oauth: false }
    expect(challengeFor(keysOnly, { kind: 'all' })).toBe('Bearer realm="sallyport"')
    const reason = { error: 'invalid_token', description: 'no' } as const
    expect(challengeFor(keysOnly, { kind: 'all' }, reason)).toBe(
      'Bearer error="invalid_token", error_description="no"',
    )
  })

  it('carries nothing that would end the header or the text', () => {
    const description = 'a\r\nSet-Cookie: x="y"\\ \u00fc\u0000\u{1f600}b'
    const value = challengeFor(oauth, { kind: 'all' }, { error: 'invalid_token', description })
    expect(value).toContain('error_description="aSet-Cookie: x=y b"')
    expect(value).toMatch(/^[\x20-\x7e]+$/)
  })
})
