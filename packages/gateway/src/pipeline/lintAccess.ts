import { compileGlob } from '@sallyport/controls/patterns'
import { scopesWithoutServer } from '../config/auth/scopesWithoutServer.ts'
import type { AccessEntry, AccessListsConfig, Config } from '../config/config.ts'
import { dotted } from '../config/document.ts'

/** Something in the configuration that can have no effect, or another one than it seems. */
export interface AccessNote {
  /** Key in the configuration. */
  readonly from: string
  readonly explain: string
}

const KINDS = { tools: 'tool', prompts: 'prompt' } as const
const MEMBERS = ['tools', 'prompts', 'resources'] as const
const LISTS = ['allow', 'deny', 'hide', 'ask'] as const

/**
 * Looks for lists, rules and scopes without effect: an entry for servers that there are not, a name that no server was ever
 * approved to have, a question about what is refused anyway, a rule behind one that always holds.
 *
 * @param itemsOf keys of a server's approved items (`tool/NAME`); of a server without any, names are not compared
 * @example lintAccess(config, (server) => [...lock.servers.get(server).items.keys()])
 */
export function lintAccess(
  config: Config,
  itemsOf: (server: string) => readonly string[],
): readonly AccessNote[] {
  const notes: AccessNote[] = []
  for (const entry of config.access) {
    const servers = config.servers.filter(
      ({ id, trust }) =>
        (entry.servers?.some((glob) => compileGlob(glob)(id)) ?? true) &&
        (entry.trust?.includes(trust) ?? true),
    )
    if (servers.length === 0) {
      notes.push({ from: entry.from, explain: 'no server is meant by it' })
      continue
    }
    notes.push(...deadQuestions(entry))
    const known = servers.map(({ id }) => itemsOf(id))
    // Of a server that was never seen nobody knows what it has.
    if (known.every((items) => items.length > 0)) notes.push(...unknownNames(entry, known.flat()))
  }
  const scopes = scopesWithoutServer(config).map(({ path, explain }) => ({ from: dotted(path), explain }))
  return [...notes, ...unreachedRules(config), ...scopes]
}

function unknownNames(entry: AccessEntry, items: readonly string[]): readonly AccessNote[] {
  return Object.entries(KINDS).flatMap(([member, kind]) => {
    const lists: AccessListsConfig | undefined = entry[member as keyof typeof KINDS]
    if (lists === undefined) return []
    const names = items.filter((key) => key.startsWith(`${kind}/`)).map((key) => key.slice(kind.length + 1))
    return LISTS.flatMap((list) =>
      (lists[list] ?? []).flatMap((glob, at) =>
        names.some(compileGlob(glob))
          ? []
          : [
              {
                from: `${entry.from}.${member}.${list}[${at}]`,
                explain: `no approved ${kind} is called ${JSON.stringify(glob)}`,
              },
            ],
      ),
    )
  })
}

/** What one list denies or hides, it asks nobody about. */
function deadQuestions(entry: AccessEntry): readonly AccessNote[] {
  return MEMBERS.flatMap((member) => {
    const { ask = [], ...lists }: Partial<AccessListsConfig> = entry[member] ?? {}
    const at = `${entry.from}.${member}`
    return ask.flatMap((asked, place) => {
      const by = (['deny', 'hide'] as const).flatMap((list) =>
        (lists[list] ?? []).flatMap((glob, index) =>
          covers(glob, asked) ? [`${at}.${list}[${index}]`] : [],
        ),
      )[0]
      return by === undefined
        ? []
        : [{ from: `${at}.ask[${place}]`, explain: `never asks, since ${by} refuses it` }]
    })
  })
}

/** Does it stand for all that another glob stands for? The stars of that one are then within its own. */
function covers(glob: string, other: string): boolean {
  return compileGlob(glob)(other)
}

/** A condition that needs nothing to hold ends the rules. */
function unreachedRules({ rules }: Config): readonly AccessNote[] {
  const always = rules.findIndex(({ when }) => when.trim() === 'true')
  if (always < 0) return []
  return rules
    .slice(always + 1)
    .map(({ from }) => ({ from, explain: `never reached, since rules[${always}] always holds` }))
}
