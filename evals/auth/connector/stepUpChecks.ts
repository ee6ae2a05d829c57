/** More scopes for a token: asked of the person whose it is, and not for ever (`stepup`). */
import type { AuthCheck } from '../check.ts'
import { audit, must, site, state, URLS } from './stage.ts'

export const stepUpChecks: readonly AuthCheck[] = [
  {
    id: 'STEP-001',
    title: 'more scopes are asked for with those there are, at most three times',
    async run() {
      const at = site('step1')
      await at.signedIn()
      let asked = 0
      for (const scope of ['a', 'b', 'c', 'd', 'e']) {
        at.world.behave.needs = [...at.world.behave.needs, scope]
        if ((await at.call()).text.includes('upstream/sign-in')) {
          asked++
          must((await at.signIn()).status === 200, 'the sign-in failed')
          const scopes =
            at.world.seen
              .filter(({ path }) => path === '/authorize')
              .at(-1)
              ?.query.get('scope') ?? ''
          must(scopes.startsWith('read') && scopes.includes(scope), `it asked for "${scopes}"`)
        }
      }
      must(asked === 3, `it asked ${asked} times`)
    },
  },
  {
    id: 'STEP-002',
    title: 'the same demand again is a failure for good',
    async run() {
      const at = site('step2')
      await at.signedIn()
      at.world.behave.needs = ['more']
      must((await at.call()).text.includes('upstream/sign-in'), 'it does not ask')
      // The server grants what is asked for and is not content with it.
      await at.signIn()
      for (const [token, { user }] of at.world.tokens) at.world.tokens.set(token, { user, scopes: [] })
      for (let i = 0; i < 3; i++) must(!(await at.call()).text.includes('/oauth/connect/'), 'it asks again')
    },
  },
  {
    id: 'STEP-003',
    title: 'a scope that the operator does not allow is refused and recorded',
    async run() {
      const at = site('step3')
      await at.signedIn()
      at.world.behave.needs = ['admin']
      const { text } = await at.call()
      must(!text.includes('/oauth/connect/'), 'it asks for it')
      for (let i = 0; i < 50 && !audit().includes('upstream/scope-denied'); i++)
        await new Promise((resolve) => setTimeout(resolve, 100))
      must(audit().includes('upstream/scope-denied'), 'it is not recorded')
    },
  },
  {
    id: 'STEP-005',
    title: 'a client that opens no addresses gets a link in the error, one that does gets the question',
    async run() {
      const at = site('step5')
      const plain = await at.call()
      must(plain.last?.result?.isError === true && plain.text.includes('/oauth/connect/'), 'there is no link')
      const asked = await at.call({ meta: URLS })
      must(asked.last?.result?.resultType === 'input_required', 'there is no question')
    },
  },
  {
    id: 'STEP-006',
    title: 'a link that another user opens is 403',
    async run() {
      const { door } = state()
      const link = await door.linkOf('bob')
      must((await door.open('ann', link)).status === 403, 'it was opened')
      must((await door.open('bob', link)).location !== null, 'its own user cannot open it')
    },
  },
  {
    id: 'STEP-007',
    title: 'as itself the gateway asks once, and never loops',
    async run() {
      const at = site('step7')
      must((await at.call()).text === 'you are gateway', 'it got no access')
      const posts = at.world.tokenPosts().length
      must(posts === 1, `it asked ${posts} times`)
      at.world.behave.needs = ['more']
      for (let i = 0; i < 3; i++)
        must(!(await at.call()).text.includes('/oauth/connect/'), 'it asks a person')
      must(at.world.tokenPosts().length === posts, 'it asked again for a scope')
    },
  },
]
