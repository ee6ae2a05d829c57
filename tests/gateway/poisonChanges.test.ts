/**
 * Servers that are honest until they were approved: what they become later is not shown and not called, whichever era
 * the client is of, and the server.
 *
 * The tests of one combination tell one story, in their order: `live` changes while it runs, `late` with every start.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attack } from '../../examples/poisoned-server/attack.ts'
import { ATTACKS } from '../../examples/poisoned-server/attacks/index.ts'
import type { Connection } from '../clients/client.ts'
import { type Home, makeHome } from './harness.ts'
import {
  approve,
  approveByCommand,
  connectAlone,
  ERAS,
  type Era,
  holdsOf,
  poisoned,
  reached,
  startsNext,
  type Trust,
  use,
  viewOf,
} from './poison.ts'

const ANSWERED = { kind: 'answered' }
const refusedBy = (rule: RegExp) => ({ kind: 'refused', rule: expect.stringMatching(rule) })
const FOUND = refusedBy(/^pins\/finding$/)

const LIVE = ['rug-calls', 'flap'] as const
const LATE = ['rug-silent', 'rug-restart', 'rename', 'drift'] as const
const POISON = [...LIVE, ...LATE].map((name) => JSON.stringify((ATTACKS[name] as Attack).poison).slice(1, -1))

const CELLS = ERAS.flatMap((client) => ERAS.map((server) => [client, server] as const))
/** Each trust level with both eras on either side, and all four pairs of them at the level that accepts most. */
const COMBINATIONS: readonly (readonly [Trust, Era, Era])[] = [
  ...CELLS.map(([client, server]) => ['trusted', client, server] as const),
  ['partial', 'modern', 'legacy'],
  ['untrusted', 'legacy', 'modern'],
]

