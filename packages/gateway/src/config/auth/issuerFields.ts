// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
/**
 * Keys `auth.issuers` and `auth.scopes`: whose tokens are good here, and what their scopes allow.
 */
import { choice, duration, list, map, optional, preset, record, required } from '../shape.ts'
import { line, nameGlob, rateText, serverGlob } from '../texts.ts'
import { endpointUrl, issuerUrl, reference, scopeName, word } from './texts.ts'

const notEmpty =
  'it could be read as "nothing" or as "everything"; leave the key out for what applies without it'

const issuer = record({
  issuer: required(
    issuerUrl,
    'Who issues the tokens. Compared whole: a slash at the end makes another issuer.',
    {
      alias: ['iss', 'url'],
    },
  ),
  audiences: optional(
    list(word('audience', 'an audience, as tokens name it in `aud`'), { notEmpty }),
    'What tokens must be issued for. One of them is enough; each is compared whole. `PUBLICURL/mcp/SERVER` opens that server alone, everything else all of them.',
    { otherwise: '`PUBLICURL/mcp` and `PUBLICURL/mcp/SERVER`', alias: ['audience', 'aud'] },
  ),
  jwks: optional(endpointUrl, 'Where its keys are. Needed where they are not at the issuer’s own origin.', {
    otherwise: 'as its metadata says (RFC 8414, then OpenID), if that is of the same origin',
    alias: ['jwksUri', 'jwks_uri'],
  }),
  types: preset(
    list(choice('at+jwt', 'jwt'), { notEmpty }),
    ['at+jwt'],
    'What the header `typ` of a token may say. `jwt` is for issuers that do not follow RFC 9068 (Entra, Okta, Keycloak, Auth0 by default): then a token must also name its client, and nothing in it may say that it is an ID token.',
  ),
  algorithms: preset(
    list(
      choice(
        'ES256',
        'ES384',
        'ES512',
        'EdDSA',
        'Ed25519',
        'RS256',
        'RS384',
        'RS512',
        'PS256',
        'PS384',
        'PS512',
      ),
      { notEmpty },
    ),
    ['ES256', 'EdDSA', 'Ed25519', 'RS256'],
    'Algorithms of its signatures.',
    { alias: ['algs'] },
  ),
  clockSkew: preset(duration('1ms', '5s'), '5s', 'How far its clock may be from ours.'),
  maxLifetime: preset(
    duration('1m', '31d'),
    '24h',
    'Tokens that are good for longer than this are not good here.',
  ),
  keysMaxAge: preset(
    duration('1s', '24h'),
    '10m',
    'How long its keys are used before they are fetched again. Where that fails they serve for one hour more.',
  ),
  claims: preset(
    record({
      scopes: preset(
        list(word('claim', 'the name of a claim'), { notEmpty }),
        ['scope', 'scp'],
        'Claims that hold scopes, as one text or as a list. The first that is there counts.',
      ),
      groups: optional(
        word('claim', 'the name of a claim'),
        'The claim that holds groups or roles, for `access` and `rules`. Dots lead into it: `realm_access.roles`.',
        { otherwise: 'none' },
      ),
      rules: preset(
        list(word('claim', 'the name of a claim')),
        [],
        'More claims that `rules` can ask for, each a list of texts: `"sales" in principal.claims["department"]`. Dots lead into them.',
        { alias: ['more', 'others', 'custom'] },
      ),
      subject: preset(
        word('claim', 'the name of a claim'),
        'sub',
        'The claim that says who it is; it must never be given to somebody else.',
      ),
    }),
    {},
    'Where a token says what.',
  ),
  grants: optional(list(scopeName, { notEmpty }), 'Scopes that each of its tokens has, whatever it says.', {
    otherwise: 'none',
  }),
  introspection: optional(
    record({
      url: required(endpointUrl, 'Its introspection endpoint (RFC 7662).'),
      clientId: required(line, 'As whom the gateway asks there.'),
      clientSecret: required(
        reference,
        'Its secret, as a reference of any kind: `${env:INTROSPECTION_SECRET}`, `${vault:PATH#FIELD}`.',
      ),
    }),
    'Asks the issuer about tokens that are no JWT. One issuer only: such a token does not say whose it is.',
    { otherwise: 'tokens that are no JWT are not good here' },
  ),
})

const scope = record({
  servers: optional(list(serverGlob, { notEmpty }), 'At these servers.', { otherwise: 'all' }),
  tools: optional(list(nameGlob, { notEmpty }), 'These tools can be called, by their own names.', {
    otherwise: 'all',
  }),
  methods: optional(
    list(nameGlob, { notEmpty }),
    'These methods can be used, such as `tools/call` and `resources/*`.',
    { otherwise: 'all' },
  ),
})

export const issuerFields = {
  issuers: optional(
    list(issuer, { notEmpty }),
    'Authorization servers whose tokens are good here. See docs/identity.md for Entra, Okta, Keycloak and Auth0.',
    { otherwise: 'none', restart: true, alias: ['issuer', 'providers', 'idp'] },
  ),
  scopes: optional(
    map('scope', scopeName, scope),
    'What each scope allows. A message needs one scope that covers it; write narrow ones first: the first that covers a message is the one a client is told to ask for.',
    { otherwise: '`mcp:read` for lists, prompts and resources, `mcp` for everything', restart: true },
  ),
  failures: preset(
    rateText,
    '30/min',
    'How many credentials that are not valid one address may show, before it is told to wait. One that is valid always comes in.',
    { restart: true },
  ),
} as const
