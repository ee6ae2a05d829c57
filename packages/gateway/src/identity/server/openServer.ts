/**
 * The embedded authorization server, opened: a way in by tokens of our own, and the pages and endpoints they come from.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isNativeAppHost } from '@sallyport/controls/urls'
import type { Context, Provider } from 'oidc-provider'
import { appendEvent } from '../../audit/unrecorded.ts'
import type { BrokerConfig } from '../../config/auth/serverConfig.ts'
import { resolveSecret } from '../../config/secrets.ts'
import type { IdentitySources, Way } from '../openIdentity.ts'
import { fetchJson } from '../tokens/fetchJson.ts'
import { ASSERTION_GRANT, assertionGrant } from './assertionGrant.ts'
import { assertionKeys } from './assertionKeys.ts'
import { Broker } from './broker.ts'
import { ClientDocuments } from './clients/clientDocuments.ts'
import { configuredFetch, documentFetch, type Fetch } from './clients/documentFetch.ts'
import { CookieSeal } from './cookieSeal.ts'
import { makeEngine } from './engine.ts'
import { HostCookies } from './hostCookies.ts'
import { Interactions } from './interactions.ts'
import { loadEngine } from './loadEngine.ts'
import { serverMetadata } from './metadata.ts'
import { type OwnerPassphrase, openOwner } from './owner.ts'
import { type OwnTokenSources, OwnTokens } from './ownTokens.ts'
import { PassphraseDoor } from './passphraseDoor.ts'
import { PeopleDoor } from './peopleDoor.ts'
import { RefreshReplays } from './refreshReplays.ts'
import { registeredClients } from './registeredClients.ts'
import { ServerDoor } from './serverDoor.ts'
import { eventEntry, type Report } from './serverEvents.ts'
import { Attempts } from './store/attempts.ts'
import { ClientRecords } from './store/clientRecords.ts'
import { hashed, identityPath, keptSecret, openIdentityDatabase, sweep } from './store/identityDatabase.ts'
import { OWNER, People } from './store/people.ts'
import { REVOKED_KEPT_MS, Revocations } from './store/revocations.ts'
import { SigningKeys } from './store/signingKeys.ts'
import { targetsOf } from './targets.ts'

const SWEEP_EVERY_MS = 10 * 60_000
const DOCUMENTS_PER_ADDRESS_PER_MINUTE = 40

export async function openServer(sources: IdentitySources): Promise<Way | undefined> {
  const { auth, publicUrl, stateDir, env, stored, audit, log, now } = sources
  const config = auth.server
  if (config === undefined) return undefined
  const origin = new URL(publicUrl)
  const onLoopback = isNativeAppHost(origin.hostname)
  if (origin.port === '0')
    throw new Error(
      'auth.server: tokens name this gateway by its address: give listen.http a port, or set auth.publicUrl',
    )
  if (origin.protocol !== 'https:' && !onLoopback)
    throw new Error(`auth.server: people sign in at ${publicUrl}, which must be https (auth.publicUrl)`)
  if (origin.origin !== publicUrl)
    throw new Error(`auth.publicUrl must be written as ${origin.origin}: clients compare it to the letter`)

  const [module, jose] = await Promise.all([loadEngine(log), import('jose')])
  const folder = dirname(identityPath(stateDir))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const database = openIdentityDatabase(identityPath(stateDir))
  const report: Report = (event) => appendEvent(audit, log, eventEntry(publicUrl, event))
  const caller = new AsyncLocalStorage<string>()
  const address = () => caller.getStore() ?? ''

  const owner = config.owner ? await openOwner(join(folder, 'owner.json')) : undefined
  const keys = new SigningKeys(database, now)
  const people = new People(database, now)
  const attempts = new Attempts(database, now)
  const revocations = new Revocations(database, { now, keepMs: config.accessTokenMs + REVOKED_KEPT_MS })
  const targets = targetsOf(publicUrl, sources.servers, auth.scopes)
  const tokens = new OwnTokens({
    jose,
    publicUrl,
    keys,
    revocations,
    maxLifetimeMs: config.accessTokenMs,
    claimsOf: claimsAt(people, config.broker),
    validFrom: (sub) => (sub === OWNER.sub ? (owner?.since ?? Number.POSITIVE_INFINITY) : 0),
    now,
  })
  const fetch = fetchFor(config.loopbackDocuments, new Set(config.clients.flatMap(({ jwks }) => jwks ?? [])))
  const documents = new ClientDocuments({
    fetch,
    loopback: config.loopbackDocuments,
    now,
    admits: () => {
      const recent = attempts.count('document', address(), 60_000)
      if (recent >= DOCUMENTS_PER_ADDRESS_PER_MINUTE) return false
      attempts.note('document', address())
      return true
    },
    note: ({ id, ok, why }) =>
      report({
        event: 'client-document',
        client: id,
        ...(ok ? {} : { rule: 'identity/client-document', explain: why ?? 'it cannot be used' }),
      }),
  })
  const clients = new ClientRecords(database, {
    now,
    address,
    others: async (id) => (config.clientDocuments ? await documents.find(id) : undefined),
  })
  const replays = new RefreshReplays(database, {
    graceMs: config.refreshGraceMs,
    now,
    events: {
      replayed: (ctx) => report({ event: 'refresh-replayed', client: ctx.oidc.client?.clientId }),
      reused: (ctx) => {
        const client = ctx.oidc.client?.clientId
        const explain = 'a refresh token was used again: all that was given with it is revoked'
        log.warn('identity.refresh-reused', { client })
        report({ event: 'refresh-reused', client, rule: 'identity/refresh-reused', explain })
      },
    },
  })
  const registrationOpen = config.registration === 'on' || (config.registration === 'auto' && onLoopback)
  const registered = await registeredClients(config.clients, (text) => resolveSecret(text, { env, stored }))
  const guessable = new Set(
    registered.filter(({ client_secret }) => client_secret !== undefined).map(({ client_id }) => client_id),
  )

  const keysOf = assertionKeys(config.assertions, { importKey: jose.importJWK, fetchJson, now, log })

  let door: ServerDoor | undefined
  const make = (): Provider => {
    const engine = makeEngine({
      module,
      issuer: publicUrl,
      config,
      targets,
      keys,
      people,
      artifacts: { database, now, revocations, clients, presentedToken: (handle) => door?.presented(handle) },
      replays,
      registered,
      registrationOpen,
      fetch,
      cookieSeal: new CookieSeal(keptSecret(database, 'cookies')),
    })
    if (config.assertions.length > 0) {
      const handler = assertionGrant(engine, {
        module,
        jose,
        issuers: config.assertions,
        keysOf,
        publicUrl,
        targets,
        people,
        database,
        accessTokenMs: config.accessTokenMs,
        now,
        report,
      })
      engine.registerGrantType(ASSERTION_GRANT, handler, ['assertion', 'scope', 'resource'])
    }
    listen(engine, report, clients, log)
    // Wherever a secret is asked for, it could be guessed. Those that are made here nobody guesses, and whoever counted guesses
    // at any client could lock an address out by sending some.
    for (const event of ['grant.error', 'revocation.error'])
      engine.on(event, (ctx: Context, error: Error) => {
        if (error.message === 'invalid_client' && guessable.has(ctx.oidc.client?.clientId))
          attempts.note('client-secret', address())
      })
    return engine
  }
  let engine = make()

  const cookies = new HostCookies(origin)
  const broker =
    config.broker === undefined
      ? undefined
      : new Broker({
          oauth: await import('oauth4webapi'),
          config: config.broker,
          clientSecret:
            config.broker.clientSecret === undefined
              ? undefined
              : await resolveSecret(config.broker.clientSecret, { env, stored }),
          publicUrl,
          database,
          cookies,
          now,
        })
  if (broker !== undefined) log.info('identity.broker', { provider: broker.name, callback: broker.callback })
  if (owner?.fresh !== undefined) {
    database.exec("DELETE FROM artifacts WHERE kind IN ('Session', 'Interaction')")
    people.forget(OWNER.sub)
    await showPassphrase(owner, folder, log)
  }
  const passphrases = owner === undefined ? undefined : new PassphraseDoor(owner, attempts)
  const peopleDoor = new PeopleDoor({
    publicUrl,
    engine: () => engine,
    cookies,
    people,
    owner: passphrases,
    broker,
    secret: keptSecret(database, 'people'),
    report,
    healthy: () => audit.healthy,
    now,
  })
  door = new ServerDoor({
    publicUrl,
    engine: () => engine,
    metadata: serverMetadata({
      issuer: publicUrl,
      scopes: [...targets.scopes.keys()],
      registrationOpen,
      clientDocuments: config.clientDocuments,
      assertions: config.assertions.length > 0,
    }),
    keys,
    cookies,
    interactions: new Interactions({
      engine: () => engine,
      targets,
      people,
      owner: passphrases,
      broker,
      secret: keptSecret(database, 'forms'),
      report,
      endSession: (uid) => {
        database.prepare("DELETE FROM artifacts WHERE kind = 'Session' AND uid = ?").run(hashed(uid))
      },
      used: (client) => clients.used(client),
      isWrittenDown: (id) => registered.some(({ client_id }) => client_id === id),
      cookies,
    }),
    broker,
    people: peopleDoor,
    tokens,
    clients,
    targets,
    attempts,
    registrationOpen,
    healthy: () => audit.healthy,
    allowedOrigins: sources.config.listen.allowedOrigins,
    caller,
    report,
    log,
  })
  const timer = setInterval(() => {
    try {
      sweep(database, now())
      if (keys.refresh()) engine = make()
    } catch (error) {
      // Another process holds the file for a moment; the next turn does it.
      log.warn('identity.sweep-failed', { error: String(error) })
    }
  }, SWEEP_EVERY_MS)
  timer.unref()
  return {
    verifiers: [tokens],
    side: door,
    people: peopleDoor,
    async close() {
      clearInterval(timer)
      database.close()
    },
  }
}

/** What rules may know of people: what the configuration names now, of those who signed in at the provider of now. */
function claimsAt(people: People, broker: BrokerConfig | undefined): OwnTokenSources['claimsOf'] {
  if (broker === undefined || broker.claims.rules.length === 0) return undefined
  const { rules } = broker.claims
  return (sub) => {
    const known = sub.startsWith(`${broker.issuer}|`) ? people.claims(sub) : undefined
    if (known === undefined) return undefined
    return Object.fromEntries(Object.entries(known).filter(([name]) => rules.includes(name)))
  }
}

