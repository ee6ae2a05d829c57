/**
 * Key `servers.<id>.oauth`: how the gateway signs in at a remote server, as its own OAuth client.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { choice, type FlagShape, list, optional, preset, record, type TextShape } from '../shape.ts'
import { serverUrl } from '../texts.ts'
import { issuerUrl, reference, scopeName } from './texts.ts'

const flag: FlagShape = { kind: 'flag' }
const clientId: TextShape = {
  kind: 'text',
  called: 'client id',
  means: 'a client id: visible characters without spaces',
  pattern: /^[!-~]{1,2048}$/u,
}
const notEmpty = 'it names nothing'

export const upstreamOauth = record(
  {
    clientId: optional(
      clientId,
      'The client that was registered for this gateway at the authorization server.',
      {
        otherwise: 'the gateway’s own metadata document, or dynamic registration',
        alias: ['client_id', 'clientID'],
      },
    ),
    clientSecret: optional(
      reference,
      'Its secret, as a reference of any kind: `${env:NAME}`, `${keychain:NAME}`. Set `issuer` beside it: a secret is only sent where it belongs.',
      {
        alias: ['client_secret', 'secret'],
      },
    ),
    clientKey: optional(
      reference,
      'Its private key (PKCS #8, PEM), as a reference of any kind: the client signs instead of sending a secret (`private_key_jwt`).',
      {
        alias: ['privateKey'],
      },
    ),
    clientMetadataUrl: optional(
      serverUrl,
      'Where this gateway’s client metadata document is published, if not at `auth.publicUrl`.',
    ),
    scopes: optional(
      list(scopeName, { notEmpty }),
      'Scopes to ask for, beside those that the server asks for.',
      {
        otherwise: 'what the server says',
        alias: ['scope'],
      },
    ),
    allowScopes: optional(
      list(scopeName, { notEmpty }),
      'The only scopes that are ever asked for. What a server wants beyond them is refused and recorded.',
      {
        otherwise: 'whatever the server asks for',
      },
    ),
    shared: preset(
      flag,
      false,
      'True: one sign-in, by the operator (`sallyport servers connect`), for all users. False: each user signs in.',
    ),
    issuer: optional(
      issuerUrl,
      'The only authorization server that is used, exactly as its metadata names it.',
      {
        otherwise:
          'the first that the server names; a configured secret stays with the one it was first used at',
      },
    ),
    grant: preset(
      choice('code', 'client-credentials'),
      'code',
      'A person signs in, or the gateway does as itself (then nobody signs in, and the access is shared).',
    ),
    resourceParent: preset(
      flag,
      false,
      'Accept metadata of the server that is about a path above its address.',
    ),
    privateNetworks: preset(
      flag,
      false,
      'The authorization server may be in a private network. It has to speak https even so.',
    ),
  },
  { needs: { clientSecret: 'clientId', clientKey: 'clientId' } },
)

/** Key `tokenVault`: where the tokens of servers are kept. */
export const tokenVault = record({
  key: optional(
    reference,
    'The key that seals what is kept, as a reference to 32 bytes in Base64 or hex; of several lines the first seals and all open. See docs/upstream-sign-in.md.',
    { otherwise: 'a private file that is made on first use', restart: true },
  ),
})
