/**
 * Where errors of the sign-in go (RFC 9700, 4.11.2): whoever registers a program here could use the gateway to send people
 * to an address of their own. Until a person allowed that program in this browser, they see a page of the gateway's.
 */
import type { AuthCheck } from '../check.ts'
import { expect } from '../expect.ts'
import { answerOf, Browser, pageOf, textOf } from './browser.ts'
import { expectNoRedirect } from './expectAnswer.ts'
import { onStage } from './stage.ts'
import { APP_REDIRECT, type Client, LOOPBACK_REDIRECT, type Wish } from './world.ts'

/** What a request can have wrong once its client and address are right. */
const FAULTS: readonly (readonly [title: string, change: Omit<Wish, 'client'>])[] = [
  ['no PKCE', { more: { code_challenge: undefined, code_challenge_method: undefined } }],
  ['plain PKCE', { more: { code_challenge_method: 'plain' } }],
  ['no scope of ours', { scope: 'nothing.here' }],
  ['another resource', { resource: 'https://elsewhere.example/mcp' }],
  ['prompt=none and nobody signed in', { more: { prompt: 'none' } }],
  ['an older kind of answer', { more: { response_type: 'token' } }],
  ['an answer behind the #', { more: { response_mode: 'fragment', code_challenge: undefined } }],
  ['a request object', { more: { request: 'eyJhbGciOiJub25lIn0.e30.' } }],
]

const kinds: readonly (readonly [name: string, client: () => Promise<Client>])[] = [
  ['registered itself', () => onStage().own.client(APP_REDIRECT, 'Errand')],
  [
    'known by a document',
    async () => ({ id: onStage().documents.client('/errors.json'), redirect: APP_REDIRECT }),
  ],
]

const WRITTEN_DOWN: Client = { id: 'web', redirect: APP_REDIRECT }

export const errorChecks: readonly AuthCheck[] = [
  ...kinds.map(
    ([name, client], at): AuthCheck => ({
      id: `SP-AS-ERR-${at + 1}`,
      title: `a program that ${name}: no error sends a person on before they allowed it`,
      async run() {
        for (const [, change] of FAULTS)
          await expectNoRedirect(onStage().own.request({ client: await client(), ...change }))
      },
    }),
  ),
  {
    id: 'SP-AS-ERR-3',
    title: 'a program that is written down gets its errors',
    async run() {
      for (const [title, change] of FAULTS.slice(0, 5)) {
        const landing = await new Browser().open(
          onStage().own.request({ client: WRITTEN_DOWN, ...change }).url,
        )
        expect(landing.kind === 'elsewhere', `${title}: a page came instead`)
        expect(answerOf(landing).get('state') === 'the-state', `${title}: without its state`)
      }
    },
  },
  {
    id: 'SP-AS-ERR-4',
    title: 'a program gets its errors in the browser in which it was allowed, and in no other',
    async run() {
      const { own } = onStage()
      const client = await own.client(APP_REDIRECT, 'Errand, allowed')
      const browser = new Browser()
      await own.code({ client }, browser)
      const wrong = own.request({ client, scope: 'nothing.here' })
      expect(
        answerOf(await browser.open(wrong.url)).get('error') === 'invalid_scope',
        'it got another answer',
      )
      await expectNoRedirect(wrong)
      const other = await own.client('https://other.example/cb', 'Errand, not allowed')
      const landing = await browser.open(own.request({ client: other, scope: 'nothing.here' }).url)
      expect(landing.kind === 'page', 'another program was answered in this browser')
      // A native app listens at another port each time.
      const native = await own.client(LOOPBACK_REDIRECT, 'Errand, native')
      await own.code({ client: native, redirect: 'http://127.0.0.1:5001/cb' }, browser)
      const again = { client: native, redirect: 'http://127.0.0.1:5002/cb', scope: 'nothing.here' }
      const answer = answerOf(await browser.open(own.request(again).url))
      expect(answer.get('error') === 'invalid_scope', 'a native app got another answer')
    },
  },
  {
    id: 'SP-AS-ERR-5',
    title: 'whoever does not allow it stays here, and may tell the program',
    async run() {
      const { own } = onStage()
      const client = await own.client('https://errand.example/cb', 'Errand, refused')
      for (const signedIn of [false, true]) {
        const browser = new Browser()
        let page = pageOf(await browser.open(own.request({ client }).url))
        if (signedIn) page = pageOf(await browser.press(page, 'sign-in', { passphrase: own.passphrase }))
        const refused = pageOf(await browser.press(page, 'deny'))
        expect(/Nothing was allowed/.test(textOf(refused)), `the page says ${textOf(refused)}`)
        expect(textOf(refused).includes('errand.example'), 'it does not say where the answer would go')
        const link = /<a href="([^"]+)"/.exec(refused.text)?.[1] ?? ''
        expect(new URL(link, own.base).origin === own.base, 'the link leads elsewhere at once')
        const stranger = await new Browser().open(new URL(link, own.base).href)
        expect(stranger.kind === 'page', 'the link sends another browser on')
        const answer = answerOf(await browser.open(new URL(link, own.base).href))
        expect(
          answer.get('error') === 'access_denied' && answer.get('state') === 'the-state',
          `got ${answer}`,
        )
      }
    },
  },
  {
    id: 'SP-AS-ERR-6',
    title: 'a program that is written down hears at once that it was not allowed',
    async run() {
      const { own } = onStage()
      const browser = new Browser()
      const page = pageOf(await browser.open(own.request({ client: WRITTEN_DOWN }).url))
      expect(answerOf(await browser.press(page, 'deny')).get('error') === 'access_denied', 'it did not')
    },
  },
]
