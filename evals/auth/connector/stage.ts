// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the configuration
/** What the cases of the connector share: a protected server and an authorization server for each, behind one gateway. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  type OauthWorld,
  openOauthWorld,
} from '../../../packages/gateway/src/credentials/testing/oauthWorld.ts'
import {
  FAULT_SERVER,
  type Home,
  type HttpGateway,
  makeHome,
  postModern,
  startHttpGateway,
} from '../../../tests/gateway/harness.ts'
import { openSignInDoor, type SignInDoor } from '../signInDoor.ts'

const MAIN = fileURLToPath(new URL('../../../packages/gateway/src/cli/main.ts', import.meta.url))
export const URLS = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } } }
export const CANARY = ['canary', 'Hx7-qT2-wB9', 'kD4'].join('-')

/** One case's own server, by its id in the configuration. */
export class Site {
  readonly id: string
  readonly world: OauthWorld
  constructor(id: string, world: OauthWorld) {
    this.id = id
    this.world = world
  }

  /** The answer to one call, as a text. */
  async call(
    options: { readonly at?: string; readonly meta?: object; readonly headers?: Record<string, string> } = {},
  ) {
    const { at = state().gateway.url, ...more } = options
    const { messages, text, status } = await postModern(
      at,
      1,
      'tools/call',
      { name: `${this.id}__whoami`, arguments: { as: 'ann' } },
      more,
    )
    state().answers.push(text)
    const last = messages.at(-1)
    return { status, raw: text, last, text: last?.result?.content?.[0]?.text ?? JSON.stringify(last) }
  }

  /** The link that the gateway gives for a call. */
  async link(): Promise<string> {
    const { text } = await this.call()
    const [link] = /http:\/\/127\.0\.0\.1:\d+\/oauth\/connect\/[\w-]{43}/.exec(text) ?? []
    if (link === undefined) throw new Error(`the gateway gave no link: ${text.slice(0, 300)}`)
    return link
  }

  /** A person opens the link and approves whatever is asked. */
  async signIn(user = 'ann') {
    return await this.world.browse(await this.link(), user)
  }

  async signedIn(): Promise<void> {
    const page = await this.signIn()
    must(page.status === 200, `signing in failed: ${page.text.slice(0, 300)}`)
    const { text } = await this.call()
    must(text === 'you are ann', `the call after the sign-in said ${text.slice(0, 300)}`)
  }

  /** A sign-in that must fail before a code, or anything registered, is sent anywhere. */
  async refusesSignIn(rule: string): Promise<void> {
    const page = await this.signIn()
    must(
      page.status >= 400 && page.text.includes(rule),
      `the page said ${page.status} ${page.text.slice(0, 300)}`,
    )
    must(this.world.tokenPosts().length === 0, 'a token was asked for')
  }
}

interface State {
  readonly home: Home
  readonly gateway: HttpGateway
  readonly sites: Map<string, Site>
  readonly answers: string[]
  readonly door: SignInDoor
}

let opened: State | undefined
export function state(): State {
  if (opened === undefined) throw new Error('open() was not called')
  return opened
}
export const site = (id: string): Site => {
  const found = state().sites.get(id)
  if (found === undefined) throw new Error(`no site ${id}`)
  return found
}

export function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

/** Case, and what its server's entry says beside the address. */
const SITES: Readonly<Record<string, object>> = {
  meta1: {},
  meta2: {},
  meta3: {},
  url2: {},
  url4: {},
  url5: {},
  res2: {},
  down2: {},
  state1: {},
  rt1: {},
  err1: {},
  tok1: {},
  tok2: {},
  cred1: { clientId: 'configured', clientSecret: '${env:UPSTREAM_CLIENT_SECRET}' },
  pass: {},
  pass4: {},
  vault8: {},
  vault10: {},
  vault13: {},
  vault15: {},
  vault16: {},
  step1: { scopes: ['read'] },
  step2: { scopes: ['read'] },
  step3: { scopes: ['read'], allowScopes: ['read', 'write'] },
  step5: {},
  step7: { clientId: 'machine', clientSecret: '${env:UPSTREAM_CLIENT_SECRET}', grant: 'client-credentials' },
  iss1: {},
  replay: {},
  ssrf1: {},
  ssrf2: {},
  ssrf3: {},
  size1: {},
  move1: {},
  reg1: {},
}

export function configOf(sites: ReadonlyMap<string, Site>, home: Home): object {
  const open = { rate: 'unlimited', schemas: { arguments: 'off', results: 'off' } }
  const remote = [...sites].map(([id, { world }]) => [
    id,
    { url: world.url, era: 'modern', oauth: SITES[id] ?? {}, ...open },
  ])
  const command = [
    process.execPath,
    FAULT_SERVER,
    '--era',
    'modern',
    '--name',
    'pipe',
    '--log',
    home.path('pipe.log'),
  ]
  return {
    servers: { ...Object.fromEntries(remote), pipe: { command, era: 'modern', ...open } },
    limits: { maxInFlightPerClient: 1000 },
  }
}

export async function open(): Promise<void> {
  const home = makeHome()
  Object.assign(home.env, { UPSTREAM_CLIENT_SECRET: CANARY })
  const sites = new Map<string, Site>()
  for (const id of Object.keys(SITES)) sites.set(id, new Site(id, await openOauthWorld()))
  const gateway = await startHttpGateway(home, configOf(sites, home))
  opened = { home, gateway, sites, answers: [], door: await openSignInDoor() }
}

export async function close(): Promise<void> {
  const { gateway, sites, home, door } = state()
  opened = undefined
  await gateway.stop()
  await door.close()
  for (const { world } of sites.values()) await world.close()
  home.remove()
}

export async function cli(...args: string[]): Promise<string> {
  const { home } = state()
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [MAIN, ...args, '--config', home.path('sallyport.json')],
    { env: home.env, cwd: home.dir },
  )
  return stdout
}

export function audit(): string {
  const { home } = state()
  return filesUnder(home.path('audit'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('')
}

export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesUnder(path) : entry.isFile() ? [path] : []
  })
}

/** Every token that any authorization server issued so far. */
export function tokensOf(): string[] {
  return [...state().sites.values()].flatMap(({ world }) => [
    ...world.tokens.keys(),
    ...world.tokenPosts('refresh_token').map(({ body }) => body.get('refresh_token') ?? ''),
  ])
}
