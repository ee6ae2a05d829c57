/**
 * Key `auth`: who may come in over HTTP. Each file beside this one describes one way; here they become one record.
 */
import { optional, record } from '../shape.ts'
import { serverUrl } from '../texts.ts'
import { issuerFields } from './issuerFields.ts'
import { keyFields } from './keyFields.ts'
import { serverFields } from './serverFields.ts'

export const auth = record({
  publicUrl: optional(
    serverUrl,
    'Where clients reach this gateway, without a path: `https://gate.example`. Tokens are issued for addresses under it, and metadata names it; never a header of a request.',
    {
      otherwise: '`http://` with the address of `listen.http`, where that is a loopback address',
      restart: true,
      alias: ['baseUrl', 'url'],
    },
  ),
  ...issuerFields,
  ...keyFields,
  ...serverFields,
})
