/** Which client the gateway is at an issuer, with its secret, and that the secret goes nowhere else. */
import type { KnownClient } from './clientAuth.ts'
import { ConnectFault } from './connectFault.ts'
import { type ConnectorParts, fetchFor, NOBODY, type OauthServer } from './connectorParts.ts'
import type { ConnectorRecords } from './connectorRecords.ts'
import type { IssuerMetadata } from './metadata.ts'
import { type ConfiguredClient, clientFor, configuredClient, type Return } from './registration.ts'
import type { StoredToken } from './storedToken.ts'

export interface ChosenClient {
  /** A configured secret is not in it: it stays where the configuration says. */
  readonly client: KnownClient
  readonly configured: boolean
}

export class IssuerClients {
  readonly #parts: ConnectorParts
  readonly #records: ConnectorRecords

  constructor(parts: ConnectorParts, records: ConnectorRecords) {
    this.#parts = parts
    this.#records = records
  }

  /** The client for a sign-in: configured, by its document, or registered. Rejects with `ConnectFault`. */
  async choose(server: OauthServer, as: IssuerMetadata, back: Return): Promise<ChosenClient> {
    const { now, event } = this.#parts
    const given = await this.#configured(server)
    if (given !== undefined) this.#holdToIssuer(server, as, given)
    const { clientMetadataUrl = back.clientMetadataUrl } = server.oauth
    const client = await clientFor({
      as,
      back: { ...back, clientMetadataUrl },
      configured: given,
      fetch: fetchFor(server, this.#parts),
      now,
      known: () => this.#records.client(server, as.issuer),
      keep: (registered) => {
        this.#records.keepClient(server, as.issuer, registered)
        const details = { issuer: as.issuer }
        event({ event: 'upstream.registered', principal: NOBODY, server: server.id, details })
      },
    })
    if (given === undefined) return { client, configured: false }
    return { client: { id: client.id, method: client.method }, configured: true }
  }

  /** The configured client, for the gateway as itself. Rejects with `ConnectFault` where there is none. */
  async own(server: OauthServer, as: IssuerMetadata): Promise<KnownClient> {
    const given = await this.#configured(server)
    if (given === undefined)
      throw new ConnectFault('upstream/oauth-client', 'the grant client-credentials needs "oauth.clientId"')
    this.#holdToIssuer(server, as, given)
    return configuredClient(given, as.token_endpoint_auth_methods_supported)
  }

  /** The client of a record with its configured secret, resolved now. */
  async withSecrets(
    server: OauthServer,
    { client, configured }: Pick<StoredToken, 'client' | 'configured'>,
  ): Promise<KnownClient> {
    if (!configured) return client
    const given = await this.#configured(server)
    if (given === undefined || given.id !== client.id) return client
    return { ...configuredClient(given, undefined), method: client.method }
  }

  /** The issuer may not know a registered client any more: then the next sign-in registers anew. */
  refused(server: OauthServer, { issuer }: IssuerMetadata, { code }: ConnectFault): void {
    if (code === 'invalid_client' || code === 'unauthorized_client') this.#records.dropClient(server, issuer)
  }

  async #configured(server: OauthServer): Promise<ConfiguredClient | undefined> {
    const { clientId } = server.oauth
    if (clientId === undefined) return undefined
    const secrets = await this.#parts.secretsOf(server)
    this.#parts.learn(Object.values(secrets).filter((value) => value !== undefined))
    return { id: clientId, ...secrets }
  }

  /**
   * A configured secret is for one issuer. Where the configuration does not say which, it is the one it was first used at:
   * a server that names another one later does not get it (CVE-2026-104850).
   */
  #holdToIssuer(
    server: OauthServer,
    { issuer }: IssuerMetadata,
    { id, secret, privateKey }: ConfiguredClient,
  ): void {
    if (server.oauth.issuer !== undefined || (secret === undefined && privateKey === undefined)) return
    const pin = this.#records.pin(server)
    if (pin === undefined || pin.clientId !== id) {
      this.#records.keepPin(server, { issuer, clientId: id })
    } else if (pin.issuer !== issuer) {
      const rule = 'upstream/oauth-issuer'
      const explain =
        'it names another authorization server than the one its client secret was used at: set "oauth.issuer"'
      this.#parts.event({ event: 'upstream.denied', principal: NOBODY, server: server.id, rule, explain })
      throw new ConnectFault(rule, explain)
    }
  }
}
