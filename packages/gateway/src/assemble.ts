/**
 * Puts a gateway together from a configuration: audit trail, keys, guardian, connections. The one place that knows the
 * real clock and the real environment.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { ConsentStore } from './approvals/consentStore.ts'
import { DesktopNotice } from './approvals/desktopNotice.ts'
import { TaskToolStore } from './arguments/taskToolStore.ts'
import type { AuditTrail } from './audit/entry.ts'
import { openAuditOf } from './audit/openAuditOf.ts'
import type { Config, ServerConfig } from './config/config.ts'
import type { AskStored } from './config/secrets.ts'
import { guardedTrail } from './credentials/guardedTrail.ts'
import { learnReferences } from './credentials/learnReferences.ts'
import { OwnSecrets } from './credentials/ownSecrets.ts'
import { openSecretStores } from './credentials/stores/secretStores.ts'
import { UpstreamCredentials } from './credentials/upstreamCredentials.ts'
import { Gateway } from './gateway.ts'
import { type CallLimiter, LimitBook } from './limits/limitBook.ts'
import type { Log } from './log.ts'
import { openPins } from './pins/openPins.ts'
import { privateKey } from './state/keys.ts'
import { statePaths } from './state/paths.ts'
import { EraVerdicts } from './upstream/eraVerdicts.ts'
import { makeGuardian } from './upstream/guardian.ts'
import { HttpPools } from './upstream/http.ts'
import { makeOpenTransport, makeProbeRemote, type TransportSources } from './upstream/openTransport.ts'
import { redactedLog } from './upstream/redactedLog.ts'
import { StartGate } from './upstream/starts.ts'
import { openSurfaces } from './upstream/surface/openSurfaces.ts'
import { WithheldTexts } from './withheld/withheldTexts.ts'

export interface World {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
  readonly log: Log
  /** Counts calls for several gateways that are one to their user; else this one counts its own. */
  readonly limiter?: CallLimiter
}

export interface RunningGateway {
  readonly gateway: Gateway
  readonly audit: AuditTrail
  /** Where references other than variables and files are asked. */
  readonly stored: AskStored
  /** How it signs in at servers. */
  readonly credentials: UpstreamCredentials
  /** Ends every server and connection, then the audit trail. Idempotent. */
  close(): Promise<void>
}

/** Monotonic clock, in milliseconds. */
export const monotonic = (): number => performance.now()

/**
 * Starts a gateway without a door. Rejects when the audit trail cannot be opened: nothing passes unrecorded.
 *
 * @example
 * const running = await startGateway(config, { env: process.env, homeDir: homedir(), log })
 */
export async function startGateway(config: Config, world: World): Promise<RunningGateway> {
  const { env, homeDir } = world
  const secrets = new OwnSecrets()
  secrets.learnEnvironment(env)
  const learn = (server: ServerConfig) => learnReferences(server, env, secrets)
  await Promise.all(config.servers.map(learn))
  const log = redactedLog(world.log, secrets.redact)
  const paths = statePaths({ env, homeDir })
  const trail = await openAuditOf(config, paths.state, log)
  const taskKey = await privateKey(join(paths.data, 'tasks.key'))
  const audit = guardedTrail(trail, secrets, digestKey(taskKey))
  const guardian = makeGuardian({ log })
  const pools = new HttpPools({
    connectTimeoutMs: 10_000,
    onSecure: (origin, certificate) => gateway.admitCertificate(origin, certificate),
  })
  // Nothing is opened before the gateway below is there.
  const admit: TransportSources['admit'] = (server, environment) => gateway.admit(server, environment)
  const stores = openSecretStores({
    config: config.secretStores,
    env,
    homeDir,
    dataDir: paths.data,
    learn: (values) => secrets.learn(values),
    now: monotonic,
  })
  const credentials = new UpstreamCredentials({
    paths,
    env,
    stored: stores.read,
    log,
    own: secrets,
    audit: () => audit,
    servers: () => gateway.relay.config.servers,
    vaultKey: config.vaultKey,
  })
  const sources = {
    env,
    guardian,
    pools,
    log,
    redact: secrets.redact,
    learn,
    stores,
    admit,
    credentials,
  }
  const surfaces = await openSurfaces(paths, config, env, log)
  const pins = await openPins(paths, config, log)
  const withheld = new WithheldTexts({ folder: join(paths.state, 'withheld'), log, now: () => new Date() })
  const consent = new ConsentStore(join(paths.state, 'consent.sqlite'))
  const taskTools = new TaskToolStore({ path: join(paths.state, 'tasks.sqlite'), log, now: () => Date.now() })
  const notice = new DesktopNotice({ platform: process.platform, env, log })
  const gateway: Gateway = new Gateway({
    config,
    audit,
    log,
    taskKey,
    pins,
    limiter: world.limiter ?? new LimitBook(config, monotonic),
    review: {
      keep: (text) => withheld.keep({ ...text, text: secrets.redact(text.text) }),
      secret: randomBytes(16).toString('hex'),
    },
    secrets,
    consent,
    notice,
    taskTools,
    world: { env, homeDir },
    runtime: {
      open: makeOpenTransport(sources),
      surfaces,
      starts: new StartGate(config.limits.concurrentStarts),
      eras: new EraVerdicts({
        file: join(paths.cache, 'eras.json'),
        now: () => Date.now(),
        probeRemote: makeProbeRemote(sources),
      }),
      now: monotonic,
      wallClock: () => Date.now(),
    },
  })
  await audit.append({
    kind: 'event',
    event: 'gateway.started',
    details: { pid: process.pid, profile: config.profile, servers: config.servers.length },
  })
  let closing: Promise<void> | undefined
  const end = async () => {
    await gateway.close()
    notice.close()
    consent.close()
    taskTools.close()
    await credentials.close()
    await Promise.all([guardian.close(), pools.close(), pins.close(), withheld.close()])
    await audit.append({ kind: 'event', event: 'gateway.stopped', details: { pid: process.pid } })
    await audit.close()
  }
  return {
    gateway,
    audit,
    stored: stores.read,
    credentials,
    close: () => {
      closing ??= end()
      return closing
    },
  }
}

/** The digests of a trail can be compared and proven for as long as the installation keeps its keys. */
function digestKey(taskKey: Buffer): string {
  return createHmac('sha256', taskKey).update('sallyport audit digests').digest('hex')
}
