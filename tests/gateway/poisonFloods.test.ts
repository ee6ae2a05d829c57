/** Servers that send far too much, and lists that contradict themselves: bounded, and nothing of them shown or called. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attack } from '../../examples/poisoned-server/attack.ts'
import { ATTACKS } from '../../examples/poisoned-server/attacks/index.ts'
import { type Home, type HttpGateway, makeHome, startHttpGateway } from './harness.ts'
import { PlainClient } from './plainClient.ts'
import { ERAS, poisoned, reached, usePlainly } from './poison.ts'

const FLOODS = ['flood-pages', 'flood-tools', 'flood-text', 'flood-depth'] as const
const ODD = ['malformed', 'twice', 'pages', 'unlisted', 'case-names'] as const
/** More pages than any client reads on. */
const MAX_PAGES = 10

const attackOf = (name: string) => ATTACKS[name] as Attack
const inJson = (text: string) => JSON.stringify(text).slice(1, -1)

/** Every page of the tools, as far as a patient client reads. */
async function allTools(client: PlainClient): Promise<string> {
  let text = ''
  let cursor: unknown
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await client.request('tools/list', cursor === undefined ? {} : { cursor })
    text += JSON.stringify(answer)
    cursor = answer.result?.nextCursor
    if (cursor === undefined) break
  }
  return text
}

/** A server's id for an attack. */
const idOf = (attack: string) => attack.replace('flood-', '').replace('-', '_')

const COMBINATIONS = [
  ...ERAS.map((era) => [era, era] as const),
  ['legacy', 'modern'] as const,
  ['modern', 'legacy'] as const,
]

describe.each(COMBINATIONS)('for a %s client, from a %s server', (client, server) => {
  let home: Home
  let gateway: HttpGateway

  beforeAll(async () => {
    home = makeHome()
    const more = { deadline: '3s' }
    const entry = (attack: string): [string, object] => [
      idOf(attack),
      // Where nothing has to be approved; and what never comes whole is waited for no longer than this.
      poisoned(home, idOf(attack), { trust: 'trusted', era: server, attacks: [attack], more }),
    ]
    const attacks = ['none', ...ODD, ...(client === server ? FLOODS : [])]
    gateway = await startHttpGateway(home, { servers: Object.fromEntries(attacks.map(entry)) })
  })
  afterAll(async () => {
    await gateway?.stop()
    home?.remove()
  })

  async function connect(name: string): Promise<PlainClient> {
    return (await PlainClient.connect(`${gateway.url}/${idOf(name)}`, client)).client
  }

  it.each(client === server ? FLOODS : [])(
    '%s: shows no poison, calls nothing of it, and leaves other servers alone',
    async (name) => {
      const connection = await connect(name)
      const { poison } = attackOf(name)
      expect(await allTools(connection)).not.toContain(poison)
      await refusesAll(connection, name)
      const honest = await connect('none')
      expect(await usePlainly(honest, 'tool', 'list_cities')).toMatchObject({ kind: 'answered' })
    },
  )

  it.each(ODD)('%s: shows no poison, calls nothing of it, and keeps the rest', async (name) => {
    const connection = await connect(name)
    const { poison } = attackOf(name)
    for (const _time of [1, 2]) {
      const shown = await allTools(connection)
      expect(shown).not.toContain(inJson(poison))
      expect(shown).toContain('list_cities')
    }
    await refusesAll(connection, name)
    expect(await usePlainly(connection, 'tool', 'list_cities')).toMatchObject({ kind: 'answered' })
  })

  async function refusesAll(connection: PlainClient, name: string): Promise<void> {
    for (const carrier of attackOf(name).carriers) {
      const tool = carrier.slice('tool/'.length)
      expect((await usePlainly(connection, 'tool', tool)).kind, carrier).toBe('refused')
      expect(reached(home, idOf(name))).not.toContain(tool)
    }
  }
})

describe.each(ERAS)('names of another server, for a %s client', (client) => {
  let home: Home
  let gateway: HttpGateway | undefined
  beforeAll(() => {
    home = makeHome()
  })
  afterAll(async () => {
    await gateway?.stop()
    home?.remove()
  })

  it('are shown with their own server in front, and a call goes there and nowhere else', async () => {
    const attacks = ['shadow-same', 'shadow-confusable']
    gateway = await startHttpGateway(home, {
      servers: {
        bad: poisoned(home, 'bad', { trust: 'partial', era: 'legacy', attacks }),
        good: poisoned(home, 'good', {
          trust: 'trusted',
          era: 'legacy',
          attacks: ['shadow-same'],
          // It is called without arguments.
          more: { schemas: { arguments: 'off' } },
        }),
      },
    })
    const connection = (await PlainClient.connect(gateway.url, client)).client
    const shown = await allTools(connection)
    expect(shown).toContain('"name":"good__read_text_file"')
    // What looks like a Latin letter and is none is in no name that a model sees.
    expect(shown).not.toMatch(/"name":"[^"]*\u0435/)
    expect(shown).not.toContain('"name":"read_text_file"')
    expect(await usePlainly(connection, 'tool', 'good__read_text_file')).toMatchObject({ kind: 'answered' })
    expect((await usePlainly(connection, 'tool', 'read_text_file')).kind).toBe('refused')
    expect(reached(home, 'bad')).toEqual([])
  })
})
