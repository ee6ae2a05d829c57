/**
 * The programs of `auth.server.clients`, as the engine knows them.
 */
import { readFile } from 'node:fs/promises'
import type { ClientGrant, RegisteredClientConfig } from '../../config/auth/serverConfig.ts'
import type { SecretText } from '../../config/config.ts'
import { ASSERTION_GRANT } from './assertionGrant.ts'
import type { Metadata } from './store/clientRecords.ts'

const GRANTS: Readonly<Record<ClientGrant, readonly string[]>> = {
  code: ['authorization_code', 'refresh_token'],
  'client-credentials': ['client_credentials'],
  assertion: [ASSERTION_GRANT],
}

/** Rejects, with a sentence, where one of them cannot work. */
export async function registeredClients(
  clients: readonly RegisteredClientConfig[],
  resolve: (text: SecretText) => Promise<string>,
): Promise<readonly Metadata[]> {
  const made: Metadata[] = []
  for (const client of clients) made.push(await registeredClient(client, resolve))
  return made
}

async function registeredClient(
  { id, name, redirects, grants, scopes, secret, jwks, jwksFile }: RegisteredClientConfig,
  resolve: (text: SecretText) => Promise<string>,
): Promise<Metadata> {
  const where = `auth.server.clients.${id}`
  const hasKeys = jwks !== undefined || jwksFile !== undefined
  if (hasKeys && secret !== undefined) throw new Error(`${where}: give it a secret or keys, not both`)
  if (jwks !== undefined && jwksFile !== undefined)
    throw new Error(`${where}: give it jwks or jwksFile, not both`)
  if (grants.includes('code') && redirects.length === 0) throw new Error(`${where}: code needs redirects`)
  if (!hasKeys && secret === undefined && grants.some((grant) => grant !== 'code'))
    throw new Error(`${where}: whoever acts without a person needs a secret or keys`)
  const method = hasKeys ? 'private_key_jwt' : secret === undefined ? 'none' : 'client_secret_post'
  return {
    client_id: id,
    client_name: name,
    redirect_uris: redirects,
    grant_types: grants.flatMap((grant) => GRANTS[grant]),
    response_types: grants.includes('code') ? ['code'] : [],
    token_endpoint_auth_method: method,
    application_type: 'native',
    ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
    ...(secret === undefined ? {} : { client_secret: await resolve(secret) }),
    ...(jwks === undefined ? {} : { jwks_uri: jwks }),
    ...(jwksFile === undefined ? {} : { jwks: await readKeys(jwksFile, where) }),
  }
}

async function readKeys(path: string, where: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new Error(`${where}.jwksFile: ${path} cannot be read as a JSON Web Key Set`, { cause })
  }
}
