/**
 * How the gateway signs in at remote servers, as the rest of it sees that: an authorizer for a principal at a server, and
 * links for people. Vault, connector and the OAuth library are opened when the first server needs them.
 */
import { join } from 'node:path'
import type { AuditTrail } from '../audit/entry.ts'
import { appendEvent } from '../audit/unrecorded.ts'
import type { SecretText, ServerConfig } from '../config/config.ts'
import { type AskStored, resolveSecret, type SecretSources } from '../config/secrets.ts'
import { principalKey } from '../ingress/port.ts'
import type { Log } from '../log.ts'
import { localUser } from '../state/localUser.ts'
import type { StatePaths } from '../state/paths.ts'
import type { UpstreamAuthorizer } from '../upstream/authorizer.ts'
import type { SignInWays } from './connector/authorizer.ts'
import type { Connector, ConnectorParts, OauthServer } from './connector/connector.ts'
import type { LoopbackDoor } from './connector/loopbackDoor.ts'
import type { OwnSecrets } from './ownSecrets.ts'
import type { TokenVault } from './vault/tokenVault.ts'

export interface UpstreamCredentialsParts {
  readonly paths: Pick<StatePaths, 'state' | 'data'>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where references other than variables and files are asked. */
  readonly stored?: AskStored | undefined
  readonly log: Log
  readonly audit: () => Pick<AuditTrail, 'append'>
  readonly own: OwnSecrets
  /** The key of the vault, where it is not in a file of its own. */
  readonly vaultKey: SecretText | undefined
  /** The servers of the configuration in force. */
  readonly servers: () => readonly ServerConfig[]
  /** For tests. */
  readonly network?: ConnectorParts['network']
}

/** Where people who are not at this machine sign in: pages of the gateway itself. */
export interface PublicDoor {
  readonly link: (ticket: string) => string
}

interface Opened {
  readonly vault: TokenVault
  readonly connector: Connector
}

const SWEEP_MS = 10 * 60_000
/** A link that was made is given again for so long: a client that calls again does not open ten. */
const LINK_MS = 5 * 60_000

export function isOauth(server: ServerConfig | undefined): server is OauthServer {
  return server?.kind === 'http' && server.oauth !== undefined
}

export class UpstreamCredentials {
  readonly #parts: UpstreamCredentialsParts
  #opening: Promise<Opened> | undefined
  #loopback: Promise<LoopbackDoor> | undefined
  #public: PublicDoor | undefined
  #sweeper: NodeJS.Timeout | undefined
  readonly #links = new Map<
    string,
    { readonly link: string; readonly ticket: string; readonly until: number }
  >()

  constructor(parts: UpstreamCredentialsParts) {
    this.#parts = parts
  }

  /** Links lead to the gateway's own pages from now on. */
  usePublicDoor(door: PublicDoor): void {
    this.#public = door
  }

  /** The credential of a principal (`principalKey`) at a server. Rejects when the vault cannot be opened. */
  async authorizerOf(server: OauthServer, principal: string): Promise<UpstreamAuthorizer> {
    const { connector } = await this.#open()
    const { PrincipalAuthorizer } = await import('./connector/authorizer.ts')
    return new PrincipalAuthorizer({
      connector,
      server,
      principal,
      remedy: (at, whose) => this.#remedy(connector, at, whose),
    })
  }

