/** Servers that are honest until they were approved, each driven by real clients of both eras against servers of both eras. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Attack } from '../../examples/poisoned-server/attack.ts'
import { ATTACKS } from '../../examples/poisoned-server/attacks/index.ts'
import type { Connection } from '../clients/client.ts'
import { type Home, makeHome } from './harness.ts'
import {
  approve,
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

const ANSWERED = { kind: 'answered', text: expect.any(String) }
const refusedBy = (rule: RegExp) => ({ kind: 'refused', rule: expect.stringMatching(rule) })
const PINS = /^(pins|surface)\//

let home: Home
const open: Connection[] = []
beforeEach(() => {
  home = makeHome()
})
afterEach(async () => {
  for (const client of open.splice(0)) await client.close()
  home.remove()
})

const inJson = (text: string) => JSON.stringify(text).slice(1, -1)
const poisonOf = (name: string) => inJson((ATTACKS[name] as Attack).poison)
const names = async (client: Connection) => (await client.listTools()).map(({ name }) => name)

/** A gateway in front of the server `bad`, with one attack. */
class Scene {
  readonly config: string
  readonly client: Era
  readonly attack: string
  readonly trust: Trust

  constructor(attack: string, trust: Trust, client: Era, server: Era) {
    this.client = client
    this.attack = attack
    this.trust = trust
    this.config = home.configure({
      servers: { bad: poisoned(home, 'bad', { trust, era: server, attacks: [attack] }) },
    })
  }

  /** A client with a gateway of its own; the one before is ended: a restart. */
  async start(): Promise<Connection> {
    for (const client of open.splice(0)) await client.close()
    const client = await connectAlone(home, this.config, this.client)
    open.push(client)
    return client
  }

  /** The server as it is at its first start, approved where its trust level asks for it. */
  async settled(): Promise<Connection> {
    const client = await this.start()
    await viewOf(client)
    if (this.trust !== 'untrusted') return client
    await approve(home, ({ state }) => state === 'waiting')
    startsNext(home, 'bad', 1)
    const again = await this.start()
    await viewOf(again)
    return again
  }

  /** Shows nothing of the poison, and is honest apart from it. */
  async clean(client: Connection): Promise<void> {
    expect(await viewOf(client)).not.toContain(poisonOf(this.attack))
    expect(await use(client, 'tool', 'bad__list_cities')).toEqual({ kind: 'answered', text: 'Lisbon, Oslo' })
  }
}

const hits = (tool: string) => reached(home, 'bad').filter((name) => name === tool).length

const CELLS = ERAS.flatMap((client) => ERAS.map((server) => [client, server] as const))
const COMBINATIONS: readonly (readonly [Trust, Era, Era])[] = [
  ...CELLS.map(([client, server]) => ['trusted', client, server] as const),
  ['partial', 'modern', 'legacy'],
  ['untrusted', 'legacy', 'legacy'],
  ['untrusted', 'modern', 'modern'],
]

