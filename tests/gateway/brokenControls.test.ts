/** A control that fails lets nothing pass, in either direction (invariant 1). What the servers were asked is the witness. */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SOURCES } from '../program.ts'
import { faultOnPipe, type Home, type HttpGateway, makeHome, startHttpGateway, textOf } from './harness.ts'
import { PlainClient } from './plainClient.ts'

const ERAS = ['legacy', 'modern'] as const
const BROKEN = fileURLToPath(new URL('brokenControls.ts', import.meta.url))
const FAILED = '[rule gateway/control-failed]'

let home: Home
let gateway: HttpGateway
/** Of both eras, each at a server of both. */
let clients: readonly PlainClient[]

beforeAll(async () => {
  home = makeHome()
  const servers = Object.fromEntries(
    ERAS.map((era) => [era, { ...faultOnPipe(home, era, era), rate: 'unlimited' }]),
  )
  const env = { ...home.env, NODE_OPTIONS: `--import ${BROKEN}` }
  gateway = await startHttpGateway({ ...home, env }, { servers }, 0, SOURCES)
  const cells = ERAS.flatMap((era) => ERAS.map((server) => [era, server] as const))
  clients = await Promise.all(
    cells.map(async ([era, server]) => {
      const { client } = await PlainClient.connect(`${gateway.url}/${server}`, era)
      await client.request('tools/list')
      return client
    }),
  )
})
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()))
  await gateway.stop()
  home.remove()
})

/** How many calls reached the servers so far. */
const reached = (): number =>
  ERAS.flatMap((era) => home.witness(`${era}.log`)).filter(({ method }) => method === 'tools/call').length

it.each(['throws', 'rejects', 'hangs', 'mumbles'])(
  'a control that %s refuses what it should look at and says so, and the next call passes',
  async (way) => {
    const echo = (client: PlainClient, text: string) =>
      client.request('tools/call', { name: 'echo', arguments: { text } })
    const before = reached()
    await Promise.all(
      clients.map(async (client) => {
        const places = ['request', 'dispatch', 'response']
        const answers = await Promise.all(places.map((place) => echo(client, `${place} ${way}`)))
        const texts = answers.map((answer) => textOf(answer))
        expect(texts[0]).toContain(`the control "broken-request" could not decide`)
        expect(texts[1]).toContain(`the control "broken-dispatch" could not decide`)
        expect(texts).toEqual(Array(3).fill(expect.stringContaining(FAILED)))
        expect(texts[2]).toContain('The call had been sent')
        expect(texts[2]).not.toContain('was not made')
        expect(JSON.stringify(answers)).not.toContain(`response ${way}`)
      }),
    )
    // One for each client: that whose answer was looked at.
    expect(reached() - before).toBe(clients.length)
    for (const client of clients) expect(textOf(await echo(client, 'after'))).toContain('after')
    expect(reached() - before).toBe(2 * clients.length)
  },
)
