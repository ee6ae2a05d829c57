/**
 * What clients read about this server (RFC 8414, with the members of RFC 9207, RFC 8707 and client documents). Made once
 * from the configuration: no request changes a letter of it. Hosts compare `issuer` whole, take client documents only if
 * `none` is listed, and refuse a server that does not name S256.
 */
import { PATHS } from './engine.ts'

export interface MetadataSources {
  readonly issuer: string
  readonly scopes: readonly string[]
  readonly registrationOpen: boolean
  readonly clientDocuments: boolean
  readonly assertions: boolean
}

export function serverMetadata(sources: MetadataSources): Readonly<Record<string, unknown>> {
  const { issuer, scopes, registrationOpen, clientDocuments, assertions } = sources
  const methods = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt']
  const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519']
  return {
    issuer,
    authorization_endpoint: issuer + PATHS.authorize,
    token_endpoint: issuer + PATHS.token,
    jwks_uri: issuer + PATHS.jwks,
    ...(registrationOpen ? { registration_endpoint: issuer + PATHS.register } : {}),
    revocation_endpoint: issuer + PATHS.revoke,
    scopes_supported: scopes,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      ...(assertions ? ['urn:ietf:params:oauth:grant-type:jwt-bearer'] : []),
    ],
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: clientDocuments,
    ...(assertions
      ? { authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'] }
      : {}),
  }
}
