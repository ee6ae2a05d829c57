/**
 * The way to a server by its configuration: a process or a URL, with its secrets resolved at the last moment.
 */

import type { HttpServerConfig, SecretText } from '../config/config.ts'
import { resolveSecret, type SecretSources } from '../config/secrets.ts'
import type { Log } from '../log.ts'
import type { Era } from '../protocol/era.ts'
import { serverEnvironment } from './environment.ts'
import type { Guardian } from './guardian.ts'
import type { HttpPools } from './http.ts'
import { probeModern } from './probe.ts'
import { openRemote } from './remote.ts'
import type { OpenTransport } from './servers.ts'
import { openStdio } from './stdio.ts'

export interface TransportSources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly guardian: Guardian
  readonly pools: HttpPools
  readonly log: Log
  readonly redact: (text: string) => string
}

const CONNECT_TIMEOUT_MS = 10_000

/** Opens transports as the configuration describes them. Rejects with `SecretError` when a reference cannot be resolved. */
export function makeOpenTransport(sources: TransportSources): OpenTransport {
  const { env, guardian, pools, log, redact } = sources
  const secrets: SecretSources = { env, warn: (explain) => log.warn('secret.file', { explain }) }
  return async (server, era, maxMessageBytes) => {
    if (server.kind === 'stdio') {
      const declared = await resolveAll(server.env, secrets)
      const environment = serverEnvironment({ parent: env, inherit: server.inheritEnv, declared })
      return (events, openRequests) =>
        openStdio(
          {
            serverId: server.id,
            command: server.command,
            ...(server.cwd === undefined ? {} : { cwd: server.cwd }),
            env: environment,
            maxMessageBytes,
            log,
            guardian,
            redact,
            openRequests,
          },
          events,
        )
    }
    const headers = await resolveAll(server.headers, secrets)
    const options = {
      serverId: server.id,
      url: server.url,
      headers: () => headers,
      maxMessageBytes,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      log,
      pools,
      endpointTimeoutMs: CONNECT_TIMEOUT_MS,
    }
    return (events) => openRemote({ ...options, era, transport: server.transport }, events)
  }
}

/** Asks a remote server for its era. */
export function makeProbeRemote(
  sources: TransportSources,
): (server: HttpServerConfig) => Promise<Era | 'unknown'> {
  const { env, pools, log } = sources
  const secrets: SecretSources = { env, warn: (explain) => log.warn('secret.file', { explain }) }
  return async (server) => {
    if (server.transport === 'sse') return 'legacy'
    const headers = await resolveAll(server.headers, secrets)
    const probe = await probeModern({
      serverId: server.id,
      url: server.url,
      headers: () => headers,
      maxMessageBytes: server.maxResultBytes,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      log,
      pools,
      timeoutMs: Math.min(server.startDeadlineMs, CONNECT_TIMEOUT_MS),
    })
    log.debug('era.probed', { server: server.id, era: probe.era })
    return probe.era
  }
}

async function resolveAll(
  texts: Readonly<Record<string, SecretText>>,
  sources: SecretSources,
): Promise<Record<string, string>> {
  const resolved: Record<string, string> = Object.create(null)
  for (const [name, text] of Object.entries(texts)) resolved[name] = await resolveSecret(text, sources)
  return resolved
}
