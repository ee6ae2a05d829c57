/**
 * Every field of every definition of an approved server, changed one at a time: nothing of the change is shown, and
 * nothing that was changed is used, until a person lets it through. One server a change, all behind one gateway.
 */
import type { JsonObject } from '@sallyport/controls/json'
import {
  classifyDrift,
  type Drift,
  type ItemKind,
  itemsOf,
  type SurfaceItem,
} from '@sallyport/controls/surface'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HONEST } from '../../examples/poisoned-server/surface.ts'
import { type Home, type HttpGateway, makeHome, startHttpGateway } from './harness.ts'
import { type ManyServers, type Said, startManyServers } from './manyServers.ts'
import { type Mutation, mutations } from './mutations.ts'
import { PlainClient } from './plainClient.ts'
import { allHolds, approve, ERAS, type Era, nothingHeld, type Outcome, usePlainly } from './poison.ts'

const BASE: Said = {
  serverInfo: HONEST.serverInfo,
  instructions: HONEST.instructions,
  tools: HONEST.tools as readonly JsonObject[],
  prompts: HONEST.prompts as readonly JsonObject[],
  resources: HONEST.resources as readonly JsonObject[],
  templates: HONEST.templates as readonly JsonObject[],
}

/** One server whose definition of one item was changed in one place. */
interface Case {
  readonly server: string
  readonly title: string
  readonly kind: ItemKind
  /** What the item is called before; empty for the greeting. */
  readonly name: string
  readonly said: Said
  readonly client: Era
  readonly era: Era
}

const KINDS = ['tool', 'prompt', 'resource', 'template', 'server', 'instructions'] as const

const LISTS = [
  ['tool', 'tools', 'name', 'tools/list'],
  ['prompt', 'prompts', 'name', 'prompts/list'],
  ['resource', 'resources', 'uri', 'resources/list'],
  ['template', 'templates', 'uriTemplate', 'resources/templates/list'],
] as const

const ALL: readonly Case[] = [...listCases(), ...greetingCases()].map((one, at) => ({
  ...one,
  server: `m${at}`,
  client: ERAS[at % 2] as Era,
  era: ERAS[(at >> 1) % 2] as Era,
}))

type Draft = Omit<Case, 'server' | 'client' | 'era'>

function listCases(): Draft[] {
  return LISTS.flatMap(([kind, member, named]) =>
    BASE[member].flatMap((entry, at) =>
      mutations(entry).map(({ what, value }: Mutation) => ({
        kind,
        name: String(entry[named]),
        title: `${what} of ${kind} ${entry[named]}`,
        said: { ...BASE, [member]: BASE[member].with(at, value) },
      })),
    ),
  )
}

function greetingCases(): Draft[] {
  const infos = mutations(BASE.serverInfo).map(({ what, value }) => ({
    kind: 'server' as const,
    name: '',
    title: `${what} of the server`,
    said: { ...BASE, serverInfo: value },
  }))
  const texts = [`${BASE.instructions} `, `${BASE.instructions}\nBe quick.`, BASE.instructions.slice(1)]
  const instructions = texts.map((text) => ({
    kind: 'instructions' as const,
    name: '',
    title: `instructions as ${JSON.stringify(text)}`,
    said: { ...BASE, instructions: text },
  }))
  return [...infos, ...instructions]
}

/** What a client of the server got to see and do, at one moment. */
interface Look {
  readonly when: string
  /** What is listed of the item's kind, an entry a text; for a greeting the whole of it. */
  readonly shown: readonly string[]
  readonly used: readonly Outcome[]
}

/** How many servers are worked with at a time: the gateway bounds what one caller has in flight. */
const TOGETHER = 4

/** What can be used by name, and is used under the name it had. */
const USABLE = new Set<ItemKind>(['tool', 'prompt', 'resource'])

/** In the default profile every change; where nothing at all is accepted by rule, every third. */
const PROFILES = [
  ['balanced', ALL],
  ['strict', ALL.filter((_one, at) => at % 3 === 0)],
] as const