describe.each(COMBINATIONS)(
  'a %s server that changes, for a %s client, from a %s server',
  (trust, client, server) => {
    let home: Home
    let config: string
    let now: Connection | undefined

    /** A client with a gateway of its own; the one before is ended: a restart. `start`: of the server `late`. */
    async function restart(start: number): Promise<Connection> {
      await now?.close()
      startsNext(home, 'late', start)
      now = await connectAlone(home, config, client)
      return now
    }

    const running = () => now as Connection
    const names = async () => (await running().listTools()).map(({ name }) => name)
    const call = (name: string) => use(running(), 'tool', name)
    const hits = (tool: string) =>
      [...reached(home, 'live'), ...reached(home, 'late')].filter((name) => name === tool).length

    async function expectClean(): Promise<void> {
      const view = await viewOf(running())
      for (const poison of POISON) expect(view).not.toContain(poison)
      for (const name of ['live__list_cities', 'late__list_cities'])
        expect(await call(name)).toEqual({ kind: 'answered', text: 'Lisbon, Oslo' })
    }

    beforeAll(async () => {
      home = makeHome()
      const more = { trust, era: server }
      config = home.configure({
        servers: {
          live: poisoned(home, 'live', { ...more, attacks: LIVE }),
          late: poisoned(home, 'late', { ...more, attacks: LATE }),
        },
      })
      await viewOf(await restart(1))
      if (trust !== 'untrusted') return
      await approve(home, ({ state }) => state === 'waiting')
      await viewOf(await restart(1))
    })
    afterAll(async () => {
      await now?.close()
      home?.remove()
    })

    it('answers while it is what was approved', async () => {
      expect(await names()).toEqual(
        expect.arrayContaining([
          'live__currency_rate',
          'late__metal_price',
          'late__stock_price',
          'late__day_trip',
        ]),
      )
      for (const name of ['late__stock_price', 'late__day_trip', 'late__metal_price', 'live__currency_rate'])
        expect(await call(name)).toMatchObject(ANSWERED)
      expect(await call('late__sea_level')).toMatchObject(FOUND)
    })

    it('rug-calls: redefines a tool and says so: the next call is refused, before anyone lists', async () => {
      for (let calls = 1; calls < 3; calls++) expect(await call('live__list_cities')).toMatchObject(ANSWERED)
      // What was announced comes on a way of its own.
      await new Promise((resolve) => setTimeout(resolve, 500))
      const before = hits('currency_rate')
      const outcome = await call('live__currency_rate')
      // A modern server tells who subscribed only, and this client did not.
      if (client === 'modern' && server === 'modern') expect(outcome).toMatchObject(ANSWERED)
      else {
        expect(outcome).toMatchObject(refusedBy(/^(pins|surface)\//))
        expect(hits('currency_rate')).toBe(before)
      }
    })

    it('rug-calls, rug-silent: what was redefined is not listed, and not called from then on', async () => {
      await expect.poll(names).not.toContain('live__currency_rate')
      expect(await names()).not.toContain('late__metal_price')
      await expectClean()
      const before = [hits('currency_rate'), hits('metal_price')]
      for (const name of [
        'live__currency_rate',
        'late__metal_price',
        'live__currency_rate',
        'late__metal_price',
      ])
        expect(await call(name)).toMatchObject(FOUND)
      expect([hits('currency_rate'), hits('metal_price')]).toEqual(before)
    })

    it('flap: poison in every second list is not shown, and mending it frees nothing that is blocked', async () => {
      for (let list = 0; list < 4; list++) expect(await viewOf(running())).not.toContain(POISON[1])
      if (trust === 'trusted') return
      for (let list = 0; list < 2; list++) {
        expect(await names()).not.toContain('live__uv_index')
        expect(await call('live__uv_index')).toMatchObject(FOUND)
      }
      expect(hits('uv_index')).toBe(0)
    })

    it('rug-restart: the first call of the second start is refused, and every one after it', async () => {
      const before = hits('stock_price')
      await restart(2)
      expect(await call('late__stock_price')).toMatchObject(refusedBy(/^(pins|surface)\//))
      expect(await call('late__stock_price')).toMatchObject(FOUND)
      expect(await names()).not.toContain('late__stock_price')
      await expectClean()
      expect(hits('stock_price')).toBe(before)
    })

    it('what was blocked stays so though it is mended; what only waited is what was approved', async () => {
      // Who lists has seen that it is another one than remembered; a call before that would be refused once for it.
      await names()
      const outcomes = [await call('live__currency_rate'), await call('late__metal_price')]
      for (const outcome of outcomes) expect(outcome).toMatchObject(trust === 'trusted' ? ANSWERED : FOUND)
    })

    it('rename: what was blocked is blocked under its next names', async () => {
      const renamed = trust === 'trusted' ? FOUND : refusedBy(/^pins\/renamed$/)
      expect(await call('late__sea_level_2')).toMatchObject(renamed)
      await restart(3)
      await expectClean()
      expect(await call('late__sea_level_3')).toMatchObject(renamed)
      expect(reached(home, 'late').filter((name) => name.startsWith('sea_level'))).toEqual([])
    })

    it('drift: the step that makes it poison is held, however it came there', async () => {
      // What a stranger says more than before waits at once.
      if (trust === 'untrusted')
        expect(await call('late__day_trip')).toMatchObject(refusedBy(/^pins\/(drift|finding)$/))
      const before = hits('day_trip')
      await restart(5)
      expect(await call('late__day_trip')).toMatchObject(refusedBy(/^(pins|surface)\//))
      await expectClean()
      expect(await names()).not.toContain('late__day_trip')
      expect(await call('late__day_trip')).toMatchObject(FOUND)
      expect(hits('day_trip')).toBe(before)
    })

    it('what a person approves is called from then on, also after a restart, and nothing else', async () => {
      await approveByCommand(home, config, 'late/tool/stock_price')
      await expect.poll(names).toContain('late__stock_price')
      expect(await call('late__stock_price')).toMatchObject(ANSWERED)
      await restart(5)
      expect(await call('late__stock_price')).toMatchObject(ANSWERED)
      expect(await call('late__day_trip')).toMatchObject(FOUND)
    })
  },
)

describe.each(ERAS)('an untrusted %s server', (era) => {
  let home: Home
  let now: Connection | undefined
  beforeAll(() => {
    home = makeHome()
  })
  afterAll(async () => {
    await now?.close()
    home?.remove()
  })
  const start = async (config: string): Promise<Connection> => {
    await now?.close()
    now = await connectAlone(home, config, era)
    return now
  }

  it('version: another version and title wait, and what it offers goes on', async () => {
    const config = home.configure({
      servers: { bad: poisoned(home, 'bad', { trust: 'untrusted', era, attacks: ['version'] }) },
    })
    startsNext(home, 'bad', 1)
    await viewOf(await start(config))
    await approve(home, () => true)
    startsNext(home, 'bad', 2)
    expect(await use(await start(config), 'tool', 'bad__list_cities')).toMatchObject(ANSWERED)
    const held = async () => (await holdsOf(home, 'bad')).map(({ kind }) => kind)
    // A modern server is called without being greeted again: what it is called now nobody hears.
    if (era === 'legacy') await expect.poll(held).toEqual(['server'])
    else expect(await held()).toEqual([])
  })

  it('whose script was exchanged is not started before a person looked', async () => {
    const main = fileURLToPath(new URL('../../examples/poisoned-server/main.ts', import.meta.url))
    const script = home.path('server.mjs')
    writeFileSync(script, `await import(${JSON.stringify(main)})\n`)
    const { env, trust } = poisoned(home, 'own', { trust: 'untrusted', era, attacks: [] })
    const command = [process.execPath, script, '--attack', 'none']
    const config = home.configure({ servers: { own: { command, env, trust, era } } })
    const call = async () => await use(await start(config), 'tool', 'own__list_cities')
    await viewOf(await start(config))
    await approve(home, ({ server }) => server === 'own')
    expect(await call()).toMatchObject(ANSWERED)
    const starts = () => home.witness('own.log').filter(({ method }) => method === '(start)').length
    const before = starts()

    writeFileSync(script, `await import(${JSON.stringify(main)}) // and something else\n`)
    for (let time = 0; time < 2; time++) expect(await call()).toMatchObject(refusedBy(/^pins\/identity$/))
    expect(starts()).toBe(before)

    await approve(home, ({ server, kind }) => server === 'own' && kind === 'identity')
    expect(await call()).toMatchObject(ANSWERED)
  })
})
