import { expect, it } from 'vitest'
import { metadataAddresses } from './issuerMetadata.ts'

it.each([
  [
    'https://idp.example',
    [
      'https://idp.example/.well-known/oauth-authorization-server',
      'https://idp.example/.well-known/openid-configuration',
    ],
  ],
  [
    'https://idp.example/',
    [
      'https://idp.example/.well-known/oauth-authorization-server',
      'https://idp.example/.well-known/openid-configuration',
    ],
  ],
  [
    'https://idp.example/a/b/',
    [
      'https://idp.example/.well-known/oauth-authorization-server/a/b',
      'https://idp.example/.well-known/openid-configuration/a/b',
      'https://idp.example/a/b/.well-known/openid-configuration',
    ],
  ],
])('the metadata of %s is looked for in this order', (issuer, addresses) => {
  expect(metadataAddresses(issuer)).toEqual(addresses)
})
