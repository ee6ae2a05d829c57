import { describe, expect, it } from 'vitest'
import { isClaimed, placeOf, redirectFault } from './redirectRule.ts'

describe('an address that answers may go to', () => {
  it.each([
    ['https://claude.ai/api/mcp/auth_callback'],
    ['https://chatgpt.com/connector/oauth/abc'],
    ['https://vscode.dev/redirect'],
    ['https://app.example:8443/cb?tenant=1'],
    ['https://app.example'],
    ['https://app.example/'],
    ['http://127.0.0.1/cb'],
    ['http://127.0.0.1:33418/'],
    ['http://localhost:8787/callback'],
    ['http://[::1]:5000/cb'],
    ['cursor://anysphere.cursor-retrieval/oauth/callback'],
    ['com.example.app:/oauth'],
  ])('%s', (uri) => {
    expect(redirectFault(uri)).toBeUndefined()
  })
})

describe('no address for answers', () => {
  it.each([
    ['a script', 'javascript:alert(1)//https://app.example'],
    ['a script, capitals', 'JavaScript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['a file', 'file:///etc/passwd'],
    ['part of Windows', 'ms-msdt:/id PCWDiagnostic'],
    ['part of Windows, well written', 'ms-msdt:/id'],
    ['search of Windows', 'search-ms:query=x'],
    ['a view of another page', 'view-source:https://app.example/'],
    ['an intent', 'intent://x#Intent;end'],
    ['a letter for a scheme', 'c:/windows'],
    ['http elsewhere', 'http://app.example/cb'],
    ['http on a name that begins like this machine', 'http://127.0.0.1.evil.test/cb'],
    ['https on this machine', 'https://localhost/cb'],
    ['a fragment', 'https://app.example/cb#x'],
    ['an empty fragment', 'https://app.example/cb#'],
    ['a user', 'https://good.example@evil.test/cb'],
    ['an empty user', 'https://@evil.test/cb'],
    ['a user before an app', 'cursor://u@x/cb'],
    ['a backslash', 'https://good.example\\@evil.test/cb'],
    ['a path that climbs', 'https://app.example/a/../b'],
    ['capitals in the host', 'https://APP.example/cb'],
    ['a port that is the scheme’s own', 'https://app.example:443/cb'],
    ['an address as one number', 'http://2130706433/cb'],
    ['many hosts', 'https://*.example/cb'],
    ['an address of a network', 'https://[2001:db8::1]/cb'],
    ['a line break', 'https://app.example/cb\nx'],
    ['a letter beyond ASCII', 'https://app.example/\u{e9}'],
    ['a letter that looks like another', 'https://\u{430}pp.example/cb'],
    ['no scheme', '//app.example/cb'],
    ['a path', '/cb'],
    ['nothing', ''],
    ['a quotation mark', 'https://app.example/"onload=x'],
    ['too much', `https://app.example/${'a'.repeat(2000)}`],
  ])('%s', (_, uri) => {
    expect(redirectFault(uri)).toEqual(expect.any(String))
  })
})

describe('what a person is shown of it', () => {
  it.each([
    ['https://claude.ai/api/cb', 'claude.ai', true],
    ['https://app.example:8443/cb', 'app.example:8443', true],
    ['http://127.0.0.1:5000/cb', 'this computer (127.0.0.1)', false],
    ['cursor://x/cb', 'an app on this device (cursor:)', false],
  ])('%s', (uri, place, claimed) => {
    expect(placeOf(uri)).toBe(place)
    expect(isClaimed(uri)).toBe(claimed)
  })
})
