/**
 * The command that the suite runs as the client under test in its `auth/*` scenarios: the gateway in front of the suite's
 * server, an unauthenticated client behind it, and a person who signs in when the gateway says so.
 *
 * The person is `sallyport servers connect NAME --no-browser`, which prints an address, and this program, which opens it and
 * follows its redirects as a browser does: the suite's authorization server approves by itself.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type MeasuredRevision, REVISIONS } from '../cells.ts'
import { openGateClient } from '../client/gateClient.ts'
import { homesIn, startGateway } from '../programs.ts'

const GATEWAY = fileURLToPath(new URL('../../packages/gateway/src/cli/main.ts', import.meta.url))
/** The address that the suite expects of a client with a metadata document of its own. */
const CLIENT_METADATA = 'https://conformance-test.local/client-metadata.json'
/** More often than any scenario asks a person. */
const MAX_SIGN_INS = 6
const ROUNDS = 2
/** Long enough for a cold start on a busy machine. */
const SIGN_IN_MS = 30_000

interface Context {
  readonly client_id?: string
  readonly client_secret?: string
  readonly private_key_pem?: string
}

const url = process.argv.at(-1) ?? ''
const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? ''
const revision = (process.env.MCP_CONFORMANCE_PROTOCOL_VERSION ?? '') as MeasuredRevision
if (!(revision in REVISIONS)) {
  process.stderr.write(`no client for scenario "${scenario}" at revision "${revision}"\n`)
  process.exit(2)
}
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}') as Context

const folder = await mkdtemp(join(tmpdir(), 'sallyport-conformance-auth-'))
let signedIn = 0
try {
  const oauth = await oauthEntry(folder)
  const gateway = await startGateway({ url, oauth }, REVISIONS[revision], folder)
  try {
    for (let round = 0; round < ROUNDS; round++) {
      while (await asksForSignIn(gateway.url)) {
        if (signedIn >= MAX_SIGN_INS) throw new Error(`signed in ${signedIn} times without being let in`)
        signedIn++
        if (!(await signIn(folder))) throw new Error('the sign-in failed')
      }
    }
  } finally {
    await gateway.stop()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function oauthEntry(home: string): Promise<object> {
  const { client_id: clientId, client_secret: secret, private_key_pem: key } = context
  const own = { clientMetadataUrl: CLIENT_METADATA }
  if (clientId === undefined) return own
  const grant = scenario.includes('client-credentials') ? 'client-credentials' : 'code'
  const references: Record<string, string> = {}
  for (const [name, value] of [
    ['clientSecret', secret],
    ['clientKey', key],
  ] as const) {
    if (value === undefined) continue
    const path = join(home, name)
    await writeFile(path, value, { mode: 0o600 })
    references[name] = `\${file:${path}}`
  }
  return { clientId, grant, ...references }
}

/** Lists the tools and calls one; whether the gateway answered that somebody has to sign in. */
async function asksForSignIn(gateway: string): Promise<boolean> {
  try {
    const client = await openGateClient(gateway, revision)
    try {
      const tools = await client.listTools()
      const said = await client.callTool(tools[0]?.name ?? 'test-tool', {})
      return isSignIn(JSON.stringify(said ?? ''))
    } finally {
      await client.close()
    }
  } catch (error) {
    const said = `${String(error)} ${JSON.stringify(error)}`
    process.stderr.write(`the gateway says: ${said.slice(0, 500)}\n`)
    return isSignIn(said)
  }
}

function isSignIn(said: string): boolean {
  return said.includes('upstream/sign-in')
}

/** One sign-in, by the command line and a browser that clicks nothing. */
async function signIn(home: string): Promise<boolean> {
  const child = spawn(
    process.execPath,
    [GATEWAY, 'servers', 'connect', 'fixture', '--no-browser', '--config', join(home, 'sallyport.yaml')],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NO_COLOR: '1', ...homesIn(home) } },
  )
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const before = printed.includes('\n')
    printed += text
    if (before || !printed.includes('\n')) return
    fetch(printed.split('\n', 1)[0] ?? '').then(
      async (page) => {
        const text = await page.text()
        if (!page.ok) process.stderr.write(`the browser: HTTP ${page.status} ${text.slice(0, 300)}\n`)
      },
      (error: Error) => process.stderr.write(`the browser: ${error.message} ${String(error.cause)}\n`),
    )
  })
  const timer = setTimeout(() => child.kill(), SIGN_IN_MS)
  const code = await ended
  clearTimeout(timer)
  return code === 0
}
