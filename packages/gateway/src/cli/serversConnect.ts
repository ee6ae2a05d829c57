/** `sallyport servers connect` and `disconnect`: sign in at a server as the user of this machine, and leave again. */
import { spawn } from 'node:child_process'
import { openAuditOf } from '../audit/openAuditOf.ts'
import type { Config } from '../config/config.ts'
import { bearerChallenge } from '../credentials/connector/challenge.ts'
import { ConnectFault } from '../credentials/connector/connectFault.ts'
import type { Connector, Finished, OauthServer } from '../credentials/connector/connector.ts'
import { returnTo } from '../credentials/connector/linkPages.ts'
import { makeLoopbackDoor } from '../credentials/connector/loopbackDoor.ts'
import { FetchRefused, makeGuardedFetch } from '../credentials/guardedFetch.ts'
import { OwnSecrets } from '../credentials/ownSecrets.ts'
import { openSecretStores } from '../credentials/stores/secretStores.ts'
import { isOauth, localPrincipal, UpstreamCredentials } from '../credentials/upstreamCredentials.ts'
import { VaultLocked } from '../credentials/vault/vaultKey.ts'
import { statePaths } from '../state/paths.ts'
import { redactedLog } from '../upstream/redactedLog.ts'
import { type GlobalOptions, openLog, place, requireConfig, unknownServer } from './context.ts'
import { CommandError, EXIT } from './exit.ts'

const WAIT_MS = 10 * 60_000

export async function runServersConnect(
  name: string,
  options: GlobalOptions & { readonly browser?: boolean },
): Promise<number> {
  const config = await requireConfig(options)
  const server = oauthServer(config, name)
  return await withConnector(config, options, async (connector) => {
    const owner = connector.ownerOf(server, localPrincipal())
    if (connector.needOf(server, owner) === undefined) await askServer(connector, server, owner)
    const { url, finished } = await openSignIn(connector, server, owner)
    process.stderr.write(`Open this address to sign in at "${name}":\n`)
    process.stdout.write(`${url}\n`)
    if (options.browser !== false) openBrowser(url)
    const result = await finished
    if (!result.ok)
      throw new CommandError(EXIT.unchecked, `not signed in at "${name}": ${result.fault.message}`)
    process.stderr.write(`Signed in at "${name}".\n`)
    return EXIT.fine
  })
}

export async function runServersDisconnect(name: string, options: GlobalOptions): Promise<number> {
  const config = await requireConfig(options)
  const server = oauthServer(config, name)
  return await withConnector(config, options, async (connector) => {
    const { had, revoked } = await connector.disconnect(server, connector.ownerOf(server, localPrincipal()))
    if (options.json) process.stdout.write(`${JSON.stringify({ server: name, had, revoked })}\n`)
    else if (!had) process.stdout.write(`There was no sign-in at "${name}".\n`)
    else {
      const there = revoked
        ? 'and revoked there'
        : 'but its authorization server did not confirm that it was revoked there'
      process.stdout.write(`The sign-in at "${name}" was deleted here, ${there}.\n`)
    }
    return EXIT.fine
  })
}

export async function runServersRekey(options: GlobalOptions): Promise<number> {
  const config = await requireConfig(options)
  return await withConnector(config, options, async (_, credentials) => {
    const count = await credentials.changeKey()
    if (options.json) process.stdout.write(`${JSON.stringify({ records: count })}\n`)
    else process.stdout.write(`The vault has another key now: ${count} records were sealed anew.\n`)
    return EXIT.fine
  })
}

function oauthServer(config: Config, name: string): OauthServer {
  const server = config.servers.find(({ id }) => id === name)
  if (server === undefined) throw unknownServer(config, name)
  if (!isOauth(server))
    throw new CommandError(
      EXIT.usage,
      `"${name}" has no "oauth" in its entry: add \`oauth: {}\` to sign in there`,
    )
  if (server.oauth.grant === 'client-credentials')
    throw new CommandError(
      EXIT.usage,
      `the gateway signs in at "${name}" as itself: there is nothing to do by hand`,
    )
  return server
}

