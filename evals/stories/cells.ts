/** In which company a story is told: who the client is, how it reaches the gateway, and how the gateway reaches the servers. */
import type { Story } from '../../examples/stories/story.ts'

export type Era = 'legacy' | 'modern'
export type Wire = 'stdio' | 'http'

export interface Cell {
  readonly client: { readonly era: Era; readonly wire: Wire }
  /** Of scripted servers; packaged ones are as they are. */
  readonly servers: { readonly era: Era; readonly wire: Wire }
  /** In attacks: says no to what the gateway asks, or cannot be asked, since the client has no forms. */
  readonly person: 'denies' | 'away'
}

const cell = (client: readonly [Era, Wire], servers: readonly [Era, Wire], person: Cell['person']): Cell => ({
  client: { era: client[0], wire: client[1] },
  servers: { era: servers[0], wire: servers[1] },
  person,
})

/** Every era of clients meets every era of servers once, and every wire every wire. */
export const CELLS: readonly Cell[] = [
  cell(['legacy', 'stdio'], ['modern', 'http'], 'denies'),
  cell(['legacy', 'http'], ['legacy', 'http'], 'away'),
  cell(['modern', 'stdio'], ['legacy', 'stdio'], 'away'),
  cell(['modern', 'http'], ['modern', 'stdio'], 'denies'),
]

/** The whole product, for a machine with time. */
export function allCells(): readonly Cell[] {
  const ends: readonly (readonly [Era, Wire])[] = [
    ['legacy', 'stdio'],
    ['legacy', 'http'],
    ['modern', 'stdio'],
    ['modern', 'http'],
  ]
  return ends.flatMap((client) =>
    ends.flatMap((servers) => (['denies', 'away'] as const).map((person) => cell(client, servers, person))),
  )
}

/** The cell as this story can be told in it, or why it cannot. */
export function cellFor(story: Story, one: Cell): Cell | { readonly skipped: string } {
  const { modernClient, modernServer, httpServer } = story.not ?? {}
  if (one.client.era === 'modern' && modernClient !== undefined) return { skipped: modernClient }
  const era = modernServer === undefined ? one.servers.era : 'legacy'
  const wire = httpServer === undefined ? one.servers.wire : 'stdio'
  return { ...one, servers: { era, wire } }
}

export function nameOf({ client, servers, person }: Cell): string {
  return `${client.era} client, ${client.wire} | ${servers.era} servers, ${servers.wire} | person ${person}`
}
