/**
 * What is poisoned from the first day: every attack of the poisoned server at every trust level, both eras on both sides,
 * through a gateway that is called twice, connected to again and restarted.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attack } from '../../examples/poisoned-server/attack.ts'
import { ATTACKS } from '../../examples/poisoned-server/attacks/index.ts'
import { type Home, type HttpGateway, makeHome, postModern, startHttpGateway } from './harness.ts'
import { type ManyServers, type Said, startManyServers } from './manyServers.ts'
import { PlainClient } from './plainClient.ts'
import {
  approve,
  connectHttp,
  ERAS,
  type Era,
  type Outcome,
  poisoned,
  reached,
  TRUSTS,
  use,
  viewOf,
} from './poison.ts'

/** Poison in the text of something that has a name of its own: a rule can find it, and nothing else is touched by it. */
const FOUND = Object.keys(ATTACKS).filter(
  (name) =>
    !/^(rug-|drift|flap|version|flood-|malformed|twice|pages|unlisted|shadow-same|shadow-confusable)/.test(
      name,
    ),
)
/** What has no approved definition that a call could reach. */
const NOWHERE = ['malformed', 'twice', 'unlisted'] as const

const HONEST = ['add_numbers', 'list_cities', 'weather'] as const
const PHASES = ['first', 'again', 'reconnected', 'restarted'] as const

interface Seen {
  readonly view: string
  readonly greeting: string
  /** By carrier, in the order of the phases. */
  readonly outcomes: ReadonlyMap<string, Outcome[]>
}

const attackOf = (name: string) => ATTACKS[name] as Attack
const carriersOf = (names: readonly string[]) => names.flatMap((name) => attackOf(name).carriers)
const inJson = (text: string) => JSON.stringify(text).slice(1, -1)

const CASES = ERAS.flatMap((client) => TRUSTS.map((trust) => [client, trust] as const))

/** A server of ours, whose tools others speak of. */
const NEIGHBOUR: Said = {
  serverInfo: { name: 'neighbour', version: '1' },
  instructions: 'Notes and files.',
  tools: ['add_note', 'search_notes', 'write_file', 'read_text_file', 'list_directory'].map((name) => ({
    name,
    description: `Does ${name.replace('_', ' ')}.`,
    inputSchema: { type: 'object' },
  })),
  prompts: [],
  resources: [],
  templates: [],
}

