import { describe, expect, it } from 'vitest'
import { readMetadata } from './clientMetadata.ts'

const REDIRECT = 'https://app.example/cb'

function taken(given: object, source: 'registration' | 'document' = 'registration') {
  const read = readMetadata({ redirect_uris: [REDIRECT], client_name: 'App', ...given }, source)
  if (!read.ok) throw new Error(read.explain)
  return read.metadata
}

describe('metadata of a stranger', () => {
  it('gets codes and refresh tokens, whatever it asks for', () => {
    const grants = ['authorization_code', 'client_credentials', 'password', 'implicit', 'refresh_token']
    expect(taken({ grant_types: grants }).grant_types).toEqual(['authorization_code', 'refresh_token'])
    expect(taken({}).grant_types).toEqual(['authorization_code', 'refresh_token'])
    expect(taken({ response_types: ['code', 'token'] }).response_types).toEqual(['code'])
  })

  it('keeps what is known and no more: no scope, no id, no secret of its own', () => {
    const more = {
      scope: 'admin',
      client_id: 'mine',
      client_secret: 'mine',
      sector_identifier_uri: 'https://evil.test/',
      logo_uri: 'http://169.254.169.254/',
      request_uris: ['http://x'],
      __proto__: { admin: true },
    }
    expect(Object.keys(taken(more)).sort()).toEqual([
      'application_type',
      'client_name',
      'grant_types',
      'redirect_uris',
      'response_types',
      'token_endpoint_auth_method',
    ])
  })

  it('takes keys only where they are used, from https', () => {
    expect(taken({ jwks_uri: 'http://169.254.169.254/' })).not.toHaveProperty('jwks_uri')
    const method = { token_endpoint_auth_method: 'private_key_jwt' }
    expect(taken({ ...method, jwks_uri: 'https://app.example/keys' }).jwks_uri).toBe(
      'https://app.example/keys',
    )
    expect(
      readMetadata({ redirect_uris: [REDIRECT], ...method, jwks_uri: 'http://a.example' }, 'registration').ok,
    ).toBe(false)
    expect(readMetadata({ redirect_uris: [REDIRECT], ...method }, 'registration').ok).toBe(false)
  })

  it.each([
    ['nothing', undefined],
    ['a list', []],
    ['no address', {}],
    ['addresses that are no list', { redirect_uris: REDIRECT }],
    ['an address that is no text', { redirect_uris: [1] }],
    ['one bad address among good ones', { redirect_uris: [REDIRECT, 'file:///x'] }],
    ['too many addresses', { redirect_uris: Array.from({ length: 21 }, (_, at) => `${REDIRECT}${at}`) }],
    ['a name that is no text', { redirect_uris: [REDIRECT], client_name: {} }],
    ['an endless name', { redirect_uris: [REDIRECT], client_name: 'a'.repeat(201) }],
    ['no code', { redirect_uris: [REDIRECT], grant_types: ['client_credentials'] }],
    ['no code as response', { redirect_uris: [REDIRECT], response_types: ['token'] }],
    [
      'a way to authenticate that there is not',
      { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'x' },
    ],
  ])('is refused: %s', (_, given) => {
    expect(readMetadata(given, 'registration').ok).toBe(false)
  })

  it.each([
    ['no name', { client_name: undefined }],
    ['a secret', { client_secret: 'x' }],
    ['a secret to come', { token_endpoint_auth_method: 'client_secret_post' }],
  ])('a document is refused: %s', (_, changes) => {
    const document = { redirect_uris: [REDIRECT], client_name: 'App', ...changes }
    expect(readMetadata(document, 'document').ok).toBe(false)
  })
})
