/** What goes through the gateway and what does not: a client’s credential never goes to a server (`passthrough`). */
import { readFileSync } from 'node:fs'
import { postModern } from '../../../tests/gateway/harness.ts'
import type { AuthCheck } from '../check.ts'
import { CANARY, must, site, state } from './stage.ts'

export const passthroughChecks: readonly AuthCheck[] = [
  {
    id: 'GW-PASS-001',
    title: 'the client’s Authorization never reaches a server',
    async run() {
      const at = site('pass')
      await at.call({ headers: { authorization: `Bearer ${CANARY}` } })
      await at.signedIn()
      await at.call({ headers: { authorization: `Bearer ${CANARY}` } })
      must(!JSON.stringify(at.world.calls).includes(CANARY), 'it was sent on')
    },
  },
  {
    id: 'GW-PASS-002',
    title: 'no other credential of the client reaches a server',
    async run() {
      const at = site('pass')
      const names = [
        'cookie',
        'x-api-key',
        'dpop',
        'proxy-authorization',
        'x-forwarded-user',
        'forwarded',
        'x-upstream-authorization',
      ]
      await at.call({ headers: Object.fromEntries(names.map((name) => [name, `${name}=${CANARY}`])) })
      for (const { headers } of at.world.calls) {
        for (const name of names) must(headers[name] === undefined, `${name} was sent on`)
        must(!JSON.stringify(headers).includes(CANARY), 'a value was sent on')
      }
    },
  },
  {
    id: 'GW-PASS-004',
    title: 'a server’s challenge is replaced by our own words',
    async run() {
      const at = site('pass4')
      const { status, raw } = await at.call()
      must(
        status === 200 && !raw.includes('resource_metadata'),
        `the answer was HTTP ${status} ${raw.slice(0, 200)}`,
      )
      must(raw.includes('/oauth/connect/'), 'there is no link of ours')
    },
  },
  {
    id: 'GW-PASS-006',
    title: 'tokens are asked for with the server as their audience',
    async run() {
      const at = site('pass')
      for (const { body } of at.world.tokenPosts())
        must(body.get('resource') === at.world.url, 'a request names no resource')
      must(at.world.tokenPosts().length > 0, 'there was none')
      must(
        !JSON.stringify(at.world.seen.map(({ text }) => text)).includes('subject_token'),
        'a token of the client was exchanged',
      )
    },
  },
  {
    id: 'GW-PASS-007',
    title: 'a local server gets no variable of the gateway that it does not name',
    async run() {
      await postModern(state().gateway.url, 1, 'tools/call', { name: 'pipe__pid', arguments: {} })
      const pid = Number(
        (
          await postModern(state().gateway.url, 1, 'tools/call', { name: 'pipe__pid', arguments: {} })
        ).messages.at(-1)?.result?.content?.[0]?.text,
      )
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
      must(pid > 0 && !environment.includes(CANARY), 'the secret of another server is in its environment')
    },
  },
]
