/**
 * The way to a server by its configuration: a process or a URL, with its secrets resolved at the last moment.
 */

import { redactExact } from '@sallyport/controls/secrets'
import type { HttpServerConfig, ServerConfig } from '../config/config.ts'
import { SecretError, type SecretSources } from '../config/secrets.ts'
import type { SecretStores } from '../credentials/stores/secretStores.ts'
import { isOauth, type UpstreamCredentials } from '../credentials/upstreamCredentials.ts'
import type { Log } from '../log.ts'
import type { Era } from '../protocol/era.ts'
import type { UpstreamAuthorizer } from './authorizer.ts'
import { serverEnvironment } from './environment.ts'
import type { Guardian } from './guardian.ts'
import type { HttpPools } from './http.ts'
import { liveTexts } from './liveTexts.ts'
import { probeModern } from './probe.ts'
import { redactedLog } from './redactedLog.ts'
import { openRemote } from './remote.ts'
import { resolveTexts, secretVariables } from './resolvedTexts.ts'
import type { OpenedTransport, OpenTransport } from './serverRuntime.ts'
import { openStdio } from './stdio.ts'
import { UpstreamUnavailable } from './unavailable.ts'

export interface TransportSources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly guardian: Guardian
  readonly pools: HttpPools
  readonly log: Log
  /** Takes out what looks like a secret. The server's own secrets are taken out before it, by their exact values. */
  readonly redact: (text: string) => string
  /** Is told of a server before its secrets are resolved, so that they are recognised elsewhere: they may be new. */
  readonly learn?: (server: ServerConfig) => Promise<void>
  /** Where references other than variables and files are asked. */
  readonly stores?: SecretStores
  /**
   * Looks at what would be started or connected to; rejects with `UpstreamUnavailable` where that may not be. Resolves with
   * what is to be asked once more when the server has answered, if anything.
   */
  readonly admit: (
    server: ServerConfig,
    environment: Readonly<Record<string, string | undefined>>,
  ) => Promise<OpenedTransport['confirm']>
  /** How the gateway signs in at servers; absent: it does not. */
  readonly credentials?: Pick<UpstreamCredentials, 'authorizerOf'>
}

const CONNECT_TIMEOUT_MS = 10_000

/**
 * Opens transports as the configuration describes them, each with what takes the server's own secrets out of its words.
 * Rejects with `UpstreamUnavailable` when a reference cannot be resolved.
 */
export function makeOpenTransport(sources: TransportSources): OpenTransport {
  const { env, guardian, pools, log } = sources
  const secrets = secretSources(sources)
  return async (server, era, maxMessageBytes, principal) => {
    await sources.learn?.(server)
    if (server.kind === 'stdio') {
      const declared = await orUnavailable(server, resolveTexts(server.env, secrets))
      const environment = serverEnvironment({
        parent: env,
        inherit: server.inheritEnv,
        declared: declared.values,
      })
      const confirm = await sources.admit(server, environment)
      const redact = redactor(sources, [...declared.secrets, ...secretVariables(environment)])
      return {
        redact,
        confirm,
        open: (events, openRequests) =>
          openStdio(
            {
              serverId: server.id,
              command: server.command,
              ...(server.cwd === undefined ? {} : { cwd: server.cwd }),
              env: environment,
              maxMessageBytes,
              log: redactedLog(log, redact),
              guardian,
              redact,
              openRequests,
            },
            events,
          ),
      }
    }
    await sources.admit(server, {})
    const live = liveTexts(server.headers, {
      resolve: (texts) => resolveTexts(texts, secrets),
      now: () => performance.now(),
      // Told while the old ones are used: the server says itself when they are no good any more.
      failed: (error) => log.warn('secret.not-refreshed', { server: server.id, explain: String(error) }),
    })
    const headers = await orUnavailable(server, live)
    const redact = redactor(sources, headers.secrets)
    const authorizer = await authorizerFor(sources, server, principal)
    const options = {
      authorizer,
      serverId: server.id,
      url: server.url,
      headers: headers.values,
      maxMessageBytes,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      log: redactedLog(log, redact),
      pools,
      endpointTimeoutMs: CONNECT_TIMEOUT_MS,
    }
    return {
      redact,
      open: (events) => openRemote({ ...options, era, transport: server.transport }, events),
    }
  }
}

/** Asks a remote server for its era. */
export function makeProbeRemote(
  sources: TransportSources,
): (server: HttpServerConfig, signal: AbortSignal) => Promise<Era | 'unknown'> {
  const { pools, log } = sources
  const secrets = secretSources(sources)
  return async (server, signal) => {
    if (server.transport === 'sse') return 'legacy'
    const headers = await orUnavailable(server, resolveTexts(server.headers, secrets))
    const probe = await probeModern({
      authorizer: await authorizerFor(sources, server, undefined),
      serverId: server.id,
      url: server.url,
      headers: () => headers.values,
      maxMessageBytes: server.maxResultBytes,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      log: redactedLog(log, redactor(sources, headers.secrets)),
      signal,
      pools,
      timeoutMs: Math.min(server.startDeadlineMs, CONNECT_TIMEOUT_MS),
    })
    log.debug('era.probed', { server: server.id, era: probe.era })
    // It says nothing before somebody signed in. Nearly all that want a sign-in take `initialize`; and a server that nobody
    // sees is one that nobody can sign in at.
    const isShut = probe.era === 'unknown' && probe.fault.code === 'unauthorized'
    return isShut && isOauth(server) ? 'legacy' : probe.era
  }
}

/** Nobody's question is asked with nobody's credential: what is shared by all is the gateway's own. */
async function authorizerFor(
  sources: TransportSources,
  server: HttpServerConfig,
  principal: string | undefined,
): Promise<UpstreamAuthorizer | undefined> {
  const { credentials } = sources
  if (credentials === undefined || !isOauth(server)) return undefined
  const isOwn = server.oauth.shared || server.oauth.grant === 'client-credentials'
  if (principal === undefined && !isOwn) return undefined
  try {
    return await credentials.authorizerOf(server, principal ?? '')
  } catch (error) {
    sources.log.error('vault.shut', { server: server.id, explain: String(error) })
    const remedy = 'The log of the gateway says why.'
    throw new UpstreamUnavailable(server.id, `the sign-ins at "${server.id}" cannot be read`, remedy)
  }
}

/** A reference that cannot be resolved stops its server, and whoever calls it is told which one it is. */
async function orUnavailable<Value>({ id }: ServerConfig, resolved: Promise<Value>): Promise<Value> {
  try {
    return await resolved
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    const explain = `"${id}" could not be started: ${error.message}`
    const remedy = 'The next call after that is put right starts it.'
    throw new UpstreamUnavailable(id, explain, remedy, { cause: error, rule: 'upstream/secret' })
  }
}

function secretSources({ env, log, stores }: TransportSources): SecretSources {
  const warn = (explain: string) => log.warn('secret.file', { explain })
  return { env, warn, stored: stores?.read }
}

function redactor(sources: TransportSources, secrets: readonly string[]): (text: string) => string {
  const exact = redactExact(secrets)
  return (text) => sources.redact(exact(text))
}
