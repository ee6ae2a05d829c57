/** What keeps the authorization server running, and what of it is on the record. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { makeHome } from '../../../tests/gateway/harness.ts'
import type { AuthCheck } from '../check.ts'
import { expect } from '../expect.ts'
import { Browser, pageOf } from './browser.ts'
import { MACHINE_SECRET, onStage } from './stage.ts'
import { APP_REDIRECT, SignInWorld } from './world.ts'

export const operationChecks: readonly AuthCheck[] = [
  {
    id: 'SEC-011',
    title:
      'the passphrase of the owner: 140 bits, for its user alone, hashed, shown at the first start only, on no record',
    async run() {
      const world = await SignInWorld.open({})
      const folder = '.local/state/sallyport/identity'
      try {
        const { passphrase } = world
        expect(
          /^(?:[0-9a-hjkmnp-tv-z]{4}-){6}[0-9a-hjkmnp-tv-z]{4}$/.test(passphrase),
          `it is ${passphrase.length} long`,
        )
        for (const file of ['owner.json', 'owner-passphrase.txt'])
          expect(
            (statSync(world.home.path(`${folder}/${file}`)).mode & 0o077) === 0,
            `${file} is open to others`,
          )
        const hash = readFileSync(world.home.path(`${folder}/owner.json`), 'utf8')
        const said =
          world.gateway.stderr() +
          world
            .events()
            .map(({ text }) => text)
            .join('')
        for (const form of [passphrase, passphrase.replaceAll('-', '')])
          expect(!hash.includes(form) && !said.includes(form), 'it stands in clear where it must not')
        rmSync(world.home.path(`${folder}/owner-passphrase.txt`))
        await world.gateway.stop()
        const again = await SignInWorld.open({}, { home: world.home, port: Number(new URL(world.base).port) })
        try {
          expect(!existsSync(world.home.path(`${folder}/owner-passphrase.txt`)), 'it was shown again')
        } finally {
          await again.gateway.stop()
        }
      } finally {
        await world.close()
      }
    },
  },
  {
    id: 'SP-OPS-1',
    title: 'guessing the secret of a client meets a limit',
    async run() {
      const world = await SignInWorld.open(
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
        { clients: { robot: { secret: '${env:MACHINE_SECRET}' } } },
        { env: { MACHINE_SECRET } },
      )
      try {
        const form = { grant_type: 'client_credentials', client_id: 'robot' }
        const statuses: number[] = []
        for (let at = 0; at < 40; at++)
          statuses.push((await world.token({ ...form, client_secret: `guess-${at}` })).status)
        expect(statuses[0] === 401 && statuses.at(-1) === 429, `statuses were ${statuses}`)
        expect(
          (await world.token({ ...form, client_secret: MACHINE_SECRET })).status === 429,
          'the right one counts',
        )
      } finally {
        await world.close()
      }
    },
  },
  {
    id: 'SP-OPS-2',
    title: 'the secret of a client is guessed where tokens are revoked no more often than where they are had',
    async run() {
      const world = await SignInWorld.open(
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
        { clients: { robot: { secret: '${env:MACHINE_SECRET}' } } },
        { env: { MACHINE_SECRET } },
      )
      try {
        const guess = async (secret: string) => {
          const body = new URLSearchParams({ client_id: 'robot', client_secret: secret, token: 'any' })
          return (await fetch(`${world.base}/oauth/revoke`, { method: 'POST', body })).status
        }
        const statuses: number[] = []
        for (let at = 0; at < 40; at++) statuses.push(await guess(`guess-${at}`))
        expect(statuses[0] === 401 && statuses.at(-1) === 429, `statuses were ${statuses}`)
        expect((await guess(MACHINE_SECRET)) === 429, 'the right one counts')
      } finally {
        await world.close()
      }
    },
  },
  {
    id: 'SP-OPS-3',
    title: 'secrets sent for clients that have none lock nobody out',
    async run() {
      const world = await SignInWorld.open({})
      try {
        const { client, refresh } = await world.tokens()
        const stranger = await world.client(APP_REDIRECT, 'Stranger')
        for (let at = 0; at < 40; at++)
          await world.refresh(stranger, 'any', { client_secret: `anything-${at}` })
        const renewed = await world.refresh(client, refresh)
        expect(renewed.status === 200, `the refresh of another client was answered with ${renewed.status}`)
      } finally {
        await world.close()
      }
    },
  },
  {
    id: 'SP-OPS-4',
    title: 'with a new passphrase of the owner ends what was given with the old one',
    async run() {
      const before = await SignInWorld.open({})
      const { access, refresh, client } = await before.tokens()
      await before.gateway.stop()
      rmSync(before.home.path('.local/state/sallyport/identity/owner.json'))
      const world = await SignInWorld.open({}, { home: before.home, port: Number(new URL(before.base).port) })
      try {
        expect((await world.call(access)) === 401, 'the access token still works')
        expect((await world.refresh(client, refresh)).status === 400, 'the refresh token still works')
        const fresh = await world.tokens({ client })
        expect((await world.call(fresh.access)) === 200, 'a new sign-in gives nothing that works')
      } finally {
        await world.close()
      }
    },
  },
  {
    id: 'SP-OPS-5',
    title: 'who signs in no more, by the configuration, gets no new tokens',
    async run() {
      const before = await SignInWorld.open({})
      const { access, refresh, client } = await before.tokens()
      await before.gateway.stop()
      const port = Number(new URL(before.base).port)
      const world = await SignInWorld.open({ owner: 'off' }, { home: before.home, port })
      try {
        expect((await world.refresh(client, refresh)).status === 400, 'the refresh token still works')
        expect((await world.call(access)) === 401, 'the access token still works')
      } finally {
        await world.close()
      }
    },
  },
  {
    id: 'OPS-006',
    title: 'what is revoked is refused at once',
    async run() {
      const { own } = onStage()
      const { access, refresh, client } = await own.tokens()
      expect((await own.call(access)) === 200, 'the token does not work')
      expect((await own.revoke(client, refresh)) === 200, 'it could not be revoked')
      expect((await own.call(access)) === 401, 'the access token still works')
      const second = await own.tokens()
      expect((await own.revoke(second.client, second.access)) === 200, 'it could not be revoked')
      expect((await own.call(second.access)) === 401, 'the revoked access token still works')
      const third = await own.tokens()
      await own.revoke(await own.client(APP_REDIRECT, 'Other App'), third.access)
      expect((await own.call(third.access)) === 200, 'another client could revoke it')
    },
  },
  {
    id: 'OPS-007',
    title: 'everything is on the record, and no secret with it',
    async run() {
      const { own, documents } = onStage()
      const code = await own.code({ client: await own.client() })
      const { body } = await own.redeem(code)
      const client = code.request.wish.client
      const refreshed = await own.refresh(client, String(body.refresh_token))
      await own.revoke(client, String(refreshed.body.refresh_token))
      await own.tokens({ client: { id: documents.client('/recorded'), redirect: APP_REDIRECT } })
      const events = own.events()
      for (const wanted of [
        'registered',
        'client-document',
        'signed-in',
        'consent',
        'code',
        'token',
        'refresh',
        'revoked',
      ])
        expect(
          events.some(({ event }) => event === `identity.${wanted}`),
          `there is no event identity.${wanted}`,
        )
      const all = events.map(({ text }) => text).join('\n') + own.gateway.stderr()
      const secrets = [code.code, body.access_token, body.refresh_token, refreshed.body.access_token]
      for (const secret of [...secrets, own.passphrase, MACHINE_SECRET])
        expect(!all.includes(String(secret)), 'a secret is on the record or in the log')
    },
  },
  {
    id: 'OPS-009',
    title: 'a code ends within a minute',
    async run() {
      const { own } = onStage()
      const code = await own.code({ client: await own.client() })
      const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
      const database = new DatabaseSync(own.home.path('.local/state/sallyport/identity/identity.sqlite'), {
        readOnly: true,
      })
      try {
        const row = database
          .prepare("SELECT max(expires_at) AS at FROM artifacts WHERE kind = 'AuthorizationCode'")
          .get()
        const left = Number(row?.at) - Date.now()
        expect(left > 0 && left <= 60_000, `it has ${left} ms`)
        const all = database.prepare('SELECT payload FROM artifacts').all()
        expect(!JSON.stringify(all).includes(code.code), 'the code stands in the file')
      } finally {
        database.close()
      }
    },
  },
  {
    id: 'OPS-011',
    title: 'an assertion that one process took, another does not',
    async run() {
      const { own, assertion, documents } = onStage()
      const second = await SignInWorld.open(
        {
          loopbackDocuments: true,
          assertions: [{ issuer: 'https://assertions.example', jwks: `${documents.origin}/keys` }],
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
          clients: { agent: { secret: '${env:MACHINE_SECRET}', grants: ['assertion'] } },
        },
        {
          home: { ...own.home, configure: makeHome().configure, remove: () => undefined },
          env: { MACHINE_SECRET },
          auth: { publicUrl: own.base },
        },
      )
      try {
        const form = {
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
          client_id: 'agent',
          client_secret: MACHINE_SECRET,
          assertion: await assertion(),
        }
        const first = await own.token(form)
        expect(first.status === 200, `the first answered ${first.status}: ${JSON.stringify(first.body)}`)
        const again = await second.token(form)
        expect(again.body.error === 'invalid_grant', `the other answered ${again.status}`)
        const token = String(first.body.access_token)
        expect((await second.call(token)) === 200, 'the other process does not take the token')
        const body = new URLSearchParams({ token, client_id: 'agent', client_secret: MACHINE_SECRET })
        await fetch(`${own.base}/oauth/revoke`, { method: 'POST', body })
        await new Promise((resolve) => setTimeout(resolve, 500))
        expect((await second.call(token)) === 401, 'the other process takes what was revoked')
      } finally {
        await second.close()
      }
    },
  },
  {
    id: 'OPS-001',
    title: 'a flood of registrations meets a limit; documents still count',
    async run() {
      const world = await SignInWorld.open({ loopbackDocuments: true })
      try {
        const metadata = { redirect_uris: [APP_REDIRECT], token_endpoint_auth_method: 'none' }
        const statuses = new Set<number>()
        for (let at = 0; at < 100; at++) statuses.add((await world.register(metadata)).status)
        expect(statuses.has(429), `all were taken: ${[...statuses]}`)
        const id = onStage().documents.client('/after-flood')
        await world.tokens({ client: { id, redirect: APP_REDIRECT } })
      } finally {
        await world.close()
      }
    },
  },
  {
    id: 'OPS-004',
    title: 'a flood of document addresses meets a budget, and what failed is not asked again',
    async run() {
      const world = await SignInWorld.open({ loopbackDocuments: true })
      const { documents } = onStage()
      try {
        const ask = async (path: string) => {
          const client = { id: documents.origin + path, redirect: APP_REDIRECT }
          await new Browser().open(world.request({ client }).url)
        }
        await ask('/flood-same')
        await ask('/flood-same')
        expect(documents.asked('/flood-same') === 1, 'what failed was asked again')
        const paths = Array.from({ length: 100 }, (_, at) => `/flood-${at}`)
        for (const path of paths) await ask(path)
        const asked = paths.filter((path) => documents.asked(path) > 0).length
        expect(asked <= 60, `${asked} of 100 were fetched`)
      } finally {
        await world.close()
      }
    },
  },
  {
    id: 'OPS-013',
    title: 'people sign in over https, or on this machine',
    async run() {
      const home = makeHome()
      const file = home.configure({
        auth: { publicUrl: 'http://gate.lan:7000', server: {} },
        listen: { http: '127.0.0.1:0', allowedHosts: ['gate.lan:7000'] },
        servers: {},
      })
      const main = fileURLToPath(new URL('../../../packages/gateway/src/cli/main.ts', import.meta.url))
      const child = spawn(process.execPath, [main, 'serve', '--config', file], {
        env: home.env,
        stdio: 'pipe',
      })
      try {
        let said = ''
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          said += text
        })
        const code = await new Promise((resolve) => {
          child.once('close', resolve)
          child.stderr.on('data', () => {
            if (said.includes('http.listening')) resolve('it serves')
          })
        })
        expect(code !== 'it serves' && code !== 0, 'it serves')
        expect(said.includes('https'), `it does not say why: ${said}`)
      } finally {
        child.kill()
        home.remove()
      }
    },
  },
  {
    id: 'OPS-014',
    title: 'guessing the passphrase meets a limit',
    async run() {
      const world = await SignInWorld.open({})
      try {
        const browser = new Browser()
        let page = pageOf(await browser.open(world.request({ client: await world.client() }).url))
        const statuses: number[] = []
        for (let at = 0; at < 7; at++) {
          page = pageOf(await browser.press(page, 'sign-in', { passphrase: `wrong-${at}` }))
          statuses.push(page.status)
        }
        expect(statuses.at(-1) === 429, `statuses were ${statuses}`)
        page = pageOf(await browser.press(page, 'sign-in', { passphrase: world.passphrase }))
        expect(page.status === 429, 'the right one was still looked at')
      } finally {
        await world.close()
      }
    },
  },
]
