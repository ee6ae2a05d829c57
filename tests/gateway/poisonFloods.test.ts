/** Servers that send far too much, and lists that contradict themselves: bounded, and nothing of them shown or called. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Attack } from '../../examples/poisoned-server/attack.ts'
import { ATTACKS } from '../../examples/poisoned-server/attacks/index.ts'
import { type Home, type HttpGateway, makeHome, startHttpGateway } from './harness.ts'
import { PlainClient } from './plainClient.ts'
import { ERAS, type Era, poisoned, reached, usePlainly } from './poison.ts'

const FLOODS = ['flood-pages', 'flood-tools', 'flood-text', 'flood-depth'] as const
const ODD = ['malformed', 'twice', 'pages', 'unlisted', 'case-names'] as const
/** More pages than any client reads on. */
const MAX_PAGES = 10

let home: Home
let gateway: HttpGateway | undefined
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  await gateway?.stop()
  gateway = undefined
  home.remove()
})

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

/** A gateway with this server at a trust level where nothing has to be approved, and an honest one beside it. */
async function open(attack: string, client: Era, server: Era): Promise<PlainClient> {
  gateway = await startHttpGateway(home, {
    servers: {
      // What never comes whole is waited for no longer than this.
      bad: poisoned(home, 'bad', {
        trust: 'trusted',
        era: server,
        attacks: [attack],
        more: { deadline: '3s' },
      }),
      good: poisoned(home, 'good', { trust: 'trusted', era: server, attacks: ['none'] }),
    },
  })
  return (await PlainClient.connect(gateway.url, client)).client
}

const SAME_ERA = ERAS.map((era) => [era, era] as const)
const CROSSED = [
  ['legacy', 'modern'],
  ['modern', 'legacy'],
] as const

describe.each(SAME_ERA)('too much for a %s client, from a %s server', (client, server) => {
  it.each(FLOODS)(
    '%s: shows no poison, calls nothing of it, and leaves other servers alone',
    async (name) => {
      const connection = await open(name, client, server)
      const { poison, carriers } = attackOf(name)
      // Read once where it takes long: ten megabytes, or page after page.
      expect(await allTools(connection)).not.toContain(poison)
      for (const carrier of carriers) {
        const tool = carrier.slice('tool/'.length)
        expect((await usePlainly(connection, 'tool', `bad__${tool}`)).kind).toBe('refused')
        expect(reached(home, 'bad')).not.toContain(tool)
      }
      expect(await usePlainly(connection, 'tool', 'good__list_cities')).toMatchObject({ kind: 'answered' })
    },
  )
})

describe.each(CROSSED)('odd lists for a %s client, from a %s server', (client, server) => {
  it.each(ODD)('%s: shows no poison, calls nothing of it, and keeps the rest', async (name) => {
    const connection = await open(name, client, server)
    const { poison, carriers } = attackOf(name)
    for (const _time of [1, 2]) {
      const shown = await allTools(connection)
      expect(shown).not.toContain(inJson(poison))
      expect(shown).toContain('bad__list_cities')
    }
    for (const carrier of carriers) {
      const tool = carrier.slice('tool/'.length)
      expect((await usePlainly(connection, 'tool', `bad__${tool}`)).kind, carrier).toBe('refused')
      expect(reached(home, 'bad')).not.toContain(tool)
    }
    expect(await usePlainly(connection, 'tool', 'bad__list_cities')).toMatchObject({ kind: 'answered' })
  })
})

describe.each(ERAS)('names of another server, for a %s client', (client) => {
  it('are shown with their own server in front, and a call goes there and nowhere else', async () => {
    gateway = await startHttpGateway(home, {
      servers: {
        bad: poisoned(home, 'bad', {
          trust: 'partial',
          era: 'legacy',
          attacks: ['shadow-same', 'shadow-confusable'],
        }),
        good: poisoned(home, 'good', { trust: 'trusted', era: 'legacy', attacks: ['shadow-same'] }),
      },
    })
    const connection = (await PlainClient.connect(gateway.url, client)).client
    const shown = await allTools(connection)
    // What looks like a Latin letter and is none is in no name that a model sees.
    expect(shown).not.toMatch(/"name":"[^"]*\u0435/)
    expect(shown).not.toContain('"name":"read_text_file"')
    await usePlainly(connection, 'tool', 'good__read_text_file')
    expect(reached(home, 'bad')).toEqual([])
    expect((await usePlainly(connection, 'tool', 'read_text_file')).kind).toBe('refused')
    expect(reached(home, 'bad')).toEqual([])
  })
})
