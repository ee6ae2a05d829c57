import type { Read } from '../shape.ts'
import { secretAt } from './secretAt.ts'
import type { AllowedPerson, AuthServerConfig, BrokerConfig, RegisteredClientConfig } from './serverConfig.ts'
import type { AuthServerShape } from './serverFields.ts'

type ServerFile = Read<AuthServerShape>

/** What the file says of `auth.server`, as the program uses it. `resolvePath` makes a path of the file absolute. */
export function buildServer(file: ServerFile, resolvePath: (path: string) => string): AuthServerConfig {
  const { broker } = file
  return {
    registration: file.registration,
    clientDocuments: file.clientDocuments,
    loopbackDocuments: file.loopbackDocuments,
    accessTokenMs: file.accessTokens,
    refreshTokenMs: file.refreshTokens,
    refreshGraceMs: file.refreshGrace,
    signInAgainMs: file.signInAgain,
    owner: (file.owner ?? (broker === undefined ? 'passphrase' : 'off')) === 'passphrase',
    ...(broker === undefined ? {} : { broker: buildBroker(broker, resolvePath) }),
    assertions: file.assertions,
    clients: file.clients.map(([id, client]) => buildClient(id, client, resolvePath)),
  }
}

function buildBroker(
  file: NonNullable<ServerFile['broker']>,
  resolvePath: (path: string) => string,
): BrokerConfig {
  const { clientSecret, allow, ...rest } = file
  return {
    ...rest,
    allow: allow.map(readAllowed),
    ...(clientSecret === undefined
      ? {}
      : { clientSecret: secretAt('auth.server.broker.clientSecret', clientSecret, resolvePath) }),
  }
}

function readAllowed(text: string): AllowedPerson {
  const colon = text.indexOf(':')
  const by = colon < 0 ? text : text.slice(0, colon)
  const value = text.slice(colon + 1)
  switch (by) {
    case 'group':
    case 'subject':
      return { by, value }
    case 'domain':
    case 'email':
      return { by, value: value.toLowerCase() }
    default:
      return { by: 'anyone', value: '' }
  }
}

function buildClient(
  id: string,
  file: ServerFile['clients'][number][1],
  resolvePath: (path: string) => string,
): RegisteredClientConfig {
  const { name, redirects, grants, scopes, secret, jwks, jwksFile } = file
  return {
    id,
    name: name ?? id,
    redirects,
    grants: grants ?? [redirects.length > 0 ? 'code' : 'client-credentials'],
    ...(scopes === undefined ? {} : { scopes }),
    ...(secret === undefined
      ? {}
      : { secret: secretAt(`auth.server.clients.${id}.secret`, secret, resolvePath) }),
    ...(jwks === undefined ? {} : { jwks }),
    ...(jwksFile === undefined ? {} : { jwksFile: resolvePath(jwksFile) }),
  }
}