describe.each(CASES)(
  'for a %s client, a %s server with poison that is there from the first day',
  (client, trust) => {
    let home: Home
    let gateway: HttpGateway
    let neighbours: ManyServers
    const seen = new Map<Era, Seen>()

    beforeAll(async () => {
      home = makeHome()
      neighbours = await startManyServers()
      neighbours.says('neighbour', NEIGHBOUR)
      const entries = ERAS.map((era) => [era, poisoned(home, era, { trust, era, attacks: ['all'] })])
      const neighbour = { url: neighbours.url('neighbour'), era: 'modern', trust: 'trusted' }
      const config = { servers: { neighbour, ...Object.fromEntries(entries) } }
      gateway = await startHttpGateway(home, config)
      // What one server says of another is known by what the other one has.
      const { client: plain } = await PlainClient.connect(`${gateway.url}/neighbour`, 'modern')
      await plain.request('tools/list')
      for (const era of ERAS) await look(era, 'first')
      await gateway.stop()
      gateway = await startHttpGateway(home, config)
      for (const era of ERAS) await look(era, 'restarted')
    }, 240_000)
    afterAll(async () => {
      await gateway?.stop()
      await neighbours?.close()
      home?.remove()
    })

    /** Everything a client can do with a server, and what came of it. */
    async function look(server: Era, when: 'first' | 'restarted'): Promise<void> {
      const outcomes = new Map(seen.get(server)?.outcomes ?? [])
      const names = carriersOf([...FOUND, ...NOWHERE])
      const attempt = async (connection: Awaited<ReturnType<typeof connectHttp>>) => {
        for (const carrier of names) {
          const [kind = '', ...rest] = carrier.split('/')
          if (rest.length === 0 || kind === 'template') continue
          outcomes.set(carrier, [
            ...(outcomes.get(carrier) ?? []),
            await use(connection, kind, rest.join('/')),
          ])
        }
      }
      let view = ''
      for (const round of when === 'first' ? [1, 2] : [3]) {
        const connection = await connectHttp(`${gateway.url}/${server}`, client)
        // After a restart the calls come first: nothing was listed by then.
        if (round < 3) view += await viewOf(connection)
        await attempt(connection)
        if (round === 1) await attempt(connection)
        view += await viewOf(connection)
        await connection.close()
      }
      const greeting = await greetings(`${gateway.url}/${server}`)
      const before = seen.get(server)
      seen.set(server, {
        view: (before?.view ?? '') + view,
        greeting: (before?.greeting ?? '') + greeting,
        outcomes,
      })
    }

    describe.each(ERAS)('from a %s server', (server) => {
      it.each(FOUND)('%s: is never shown', (name) => {
        const { view, greeting } = seen.get(server) as Seen
        // The view is not empty for another reason.
        expect(view.includes('list_cities')).toBe(trust !== 'untrusted')
        for (const text of [view, greeting]) expect(text).not.toContain(inJson(attackOf(name).poison))
      })

      it.each(
        FOUND.filter((name) =>
          attackOf(name).carriers.some((carrier) => /^(tool|prompt|resource)\//.test(carrier)),
        ),
      )('%s: is refused when it is used, also again, on another connection, and after a restart', (name) => {
        for (const carrier of attackOf(name).carriers) {
          const all = (seen.get(server) as Seen).outcomes.get(carrier) ?? []
          // Of a tool that changes its name with every start the later names are not there yet.
          const rules = name === 'rename' ? /^(pins|route|surface)\// : /^pins\/(finding|first-use|denied)$/
          expect(all, carrier).toHaveLength(PHASES.length)
          for (const outcome of all)
            expect(outcome).toMatchObject({ kind: 'refused', rule: expect.stringMatching(rules) })
        }
      })

      it.each(NOWHERE)('%s: is refused however often it is called', (name) => {
        for (const carrier of attackOf(name).carriers) {
          const all = (seen.get(server) as Seen).outcomes.get(carrier) ?? []
          expect(all, carrier).toHaveLength(PHASES.length)
          for (const outcome of all)
            expect(outcome).toMatchObject({
              kind: 'refused',
              rule: expect.stringMatching(/^(pins|route|surface)\//),
            })
        }
      })

      it('and the server saw none of these calls', () => {
        const names = new Set(
          carriersOf([...FOUND, ...NOWHERE]).map((carrier) => carrier.slice(carrier.indexOf('/') + 1)),
        )
        expect(reached(home, server).filter((name) => names.has(name))).toEqual([])
      })

      it(
        trust === 'untrusted'
          ? 'nothing else is shown before a person looked'
          : 'its honest tools are shown and answer',
        async () => {
          const connection = await connectHttp(`${gateway.url}/${server}`, client)
          const shown = (await connection.listTools()).map(({ name }) => name)
          const answer = await use(connection, 'tool', 'list_cities')
          await connection.close()
          if (trust === 'untrusted') {
            expect(shown).toEqual([])
            expect(answer).toMatchObject({ kind: 'refused', rule: 'pins/first-use' })
          } else {
            expect(shown).toEqual(expect.arrayContaining([...HONEST]))
            expect(answer).toEqual({ kind: 'answered', text: 'Lisbon, Oslo' })
          }
        },
      )

      it('what a person approves goes through, and nothing else', async () => {
        const approved = await approve(
          home,
          (hold) => hold.server === server && hold.name === 'convert_currency',
        )
        expect(approved).toHaveLength(1)
        const connection = await connectHttp(`${gateway.url}/${server}`, client)
        await expect
          .poll(async () => (await connection.listTools()).map(({ name }) => name))
          .toContain('convert_currency')
        expect(await use(connection, 'tool', 'convert_currency')).toEqual({
          kind: 'answered',
          text: 'convert_currency was called',
        })
        expect((await use(connection, 'tool', 'tides')).kind).toBe('refused')
        await connection.close()
        expect(reached(home, server).filter((name) => name === 'tides')).toEqual([])
      })
    })
  },
)

/** The greeting of either era, and the templates, as they are on the wire. */
async function greetings(url: string): Promise<string> {
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  }
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify(initialize),
  })
  const legacy = await response.text()
  const session = response.headers.get('mcp-session-id')
  if (session !== null) await fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': session } })
  const modern = await postModern(url, 1, 'server/discover', {})
  const templates = await postModern(url, 2, 'resources/templates/list', {})
  return `${legacy}\n${modern.text}\n${templates.text}`
}