/** What strangers name may be nowhere inside; what the operator configured may. */
function fetchFor(loopback: boolean, configured: ReadonlySet<string>): Fetch {
  const guarded = documentFetch(loopback)
  return async (url) => await (configured.has(String(url)) ? configuredFetch(url) : guarded(url))
}

/** The only time it can be shown: to the person at the terminal, or in a file of theirs alone. */
async function showPassphrase(
  { fresh }: OwnerPassphrase,
  folder: string,
  log: IdentitySources['log'],
): Promise<void> {
  if (process.stderr.isTTY) {
    process.stderr.write(`\nThe passphrase that signs you in, shown this once:\n\n    ${fresh}\n\n`)
    return
  }
  const path = join(folder, 'owner-passphrase.txt')
  await writeFile(path, `${fresh}\n`, { mode: 0o600, flag: 'w' })
  log.warn('identity.passphrase', {
    explain: `the owner's passphrase is in ${path}: read it and delete the file`,
  })
}

/** What the engine says happened, on the record. */
function listen(engine: Provider, report: Report, clients: ClientRecords, log: IdentitySources['log']): void {
  const about = ({ oidc }: Context) => {
    const { AccessToken, ClientCredentials } = oidc.entities as Readonly<
      Record<
        string,
        | {
            readonly accountId?: string
            readonly jti?: string
            readonly scope?: string
            readonly aud?: string
          }
        | undefined
      >
    >
    const token = AccessToken ?? ClientCredentials
    return {
      client: oidc.client?.clientId,
      sub: token?.accountId,
      details: { jti: token?.jti, scope: token?.scope, resource: token?.aud },
    }
  }
  engine.on('authorization.success', (ctx: Context) => {
    const { client, session } = ctx.oidc
    report({ event: 'code', client: client?.clientId, sub: session.accountId })
  })
  engine.on('authorization.error', (ctx: Context, error: Error & { readonly error_description?: string }) => {
    const { client } = ctx.oidc
    report({
      event: 'authorization-refused',
      client: client?.clientId,
      rule: 'identity/authorization',
      explain: `${error.message}: ${error.error_description ?? ''}`,
    })
  })
  engine.on('grant.success', (ctx: Context) => {
    const { client, params } = ctx.oidc
    if (client !== undefined) clients.used(client.clientId)
    const how = String(params.grant_type)
    const { details, ...rest } = about(ctx)
    report({ event: how === 'refresh_token' ? 'refresh' : 'token', ...rest, details: { ...details, how } })
  })
  engine.on('grant.error', (ctx: Context, error: Error & { readonly error_detail?: string }) => {
    report({
      event: 'token-refused',
      client: ctx.oidc.client?.clientId,
      rule: 'identity/grant',
      explain: `${error.message}: ${error.error_detail ?? ''}`,
    })
  })
  engine.on('grant.revoked', (ctx: Context) => {
    report({ event: 'revoked', client: ctx.oidc.client?.clientId, details: { what: 'grant' } })
  })
  engine.on('access_token.destroyed', (token: { readonly clientId?: string; readonly jti: string }) => {
    report({ event: 'revoked', client: token.clientId, details: { what: 'access token', jti: token.jti } })
  })
  engine.on('client_credentials.destroyed', (token: { readonly clientId?: string; readonly jti: string }) => {
    report({ event: 'revoked', client: token.clientId, details: { what: 'access token', jti: token.jti } })
  })
  engine.on(
    'registration_create.success',
    (_ctx: Context, client: { readonly clientId: string; readonly clientName?: string }) => {
      report({ event: 'registered', client: client.clientId, details: { name: client.clientName } })
    },
  )
  const failed = (error: Error) => log.error('identity.failed', { error: error.stack ?? error.message })
  engine.on('server_error', (_ctx: Context, error: Error) => failed(error))
  engine.on('error', failed)
}
