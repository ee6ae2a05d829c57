// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/** Keys of `auth.server`. */
import { choice, duration, flag, list, map, optional, preset, record, required } from '../shape.ts'
import { line, path } from '../texts.ts'
import { allowedPerson, clientId, redirectAddress } from './serverTexts.ts'
import { endpointUrl, issuerUrl, reference, scopeName, word } from './texts.ts'

const broker = record({
  issuer: required(
    issuerUrl,
    'The issuer of the OpenID provider, to the letter: `https://login.example/realms/work`.',
    { restart: true },
  ),
  clientId: required(line, 'The id that the provider gave this gateway.', {
    restart: true,
    alias: ['client_id', 'id'],
  }),
  clientSecret: optional(
    reference,
    'The secret that the provider gave this gateway, as a reference of any kind: `${env:SIGN_IN_SECRET}`, `${vault:PATH#FIELD}`.',
    {
      otherwise: 'none: the provider knows this gateway as a public client',
      restart: true,
      alias: ['secret'],
    },
  ),
  scopes: preset(list(scopeName), ['openid', 'profile', 'email'], 'What the provider is asked for.', {
    restart: true,
  }),
  groupsClaim: preset(line, 'groups', 'The claim that lists the groups of a person.', {
    restart: true,
    alias: ['groups'],
  }),
  claims: preset(
    record({
      rules: preset(
        list(word('claim', 'the name of a claim')),
        [],
        'Claims of the ID token that `rules` can ask for, each a list of texts: `"sales" in principal.claims["department"]`. Dots lead into them.',
        { restart: true, alias: ['more', 'others', 'custom'] },
      ),
    }),
    {},
    'What else is taken over of what the provider says of a person.',
  ),
  allow: required(
    list(allowedPerson, { notEmpty: 'nobody could sign in: name somebody, or write "anyone"' }),
    'Who may come in: `group:NAME`, `domain:EXAMPLE.COM` (of a verified address), `email:ADDRESS` (verified), `subject:ID`, or `anyone` whom the provider signs in.',
    { restart: true },
  ),
  requireAcr: preset(
    list(line),
    [],
    'Ways of signing in, one of which the provider must say it used, in `acr` or `amr`: `["mfa"]`.',
    { restart: true, alias: ['acr'] },
  ),
})

const assertionIssuer = record({
  issuer: required(issuerUrl, 'The issuer of the assertions, to the letter.', { restart: true }),
  jwks: required(endpointUrl, 'Where its keys are.', { restart: true, alias: ['jwksUri', 'jwks_uri'] }),
  groupsClaim: preset(line, 'groups', 'The claim that lists the groups of a person.', { restart: true }),
})

const client = record({
  name: optional(line, 'What people are shown.', { otherwise: 'its id', restart: true }),
  redirects: preset(
    list(redirectAddress),
    [],
    'Addresses that its answers may go to. `http://127.0.0.1/PATH` stands for every port.',
    { restart: true, alias: ['redirectUris', 'redirect_uris'] },
  ),
  grants: optional(
    list(choice('code', 'client-credentials', 'assertion')),
    '`code`: a person signs in and allows it. `client-credentials`: it acts for itself. `assertion`: an issuer of `assertions` says for whom it acts.',
    { otherwise: '`code` where there are `redirects`, else `client-credentials`', restart: true },
  ),
  scopes: optional(list(scopeName), 'What it can be allowed at most.', { otherwise: 'all', restart: true }),
  secret: optional(reference, 'Its secret, as a reference of any kind.', {
    otherwise: 'it signs with its key, or is a public client',
    restart: true,
    alias: ['clientSecret'],
  }),
  jwks: optional(endpointUrl, 'Where its public keys are (`private_key_jwt`).', {
    restart: true,
    alias: ['jwksUri', 'jwks_uri'],
  }),
  jwksFile: optional(path, 'A file with its public keys, as a JSON Web Key Set (`private_key_jwt`).', {
    restart: true,
  }),
})

const authServer = record({
  registration: preset(
    choice('auto', 'on', 'off'),
    'auto',
    'Whether programs may register themselves. `auto`: only where `auth.publicUrl` is of this machine.',
    { restart: true, alias: ['dcr', 'dynamicRegistration'] },
  ),
  clientDocuments: preset(
    flag,
    true,
    'Whether programs are known by the document at the address that is their id.',
    { restart: true, alias: ['cimd'] },
  ),
  loopbackDocuments: preset(
    flag,
    false,
    'Take such documents from this machine too, also over `http:`. For development: whoever can send a request could make the gateway call programs of this machine.',
    { restart: true },
  ),
  accessTokens: preset(duration('1m', '1h'), '10m', 'How long an access token is good.', {
    restart: true,
    alias: ['accessTokenTtl'],
  }),
  refreshTokens: preset(
    duration('1h', '365d'),
    '30d',
    'How long a refresh token is good that nobody uses. Each use gives a new one.',
    { restart: true, alias: ['refreshTokenTtl'] },
  ),
  refreshGrace: preset(
    duration('0s', '2m'),
    '30s',
    'How long a used refresh token still gets the answer it got: hosts refresh twice at once. After that, its use ends all that was allowed with it.',
    { restart: true },
  ),
  signInAgain: preset(
    duration('1h', '365d'),
    '365d',
    'How long what a person allowed is good, however often its tokens are renewed: then they sign in again, and their groups are read anew.',
    { restart: true },
  ),
  owner: optional(choice('passphrase', 'off'), 'Whether the passphrase of the owner signs in.', {
    otherwise: '`passphrase` without `broker`, else `off`',
    restart: true,
  }),
  broker: optional(broker, 'The OpenID provider that people sign in at.', {
    otherwise: 'none: the owner signs in with the passphrase',
    restart: true,
    alias: ['idp', 'sso', 'oidc'],
  }),
  assertions: preset(
    list(assertionIssuer),
    [],
    'Issuers that say for whom a registered program may act (enterprise-managed authorization, ID-JAG).',
    { restart: true, alias: ['idJag'] },
  ),
  clients: preset(map('id', clientId, client), {}, 'Programs that are registered here.', { restart: true }),
})

/** The shape of the key, and the key in `auth`. */
export type AuthServerShape = typeof authServer

export const serverFields = {
  server: optional(
    authServer,
    "An authorization server of the gateway's own: programs are sent to it, people sign in, tokens come from it.",
    { otherwise: 'none', restart: true },
  ),
}