async function withConnector(
  config: Config,
  options: GlobalOptions,
  work: (connector: Connector, credentials: UpstreamCredentials) => Promise<number>,
): Promise<number> {
  const { env, homeDir } = place()
  const own = new OwnSecrets()
  const log = redactedLog(openLog(config, options), own.redact)
  const paths = statePaths({ env, homeDir })
  const audit = await openAuditOf(config, paths.state, log)
  const credentials = new UpstreamCredentials({
    paths,
    env,
    stored: openSecretStores({
      config: config.secretStores,
      env,
      homeDir,
      dataDir: paths.data,
      learn: (values) => own.learn(values),
      now: () => performance.now(),
    }).read,
    log,
    own,
    audit: () => audit,
    servers: () => config.servers,
    vaultKey: config.vaultKey,
  })
  try {
    return await work(await credentials.connector(), credentials)
  } catch (error) {
    if (error instanceof ConnectFault || error instanceof VaultLocked)
      throw new CommandError(EXIT.unchecked, error.message)
    throw error
  } finally {
    await credentials.close()
    await audit.close()
  }
}

/** Asks the server without a credential, to learn where it wants people to sign in. */
async function askServer(connector: Connector, server: OauthServer, owner: string): Promise<void> {
  // The address is the operator's own: it may be anywhere.
  const fetch = makeGuardedFetch({ reach: { loopback: true, privateNetworks: true } })
  let response: Response
  try {
    response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify(HELLO),
    })
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error
    throw new CommandError(EXIT.unchecked, `"${server.id}" cannot be asked: ${error.message}`)
  }
  const { resourceMetadata, scopes } =
    bearerChallenge(response.headers.get('www-authenticate') ?? undefined) ?? {}
  connector.need(server, owner, {
    url: server.url,
    why: 'sign-in',
    ...(resourceMetadata === undefined ? {} : { resourceMetadata }),
    ...(scopes === undefined || scopes.length === 0 ? {} : { scopes }),
  })
}

const HELLO = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'sallyport', version: '0' },
  },
}

/** A listener on this machine for what the browser brings back. */
async function openSignIn(
  connector: Connector,
  server: OauthServer,
  owner: string,
): Promise<{ readonly url: string; readonly finished: Promise<Finished> }> {
  const done = Promise.withResolvers<Finished>()
  const door = makeLoopbackDoor({
    port: async () => connector.lastLoopbackPort(),
    pages: () => ({
      takes: (path) => path === '/oauth/callback',
      receive(request, response) {
        const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
        connector
          .finish(searchParams, (id) => (id === server.id ? server : undefined))
          .then(
            (finished) => {
              const text = finished.ok
                ? 'You are signed in. Close this page.'
                : 'You are not signed in: see the terminal.'
              response
                .writeHead(finished.ok ? 200 : 400, { 'content-type': 'text/plain; charset=utf-8' })
                .end(text)
              // What is not an answer to this sign-in must not end it: any page of the browser can come here.
              if (finished.ok || finished.fault.rule !== 'upstream/oauth-state') done.resolve(finished)
            },
            (error: unknown) => {
              response.writeHead(500).end()
              done.reject(error)
            },
          )
      },
    }),
  })
  const timer = setTimeout(
    () => done.reject(new CommandError(EXIT.unchecked, 'nobody signed in within ten minutes')),
    WAIT_MS,
  )
  const url = await connector.begin(server, owner, returnTo(await door.origin()))
  const finished = done.promise.finally(async () => {
    clearTimeout(timer)
    // The browser gets its page first.
    setTimeout(() => void door.close(), 200)
  })
  return { url, finished }
}

/** Without a shell: the address is the server's to choose. */
function openBrowser(url: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url]
  const child = spawn(program ?? '', args, { stdio: 'ignore', detached: true, shell: false })
  child.on('error', () => process.stderr.write('No browser could be opened: open the address yourself.\n'))
  child.unref()
}
