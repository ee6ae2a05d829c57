/** What the gateway keeps of the tokens of servers, and where they must not be (`vault`). */
import { readFileSync } from 'node:fs'
import { openOauthWorld } from '../../../packages/gateway/src/credentials/testing/oauthWorld.ts'
import { startHttpGateway } from '../../../tests/gateway/harness.ts'
import type { AuthCheck } from '../check.ts'
import { cli, configOf, filesUnder, must, site, state, tokensOf } from './stage.ts'

export const vaultChecks: readonly AuthCheck[] = [
  {
    id: 'VAULT-008',
    title: 'a refresh that fails in passing keeps the access',
    async run() {
      const at = site('vault8')
      await at.signedIn()
      at.world.expireAll()
      at.world.behave.tokenStatus = 503
      must((await at.call()).text.includes('cannot be renewed now'), 'it does not say so')
      const posts = at.world.tokenPosts('refresh_token').length
      for (let i = 0; i < 4; i++) await at.call()
      must(at.world.tokenPosts('refresh_token').length === posts, 'it does not wait before it tries again')
      at.world.behave.tokenStatus = 200
      for (let i = 0; i < 100; i++) {
        if ((await at.call()).text === 'you are ann') return
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      throw new Error('it never recovered')
    },
  },
  {
    id: 'VAULT-010',
    title: 'two gateways refresh once',
    async run() {
      const at = site('vault10')
      const { home, sites } = state()
      const second = await startHttpGateway(home, configOf(sites, home))
      try {
        at.world.behave.expiresIn = 1
        const page = await at.signIn()
        must(page.status === 200, 'the sign-in failed')
        at.world.behave.expiresIn = 3600
        at.world.behave.delayMs = 400
        const calls = [state().gateway.url, second.url].flatMap((url) => [
          at.call({ at: url }),
          at.call({ at: url }),
        ])
        const texts = (await Promise.all(calls)).map(({ text }) => text)
        must(
          texts.every((text) => text === 'you are ann'),
          `a call said ${texts.join(' | ').slice(0, 500)}`,
        )
        const posts = at.world.tokenPosts('refresh_token').length
        must(posts === 1, `there were ${posts} refreshes`)
      } finally {
        await second.stop()
      }
    },
  },
  {
    id: 'VAULT-012',
    title: 'what is listed of servers has no token in it, and a link is its user’s alone',
    async run() {
      const text = await cli('servers', '--json')
      for (const token of tokensOf()) must(!text.includes(token), 'a token is listed')
      const { door } = state()
      must(
        (await door.open('ann', await door.linkOf('bob'))).status === 403,
        'another user’s link was opened',
      )
      must(
        (await fetch(`${door.origin}/oauth/connect/${'A'.repeat(43)}`)).status === 404,
        'a guessed link was opened',
      )
    },
  },
  {
    id: 'VAULT-013',
    title: 'leaving deletes here and revokes there',
    async run() {
      const at = site('vault13')
      await at.signedIn()
      await cli('servers', 'disconnect', 'vault13')
      must(at.world.revoked.length === 2, `${at.world.revoked.length} tokens were revoked`)
      must((await at.call()).text.includes('upstream/sign-in'), 'the access is still there')
    },
  },
  {
    id: 'VAULT-015',
    title: 'another issuer gets no token or client of the one before',
    async run() {
      const at = site('vault15')
      await at.signedIn()
      const second = await openOauthWorld()
      try {
        at.world.behave.resource = { authorization_servers: [second.issuer] }
        at.world.expireAll()
        const posts = at.world.tokenPosts().length
        const link = await at.link()
        must(at.world.tokenPosts().length === posts, 'the old one was asked to renew')
        await second.browse(link, 'ann')
        must(
          second.seen.some(({ path }) => path === '/register'),
          'it was not registered anew',
        )
        const told = second.seen.map(({ text, headers }) => `${text} ${JSON.stringify(headers)}`).join(' ')
        must(!/(?:access|refresh)-ann/.test(told), 'it got a token of the one before')
      } finally {
        await second.close()
      }
    },
  },
  {
    id: 'VAULT-016',
    title: 'no token is in any log, record, answer or file in clear',
    async run() {
      const at = site('vault16')
      await at.signedIn()
      at.world.expireAll()
      await at.call()
      const { home, gateway, answers } = state()
      const texts = [
        gateway.stderr(),
        ...answers,
        ...filesUnder(home.dir).map((file) => readFileSync(file, 'latin1')),
      ]
      const tokens = tokensOf()
      must(tokens.length > 3, 'there are no tokens to look for')
      for (const token of tokens)
        must(
          texts.every((text) => !text.includes(token)),
          'a token is there in clear',
        )
    },
  },
  {
    id: 'VAULT-017',
    title: 'the same subject at two issuers is two users',
    async run() {
      const { door } = state()
      await door.signIn('ann')
      must((await door.call('ann')) === 'you are ann', 'the user is not signed in')
      must(
        (await door.call('ann', 'https://second.example')).includes('upstream/sign-in'),
        'the other one is, too',
      )
    },
  },
  {
    id: 'VAULT-018',
    title: 'an address that passes to somebody else gives them nothing',
    async run() {
      const { door } = state()
      await door.signIn('ann')
      // Only issuer and subject name a user: whoever has ann's address now has another subject.
      must((await door.call('ann2')).includes('upstream/sign-in'), 'the new holder is signed in')
    },
  },
]
