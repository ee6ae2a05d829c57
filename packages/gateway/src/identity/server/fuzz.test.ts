import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDocumentId } from './clients/clientDocuments.ts'
import { readMetadata } from './clients/clientMetadata.ts'
import { redirectFault } from './clients/redirectRule.ts'
import { HostCookies, markOf } from './hostCookies.ts'
import { html } from './pages/html.ts'

const PIECES = fc.constantFrom(
  ...[
    'https:',
    'http:',
    'javascript:',
    'cursor:',
    '//',
    '/',
    '\\',
    '@',
    '#',
    '?',
    ':',
    '.',
    '..',
    '%2e',
    '%00',
    '[::1]',
  ],
  ...[
    '127.0.0.1',
    'localhost',
    'app.example',
    'evil.test',
    '\u{0}',
    '\n',
    ' ',
    '\u{430}',
    '\u{202e}',
    'a',
    '443',
  ],
)
const ADDRESS = fc.oneof(
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.array(PIECES, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
)
/** What no text here is near: work has to stay proportional to it. */
const MIB = 1024 * 1024

describe('whatever is sent', () => {
  it('a redirect that is taken is one spelling of one allowed place', () => {
    fc.assert(
      fc.property(ADDRESS, (uri) => {
        if (redirectFault(uri) !== undefined) return
        const url = new URL(uri)
        expect(uri).toMatch(/^[\x21-\x7e]+$/)
        expect([url.username, url.password, url.hash]).toEqual(['', '', ''])
        expect(['javascript:', 'data:', 'file:', 'blob:']).not.toContain(url.protocol)
        if (url.protocol === 'http:') expect(['localhost', '127.0.0.1', '[::1]']).toContain(url.hostname)
        if (/^https?:$/.test(url.protocol)) expect([uri, `${uri}/`]).toContain(url.href)
      }),
    )
  })

  it('an id that is taken is https, canonical, with a path', () => {
    fc.assert(
      fc.property(ADDRESS, (id) => {
        if (!isDocumentId(id, false)) return
        const url = new URL(id)
        expect([url.protocol, url.href, url.hash, url.username]).toEqual(['https:', id, '', ''])
        expect(url.pathname.length).toBeGreaterThan(1)
      }),
    )
  })

  it('metadata is read or refused, and what is taken allows no more than codes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json().map((text) => JSON.parse(text)),
          fc.record(
            {
              redirect_uris: fc.array(fc.oneof(ADDRESS, fc.integer())),
              client_name: fc.anything(),
              grant_types: fc.anything(),
              response_types: fc.anything(),
              token_endpoint_auth_method: fc.anything(),
              jwks_uri: ADDRESS,
            },
            { requiredKeys: [] },
          ),
        ),
        fc.constantFrom('registration', 'document'),
        (given, source) => {
          const read = readMetadata(given, source)
          if (!read.ok) return
          for (const grant of read.metadata.grant_types as string[])
            expect(['authorization_code', 'refresh_token']).toContain(grant)
          for (const uri of read.metadata.redirect_uris as string[])
            expect(redirectFault(uri)).toBeUndefined()
          expect(read.metadata).not.toHaveProperty('scope')
        },
      ),
    )
  })

  it('a cookie header gives the engine nothing under a name that is not ours', () => {
    const cookies = new HostCookies(new URL('https://gate.example'))
    const names = fc.constantFrom(
      ...[
        'session',
        'interaction',
        'resume',
        '__Host-sallyport-session',
        `__Host-sallyport-interaction-${markOf('u')}`,
      ],
      ...['__Secure-sallyport-session', '__host-sallyport-session', ' ', '=', ';'],
    )
    const header = fc
      .array(fc.tuple(names, fc.string()).map(([name, value]) => `${name}=${value}`))
      .map((all) => all.join('; '))
    fc.assert(
      fc.property(header, (text) => {
        const inside = cookies.inward(text, 'u')
        if (inside === undefined) return
        expect(text).toContain('__Host-sallyport-')
        expect(inside).not.toContain('__Host-')
      }),
    )
  })

  it('no text on a page becomes markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { markup } = html`<b title="${text}">${text}</b>`
        expect(markup.match(/</g)).toHaveLength(2)
        expect(markup.match(/"/g)).toHaveLength(2)
      }),
    )
  })

  it('a mebibyte of it costs a look at its length, or one pass', () => {
    for (const text of ['a', '/', '@', '%2e', 'https://a/', '; =', '<', '\u{202e}'].map((piece) =>
      piece.repeat(MIB / piece.length),
    )) {
      expect(redirectFault(text)).toEqual(expect.any(String))
      expect(isDocumentId(text, true)).toBe(false)
      new HostCookies(new URL('https://gate.example')).inward(text, 'u')
      html`${text}`
      readMetadata({ redirect_uris: [text], client_name: text }, 'registration')
    }
  })
})
