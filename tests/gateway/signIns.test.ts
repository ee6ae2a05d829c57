/** What people allowed programs, at a gateway of two workers: listed and ended by the command line, at once in both. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Browser } from '../../evals/auth/signIn/browser.ts'
import { APP_REDIRECT, type Client, SignInWorld } from '../../evals/auth/signIn/world.ts'
import { bearer, modern } from './identityWorld.ts'
import { run } from './workerClient.ts'

interface Listed {
  readonly signIns: readonly {
    readonly id: string
    readonly account: string
    readonly program: string
    readonly programName: string
    readonly allows: Readonly<Record<string, string>>
    readonly allowedAt: string
  }[]
  readonly programs: readonly { readonly id: string; readonly name: string }[]
  readonly people: readonly { readonly account: string }[]
}

let world: SignInWorld
let config: string

beforeAll(async () => {
  world = await SignInWorld.open(
    { clients: { web: { redirects: [APP_REDIRECT], name: 'Written down' } } },
    { more: { listen: { workers: 2 } } },
  )
  config = world.home.path('sallyport.json')
})
afterAll(() => world?.close())

const command = (...args: string[]) => run(world.home, 'sign-ins', ...args, '--config', config)

async function list(): Promise<Listed> {
  const { stdout, code } = await command('list', '--json')
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

/** Of a token, at as many connections as reach both workers. */
async function statuses(token: string): Promise<readonly number[]> {
  const asked = Array.from({ length: 6 }, () => modern(world.base, bearer(token), 'tools/list'))
  return [...new Set((await Promise.all(asked)).map(({ status }) => status))]
}

async function allowed(client: Client, browser: Browser) {
  const answer = await world.redeem(await world.code({ client, scope: 'mcp' }, browser))
  return { access: String(answer.body.access_token), refresh: String(answer.body.refresh_token) }
}

it('lists who allowed which program what, and nothing that opens anything', async () => {
  const client = await world.client(APP_REDIRECT, 'First program')
  const tokens = await allowed(client, new Browser())
  const { stdout } = await command('list', '--json')
  const known = JSON.parse(stdout) as Listed
  expect(known.signIns).toMatchObject([
    {
      account: 'owner',
      program: client.id,
      programName: 'First program',
      allows: { [`${world.base}/mcp`]: 'mcp' },
    },
  ])
  expect(known.programs).toMatchObject([{ id: client.id, name: 'First program' }])
  expect(known.people).toMatchObject([{ account: 'owner' }])
  expect(Date.parse(known.signIns[0]?.allowedAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
  const table = (await command('list')).stdout
  expect(table).toContain('First program')
  for (const text of [stdout, table])
    for (const secret of Object.values(tokens)) expect(text).not.toContain(secret)
})

it('ends one at once with all its tokens, in every worker, and the person is asked again; others go on', async () => {
  const browser = new Browser()
  const [one, other] = [await world.client(APP_REDIRECT, 'One'), await world.client(APP_REDIRECT, 'Other')]
  const ended = await allowed(one, browser)
  const kept = await allowed(other, browser)
  const renewed = (await world.refresh(one, ended.refresh)).body
  expect(await statuses(ended.access)).toEqual([200])
  const id = (await list()).signIns.find(({ program }) => program === one.id)?.id ?? ''
  const answer = await command('end', id)
  expect(answer).toMatchObject({ code: 0 })
  expect(answer.stdout).toContain(`ended ${id}: One`)
  for (const token of [ended.access, String(renewed.access_token)])
    expect(await statuses(token)).toEqual([401])
  for (const token of [ended.refresh, String(renewed.refresh_token)])
    expect((await world.refresh(one, token)).status).toBe(400)
  expect((await list()).signIns.map(({ program }) => program)).not.toContain(one.id)
  const again = await browser.open(world.request({ client: one, scope: 'mcp' }).url)
  expect(again.kind === 'page' && again.text).toContain('value="allow"')
  expect(await statuses(kept.access)).toEqual([200])
  expect((await world.refresh(other, kept.refresh)).status).toBe(200)
  expect(world.events().map(({ event }) => event)).toContain('identity.sign-in-ended')
})

it('ends all of a person, and their browsers are signed out', async () => {
  const browser = new Browser()
  const tokens = await allowed(await world.client(APP_REDIRECT, 'Of the owner'), browser)
  const { code, stdout } = await command('end', '--person', 'owner', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout).ended.length).toBeGreaterThan(1)
  expect(await statuses(tokens.access)).toEqual([401])
  expect((await list()).signIns).toEqual([])
  const page = await browser.open(world.request({ client: await world.client() }).url)
  expect(page.kind === 'page' && page.text).toContain('name="passphrase"')
  expect(world.events().map(({ event }) => event)).toContain('identity.person-ended')
  // They may come in again.
  const anew = await allowed(await world.client(APP_REDIRECT, 'Of the owner'), browser)
  expect(await statuses(anew.access)).toEqual([200])
})

it('ends all of a program and its registration; another one keeps both', async () => {
  const [gone, stays] = [await world.client(APP_REDIRECT, 'Gone'), await world.client(APP_REDIRECT, 'Stays')]
  const tokens = await allowed(gone, new Browser())
  const kept = await allowed(stays, new Browser())
  expect(await command('end', '--program', gone.id)).toMatchObject({ code: 0 })
  expect(await statuses(tokens.access)).toEqual([401])
  expect((await world.refresh(gone, tokens.refresh)).body.error).toBe('invalid_client')
  expect(await statuses(kept.access)).toEqual([200])
  const { programs } = await list()
  expect(programs.map(({ name }) => name)).toContain('Stays')
  expect(programs.map(({ name }) => name)).not.toContain('Gone')
})

it('ends nothing that is not named as it is', async () => {
  const tokens = await allowed(await world.client(APP_REDIRECT, 'Careful'), new Browser())
  const id = (await list()).signIns.at(-1)?.id ?? ''
  for (const args of [
    ['end'],
    ['end', id.slice(0, 6)],
    ['end', id, 'ffffffffffff'],
    ['end', '--person', 'own'],
    ['end', '--program', 'nothing'],
    ['end', id, '--person', 'owner'],
  ])
    expect([args, (await command(...args)).code]).toEqual([args, 2])
  expect(await statuses(tokens.access)).toEqual([200])
})