describe.each(PROFILES)('a definition changed in one place (profile %s)', (profile, cases) => {
  let home: Home
  let servers: ManyServers
  let gateway: HttpGateway
  const looks = new Map<string, Look[]>()
  const before = new Map<string, number>()
  const meanwhile = new Map<string, number>()
  const afterwards = new Map<string, Outcome>()

  const start = async () => {
    const entries = cases.map(({ server, era }) => [
      server,
      // What pins do is looked at here, as often and with as few arguments as that takes.
      {
        url: servers.url(server),
        era,
        trust: 'untrusted',
        rate: 'unlimited',
        schemas: { arguments: 'off', results: 'off' },
      },
    ])
    gateway = await startHttpGateway(home, { profile, servers: Object.fromEntries(entries) })
  }

  /** Lists and uses, in this order or the other. */
  async function look(one: Case, { client, greeting }: Connected, when: string, useFirst = false) {
    const used: Outcome[] = []
    const attempt = async () => {
      if (USABLE.has(one.kind)) used.push(await usePlainly(client, one.kind, one.name))
    }
    if (useFirst) await attempt()
    const shown = await shownTo(one, client)
    await attempt()
    await attempt()
    const known = looks.get(one.server) ?? []
    looks.set(one.server, [...known, { when, shown: shown ?? [JSON.stringify(greeting)], used }])
  }

  /** A person lets everything through that waits, and the gateway has noticed. */
  const approveAll = async () => {
    // More than once: a slow server's list may come after what was approved.
    for (let rounds = 0; rounds < 5; rounds++) {
      await approve(home, () => true)
      if (await nothingHeld(home)) return
    }
    throw new Error(`held still: ${JSON.stringify(await allHolds(home))}`)
  }

  /** Everything of every server was shown once: a busy machine may be too slow for a server's deadline. */
  const showAll = () =>
    each(cases, async (one) => {
      for (let tries = 0; tries < 20; tries++) {
        const { client, greeting } = await PlainClient.connect(`${gateway.url}/${one.server}`, one.client)
        const answers = [greeting]
        for (const [, , , list] of LISTS) answers.push(await client.request(list))
        await client.close()
        if (answers.every(({ result }) => result !== undefined)) return
      }
      throw new Error(`${one.server} did not show all it has`)
    })

  /** One after the other, each with a client of its own that leaves at the end. */
  const withEach = (work: (one: Case, connected: Connected) => Promise<void>) =>
    each(cases, async (one) => {
      const connected = await PlainClient.connect(`${gateway.url}/${one.server}`, one.client)
      await work(one, connected)
      await connected.client.close()
    })

  beforeAll(async () => {
    home = makeHome()
    servers = await startManyServers()
    for (const { server } of cases) servers.says(server, BASE)
    await start()
    await showAll()
    await approveAll()
    await gateway.stop()
    await start()
    await withEach(async (one, connected) => {
      await look(one, connected, 'approved')
      before.set(one.server, servers.reached(one.server).length)
      servers.says(one.server, one.said)
      // A greeting is read when a client connects: this one has what was approved.
      if (one.name !== '') await look(one, connected, 'second call')
    })
    await withEach((one, connected) => look(one, connected, 'reconnected'))
    await gateway.stop()
    await start()
    await withEach((one, connected) => look(one, connected, 'restarted', true))
    for (const { server } of cases) meanwhile.set(server, servers.reached(server).length)
    await approveAll()
    await withEach(async (one, { client }) => {
      const name = nameAfter(one)
      if (name === undefined || !USABLE.has(one.kind)) return
      for (let tries = 0; tries < 60; tries++) {
        await shownTo(one, client)
        const outcome = await usePlainly(client, one.kind, name)
        afterwards.set(one.server, outcome)
        if (outcome.kind === 'answered') return
        // The lock is noticed a moment after what was held.
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    })
  }, 300_000)
  afterAll(async () => {
    await gateway?.stop()
    await servers?.close()
    home?.remove()
  })

  it('covers every place of a tool, a prompt, a resource, a template and a greeting', () => {
    expect(ALL.length).toBeGreaterThan(150)
    expect(cases.length).toBeGreaterThan(50)
    expect(new Set(cases.map(({ kind }) => kind)).size).toBe(KINDS.length)
    for (const one of cases) expect(driftOf(one)?.weight, one.title).not.toBe('none')
  })

  it('is not what is used and shown before', () => {
    for (const one of cases) {
      const [first] = looks.get(one.server) ?? []
      expect(first?.shown.join(), one.title).toContain(one.name === '' ? '"instructions"' : one.name)
      for (const outcome of first?.used ?? []) expect(outcome.kind, one.title).toBe('answered')
    }
  })

  const waits = cases.filter((one) => profile === 'strict' || driftOf(one)?.weight !== 'narrowing')
  const narrowed = cases.filter((one) => !waits.includes(one))

  it(
    profile === 'strict' ? 'waits, whatever the change' : 'is taken over only where it takes something away',
    () => {
      if (profile === 'strict') expect(narrowed).toEqual([])
      else expect(narrowed.length).toBeLessThan(cases.length / 4)
    },
  )

  describe.each(KINDS)('of a %s', (kind) => {
    const changed = waits.filter((one) => one.kind === kind)

    it('is shown to nobody and not used: a second time, by another client, after a restart', () => {
      const wrong = changed.flatMap((one) => {
        const [, ...later] = looks.get(one.server) ?? []
        return later.flatMap(({ when, shown, used }) => [
          ...(isShown(one, shown) ? [`${one.title}: shown, ${when}`] : []),
          ...used.filter(() => !movedAway(one)).flatMap((outcome) => notRefused(one, outcome, when)),
        ])
      })
      expect(wrong).toEqual([])
    })

    it('reaches its server with no call', () => {
      const reached = changed.filter(
        (one) => !movedAway(one) && meanwhile.get(one.server) !== before.get(one.server),
      )
      expect(reached.map(({ title }) => title)).toEqual([])
    })

    it('is used once it was approved', () => {
      const approved = changed.filter((one) => USABLE.has(kind) && nameAfter(one) !== undefined)
      const wrong = approved.filter(({ server }) => afterwards.get(server)?.kind !== 'answered')
      expect(wrong.map(({ title, server }) => `${title}: ${afterwards.get(server)?.text}`)).toEqual([])
    })
  })
})

type Connected = Awaited<ReturnType<typeof PlainClient.connect>>

/** What is listed of the item's kind, an entry a text; nothing for a greeting. */
async function shownTo({ kind }: Case, client: PlainClient): Promise<readonly string[] | undefined> {
  for (const [listed, member, , list] of LISTS) {
    if (listed !== kind) continue
    const { result } = await client.request(list)
    const entries = result?.[member === 'templates' ? 'resourceTemplates' : member]
    return ((entries ?? []) as JsonObject[]).map((entry) => JSON.stringify(entry))
  }
  return undefined
}

/** Of a list the changed entry; a memory of what was approved may be shown until the server was asked again. */
function isShown({ kind, said }: Case, shown: readonly string[]): boolean {
  if (kind === 'instructions') return shown.some((text) => text.includes(JSON.stringify(said.instructions)))
  if (kind === 'server') return shown.some((text) => text.includes(JSON.stringify(said.serverInfo)))
  const member = LISTS.find(([listed]) => listed === kind)?.[1] ?? 'tools'
  const changed = said[member].filter((entry) => !BASE[member].includes(entry))
  return changed.some((entry) => shown.includes(JSON.stringify(entry)))
}

/**
 * A resource under another address, or none: nothing is said of the old one any more, and resources need not be listed to
 * be read. Tools and prompts must, so that what is not listed any more is not called.
 */
function movedAway({ title, kind }: Case): boolean {
  return !USABLE_BY_LIST.has(kind) && / \/(?:name|uri|uriTemplate) of /.test(title)
}

/** What is called because it is listed. */
const USABLE_BY_LIST: ReadonlySet<string> = new Set(['tool', 'prompt'])

function notRefused({ title }: Case, outcome: Outcome, when: string): string[] {
  // Of what changed while it was in use a person is asked: nothing else asks here, and nobody answers.
  if (outcome.kind === 'refused' && /^(?:approvals|pins|surface|route|upstream)\//.test(outcome.rule))
    return []
  return [`${title}: ${outcome.kind} ${when}: ${outcome.text}`]
}

/** What the gateway makes of the change; nothing where it is no item any more. */
function driftOf({ kind, name, said }: Case): Drift | undefined {
  const [was, is] = [itemIn(BASE, kind, name), itemIn(said, kind, name)]
  return was === undefined || is === undefined ? undefined : classifyDrift(was, is)
}

/** What the changed item is called; nothing where it is none any more. */
function nameAfter({ kind, said }: Case): string | undefined {
  const [was, is] = [itemsIn(BASE), itemsIn(said)].map((items) => items.filter((item) => item.kind === kind))
  return is?.length === was?.length
    ? is?.find((item) => !was?.some((one) => sameItem(one, item)))?.name
    : undefined
}

function sameItem(one: SurfaceItem, other: SurfaceItem): boolean {
  return JSON.stringify(one.value) === JSON.stringify(other.value)
}

function itemIn(said: Said, kind: ItemKind, name: string): SurfaceItem | undefined {
  return itemsIn(said).find((item) => item.kind === kind && item.name === name)
}

function itemsIn(said: Said): readonly SurfaceItem[] {
  const { serverInfo, instructions, tools, prompts, resources, templates } = said
  const found = [
    itemsOf('initialize', { serverInfo, instructions }),
    itemsOf('tools/list', { tools: [...tools] }),
    itemsOf('prompts/list', { prompts: [...prompts] }),
    itemsOf('resources/list', { resources: [...resources] }),
    itemsOf('resources/templates/list', { resourceTemplates: [...templates] }),
  ]
  return found.flatMap(({ items }) => items)
}

/** A few at a time: the gateway bounds what one caller has in flight. */
async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values()
  const worker = async () => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: TOGETHER }, worker))
}