describe.each(COMBINATIONS)(
  'a %s server that changes, for a %s client, from a %s server',
  (trust, client, server) => {
    it.each([
      ['rug-calls', 'currency_rate'],
      ['rug-silent', 'metal_price'],
    ])('%s: what was redefined after some calls is not shown and not called', async (attack, tool) => {
      const scene = new Scene(attack, trust, client, server)
      const first = await scene.settled()
      expect(await names(first)).toContain(`bad__${tool}`)
      for (let call = 0; call < 3; call++) expect(await use(first, 'tool', `bad__${tool}`)).toEqual(ANSWERED)
      const before = hits(tool)
      await expect.poll(() => names(first)).not.toContain(`bad__${tool}`)
      await scene.clean(first)
      for (let call = 0; call < 2; call++)
        expect(await use(first, 'tool', `bad__${tool}`)).toEqual(refusedBy(/^pins\/finding$/))
      expect(hits(tool)).toBe(before)

      // Started anew it is honest again: what was blocked stays so, what only waited is what was approved.
      const restarted = await scene.start()
      await scene.clean(restarted)
      const outcome = await use(restarted, 'tool', `bad__${tool}`)
      if (trust === 'trusted') expect(outcome).toEqual(ANSWERED)
      else expect(outcome).toEqual(refusedBy(/^pins\/finding$/))

      if (trust === 'trusted') return
      await approve(home, ({ name }) => name === tool)
      await expect.poll(() => use(restarted, 'tool', `bad__${tool}`)).toEqual(ANSWERED)
    })

    it('rug-calls: a call that comes right after the announcement, before any list, is refused', async () => {
      const scene = new Scene('rug-calls', trust, client, server)
      const first = await scene.settled()
      for (let call = 0; call < 3; call++)
        expect(await use(first, 'tool', 'bad__list_cities')).toEqual(ANSWERED)
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(await use(first, 'tool', 'bad__currency_rate')).toEqual(refusedBy(PINS))
      expect(hits('currency_rate')).toBe(0)
    })

    it('rug-restart: the first call of the second start is refused, and every one after it', async () => {
      const scene = new Scene('rug-restart', trust, client, server)
      const first = await scene.settled()
      expect(await use(first, 'tool', 'bad__stock_price')).toEqual(ANSWERED)
      expect(hits('stock_price')).toBe(1)

      startsNext(home, 'bad', 2)
      const second = await scene.start()
      expect(await use(second, 'tool', 'bad__stock_price')).toEqual(refusedBy(PINS))
      expect(await use(second, 'tool', 'bad__stock_price')).toEqual(refusedBy(/^pins\/finding$/))
      expect(await names(second)).not.toContain('bad__stock_price')
      await scene.clean(second)

      const third = await scene.start()
      expect(await use(third, 'tool', 'bad__stock_price')).toEqual(refusedBy(/^pins\/finding$/))
      expect(hits('stock_price')).toBe(1)

      await approve(home, ({ name }) => name === 'stock_price')
      await expect.poll(() => names(third)).toContain('bad__stock_price')
      expect(await use(third, 'tool', 'bad__stock_price')).toEqual(ANSWERED)
      const fourth = await scene.start()
      expect(await use(fourth, 'tool', 'bad__stock_price')).toEqual(ANSWERED)
    })

    it('rename: a block follows what was blocked', async () => {
      const scene = new Scene('rename', trust, client, server)
      await scene.settled()
      for (const [start, name] of [
        [1, 'sea_level'],
        [2, 'sea_level_2'],
        [3, 'sea_level_3'],
      ] as const) {
        startsNext(home, 'bad', start)
        const connection = await scene.start()
        await scene.clean(connection)
        expect(await names(connection)).not.toContain(`bad__${name}`)
        const rule = start === 1 || trust === 'trusted' ? /^pins\/finding$/ : /^pins\/renamed$/
        expect(await use(connection, 'tool', `bad__${name}`)).toEqual(refusedBy(rule))
      }
      expect(reached(home, 'bad').filter((name) => name.startsWith('sea_level'))).toEqual([])
    })

    it('drift: the step that makes it poison is held, however it came there', async () => {
      const scene = new Scene('drift', trust, client, server)
      const first = await scene.settled()
      expect(await use(first, 'tool', 'bad__day_trip')).toEqual(ANSWERED)
      for (const start of [2, 3, 4]) {
        startsNext(home, 'bad', start)
        const connection = await scene.start()
        await scene.clean(connection)
        // What a stranger says more than before waits at once.
        if (trust === 'untrusted')
          expect(await use(connection, 'tool', 'bad__day_trip')).toEqual(refusedBy(/^pins\/(drift|finding)$/))
      }
      const before = hits('day_trip')
      startsNext(home, 'bad', 5)
      const last = await scene.start()
      expect(await use(last, 'tool', 'bad__day_trip')).toEqual(refusedBy(PINS))
      await scene.clean(last)
      expect(await names(last)).not.toContain('bad__day_trip')
      expect(await use(last, 'tool', 'bad__day_trip')).toEqual(refusedBy(/^pins\/finding$/))
      expect(hits('day_trip')).toBe(before)
    })

    it('flap: poison in every second list is never shown, and mending it frees nothing that was blocked', async () => {
      const scene = new Scene('flap', trust, client, server)
      const first = await scene.settled()
      for (let list = 0; list < 6; list++) expect(await viewOf(first)).not.toContain(poisonOf('flap'))
      await expect.poll(() => names(first)).not.toContain('bad__uv_index')
      if (trust === 'trusted') return
      for (let list = 0; list < 4; list++) {
        expect(await names(first)).not.toContain('bad__uv_index')
        expect(await use(first, 'tool', 'bad__uv_index')).toEqual(refusedBy(/^pins\/finding$/))
      }
      expect(hits('uv_index')).toBe(0)
    })
  },
)

describe.each(CELLS)('an untrusted server, for a %s client, from a %s server', (client, server) => {
  it('version: another version and title wait, and what it offers goes on', async () => {
    const scene = new Scene('version', 'untrusted', client, server)
    await scene.settled()
    startsNext(home, 'bad', 2)
    const second = await scene.start()
    await scene.clean(second)
    await expect.poll(async () => (await holdsOf(home, 'bad')).map(({ kind }) => kind)).toEqual(['server'])
  })

  it('whose script was exchanged is not started before a person looked', async () => {
    const main = fileURLToPath(new URL('../../examples/poisoned-server/main.ts', import.meta.url))
    const script = home.path('server.mjs')
    writeFileSync(script, `await import(${JSON.stringify(main)})\n`)
    const { env, trust, era } = poisoned(home, 'bad', { trust: 'untrusted', era: server, attacks: [] })
    const command = [process.execPath, script, '--attack', 'none']
    const config = home.configure({ servers: { bad: { command, env, trust, era } } })
    const start = async () => {
      for (const one of open.splice(0)) await one.close()
      open.push(await connectAlone(home, config, client))
      return open[0] as Connection
    }
    await viewOf(await start())
    await approve(home, () => true)
    expect(await use(await start(), 'tool', 'bad__list_cities')).toEqual(ANSWERED)
    const starts = () => home.witness('bad.log').filter(({ method }) => method === '(start)').length
    const before = starts()

    writeFileSync(script, `await import(${JSON.stringify(main)}) // and something else\n`)
    expect(await use(await start(), 'tool', 'bad__list_cities')).toEqual(refusedBy(/^pins\/identity$/))
    expect(await use(await start(), 'tool', 'bad__list_cities')).toEqual(refusedBy(/^pins\/identity$/))
    expect(starts()).toBe(before)
    expect(hits('list_cities')).toBe(1)

    await approve(home, ({ kind }) => kind === 'identity')
    expect(await use(await start(), 'tool', 'bad__list_cities')).toEqual(ANSWERED)
  })
})