  /** Where the key is, unless it is configured to be elsewhere. */
  get keyFile(): string {
    return join(this.#parts.paths.data, 'vault.key')
  }

  /** Changes the key: everything is sealed anew. Returns how many records that were. */
  async changeKey(): Promise<number> {
    const { vault } = await this.#open()
    const { addVaultKey, keepOnly, parseVaultKeys, rereadVaultKeys } = await import('./vault/vaultKey.ts')
    const { vaultKey } = this.#parts
    if (vaultKey !== undefined)
      return vault.rotate(parseVaultKeys(await referred(vaultKey, this.#parts), 'tokenVault.key'))
    const both = await addVaultKey(this.keyFile, rereadVaultKeys(this.keyFile))
    const count = vault.rotate(both)
    await keepOnly(this.keyFile, both)
    return count
  }

  async connector(): Promise<Connector> {
    return (await this.#open()).connector
  }

  readonly serverOf = (id: string): OauthServer | undefined => {
    const server = this.#parts.servers().find((one) => one.id === id)
    return isOauth(server) ? server : undefined
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper)
    await (await this.#loopback)?.close()
    const opened = await this.#opening?.catch(() => undefined)
    opened?.vault.close()
  }

  #open(): Promise<Opened> {
    if (this.#opening === undefined) {
      this.#opening = this.#openAll()
      // A vault that is shut today (its key file is open to others) may be opened once that is put right.
      this.#opening.catch(() => {
        this.#opening = undefined
      })
    }
    return this.#opening
  }

  async #openAll(): Promise<Opened> {
    const { paths, env, stored, log, own, audit, network, vaultKey } = this.#parts
    const [{ parseVaultKeys, readVaultKeys, rereadVaultKeys }, { TokenVault: Vault }, { Connector: Made }] =
      await Promise.all([
        import('./vault/vaultKey.ts'),
        import('./vault/tokenVault.ts'),
        import('./connector/connector.ts'),
      ])
    const now = () => Date.now()
    const secrets: SecretSources = { env, stored, warn: (explain) => log.warn('secret.file', { explain }) }
    const path = join(paths.state, 'vault.sqlite')
    const file = this.keyFile
    const vault =
      vaultKey === undefined
        ? new Vault({ path, keys: await readVaultKeys(file), now, readKeys: () => rereadVaultKeys(file) })
        : new Vault({
            path,
            keys: parseVaultKeys(await referred(vaultKey, this.#parts), 'tokenVault.key'),
            now,
          })
    const connector = new Made({
      vault,
      now,
      learn: (values) => own.learnPassing(values),
      event: ({ principal, ...event }) =>
        appendEvent(audit(), log, { kind: 'event', ...event, ...(principal === '' ? {} : { principal }) }),
      secretsOf: async ({ oauth }) => ({
        ...(oauth.clientSecret === undefined
          ? {}
          : { secret: await resolveSecret(oauth.clientSecret, secrets) }),
        ...(oauth.clientKey === undefined
          ? {}
          : { privateKey: await resolveSecret(oauth.clientKey, secrets) }),
      }),
      ...(network === undefined ? {} : { network }),
    })
    vault.sweep()
    this.#sweeper = setInterval(() => vault.sweep(), SWEEP_MS).unref()
    return { vault, connector }
  }

  async #remedy(connector: Connector, server: OauthServer, principal: string): Promise<SignInWays> {
    const byHand = `sallyport servers connect ${server.id}`
    if (server.oauth.shared) return { remedy: `The operator of the gateway signs in once for all: ${byHand}` }
    const link = await this.#linkFor(connector, server, principal)
    if (link === undefined) return { remedy: `Sign in on the machine of the gateway: ${byHand}` }
    const also = this.#public === undefined ? ` (or run: ${byHand})` : ''
    return { remedy: `Open this link in your browser to sign in, then call again: ${link}${also}`, link }
  }

  /** `undefined` where this principal has no browser that could come here. */
  async #linkFor(connector: Connector, server: OauthServer, principal: string): Promise<string | undefined> {
    const isLocal = principal === localPrincipal()
    if (this.#public === undefined && !isLocal) return undefined
    const key = JSON.stringify([server.id, server.url, principal])
    const now = Date.now()
    const known = this.#links.get(key)
    if (known !== undefined && known.until > now && connector.ticketOf(known.ticket) !== undefined)
      return known.link
    const ticket = connector.makeTicket(server.id, principal)
    const link = this.#public?.link(ticket) ?? (await this.#localLink(ticket))
    for (const [old, { until }] of this.#links) if (until <= now) this.#links.delete(old)
    this.#links.set(key, { link, ticket, until: now + LINK_MS })
    return link
  }

  async #localLink(ticket: string): Promise<string> {
    const { linkTo } = await import('./connector/linkPages.ts')
    return linkTo(await (await this.#localDoor()).origin(), ticket)
  }

  #localDoor(): Promise<LoopbackDoor> {
    this.#loopback ??= (async () => {
      const [{ makeLoopbackDoor }, { linkPages }] = await Promise.all([
        import('./connector/loopbackDoor.ts'),
        import('./connector/linkPages.ts'),
      ])
      const { audit, log } = this.#parts
      return makeLoopbackDoor({
        port: async () => (await this.connector()).lastLoopbackPort(),
        pages: (origin) =>
          linkPages({
            origin,
            connector: () => this.connector(),
            serverOf: this.serverOf,
            // Whoever has a browser on this machine that gets here is the user of this gateway.
            proofs: {
              known: () => Promise.resolve(localPrincipal()),
              offered: () => ({ passphrase: false, provider: undefined, credential: false }),
              prove: async () => ({ kind: 'is', principal: localPrincipal() }),
            },
            refused: (event) =>
              appendEvent(audit(), log, { kind: 'event', event: 'upstream.link-refused', ...event }),
          }),
      })
    })()
    return this.#loopback
  }
}

/** Others on this machine must not read what it stands for: whoever has the key has everything. */
async function referred(
  text: SecretText,
  { env, stored }: Pick<SecretSources, 'env' | 'stored'>,
): Promise<string> {
  return await resolveSecret(text, { env, stored })
}

export function localPrincipal(): string {
  return principalKey({ issuer: 'local', subject: localUser() })
}
