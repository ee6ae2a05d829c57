import { type Action, toolAction } from './action.ts'
import type { Judged, Judgement, NamedTool } from './effects.ts'
import { nameWords } from './nameWords.ts'
import { freeTextOf, parametersOf } from './toolParameters.ts'
import * as tables from './verbs.ts'

/** What is looked at to say what a tool does. */
interface Clues {
  readonly action: Action
  readonly word: string
  readonly why: string
  readonly writes: boolean
  readonly named: readonly string[]
  readonly all: readonly string[]
  /** Words of the parameters, joined: `imageurl`. */
  readonly parameters: readonly string[]
  readonly isLocalPlace: boolean
  /** A product behind a network that name or server names. */
  readonly remote: string | undefined
  readonly local: string | undefined
  readonly shared: string | undefined
  readonly open: string | undefined
  /** A browser that it drives. */
  readonly drives: string | undefined
}

/** What name, server, description and parameters of a tool say of what it does. */
export function inferEffects(tool: NamedTool): Judgement {
  const { action, word, why } = toolAction(tool)
  const named = nameWords(tool.name)
  const place = nameWords(tool.server)
  const all = [...named, ...place]
  const parameters = parametersOf(tool.definition)
  const clues: Clues = {
    action,
    word,
    why,
    writes: action !== 'reads' && action !== 'carries',
    named,
    all,
    parameters: parameters.map(({ name }) => nameWords(name).join('')),
    isLocalPlace: LOCAL_PLACES.has(place[0] ?? ''),
    remote: all.find((name) => tables.REMOTE.has(name)),
    local: named.find((name) => tables.LOCAL_THINGS.has(name)),
    shared: named.find((name) => tables.SHARED_THINGS.has(name)),
    open: all.find((name) => tables.PUBLIC_THINGS.has(name)),
    drives: all.find((name) => DRIVES_PAGES.has(name)),
  }
  const carries = carriesOf(clues)
  const free = freeTextOf(tool.definition)
  return {
    writes: { holds: clues.writes, why },
    destructive: { holds: destroys(clues), why },
    outside: outsideOf(clues),
    carries,
    readsPrivate: privateOf(clues),
    takesUntrusted: strangersOf(clues, carries.holds),
    freeText: free === undefined ? no('no parameter takes free text') : yes(free),
  }
}

const no = (why: string): Judged => ({ holds: false, why })
const yes = (why: string): Judged => ({ holds: true, why })

function destroys({ action, word, writes, named }: Clues): boolean {
  if (action === 'destroys' || action === 'runs') return true
  return writes && (OVERWRITES.has(word) || named.includes('force'))
}

/** Stays here what is known to: the rest leaves. */
function outsideOf(clues: Clues): Judged {
  const { action, word, why, writes, remote, local, shared, drives, isLocalPlace } = clues
  if (!writes) return no(why)
  if (action === 'sends' || action === 'runs') return yes(why)
  if (drives !== undefined && INPUTS.has(word)) return yes(`${word} on a page of somebody`)
  if (remote !== undefined) return yes(`writes at ${remote}`)
  if (isLocalPlace) return no('the server keeps what it writes here')
  if (shared !== undefined && (local === undefined || SEEN_ANYWHERE.has(shared)))
    return yes(`writes ${shared}`)
  return local === undefined ? yes('nothing says that what it writes stays here') : no(`writes ${local}`)
}

/** What is asked of an account stays with it; what is asked of the web does not. */
function carriesOf(clues: Clues): Judged {
  const { action, why, writes, named, parameters, remote, local, open, drives, isLocalPlace } = clues
  if (writes || isLocalPlace) return no(why)
  const takes = parameters.find((name) => ADDRESSES.has(name))
  if (takes !== undefined) return yes(`takes ${takes}`)
  const web = named.find((name) => OPEN_WORLD.has(name))
  if (web !== undefined) return yes(`name says ${web}`)
  if (action !== 'carries') return no(why)
  if (drives !== undefined) return yes(why)
  if (remote !== undefined && open === undefined) return no(`stays at ${remote}`)
  return local === undefined ? yes(why) : no(`looks for ${local}`)
}

function privateOf({ action, word, why, writes, all, open }: Clues): Judged {
  if (writes && action !== 'runs') return no('it writes')
  if (COMPUTES.has(word)) return no(why)
  if (open !== undefined) return no(`about ${open}`)
  const secret = all.find((name) => tables.PRIVATE_THINGS.has(name))
  return secret === undefined ? no('no word of it names private things') : yes(`gives out ${secret}`)
}

function strangersOf(
  { action, word, why, writes, named, all, drives, remote }: Clues,
  carries: boolean,
): Judged {
  if (writes && action !== 'runs' && drives === undefined) return no('it writes')
  if (COMPUTES.has(word)) return no(why)
  if (action === 'carries' && (carries || remote !== undefined)) return yes(why)
  const strange = all.find((name) => tables.STRANGERS.has(name))
  if (strange !== undefined) return yes(`gives out ${strange}`)
  const host = all.find((name) => CODE_HOSTS.has(name))
  const hosted = host === undefined ? undefined : named.find((name) => HOSTED_THINGS.has(name))
  return hosted === undefined
    ? no('no word of it names what strangers write')
    : yes(`gives out ${hosted} at ${host}`)
}

const OVERWRITES: ReadonlySet<string> = new Set('overwrite write replace put'.split(' '))
const ADDRESSES: ReadonlySet<string> = new Set('url urls uri domain'.split(' '))
/** Names of servers whose writes stay on this machine. */
const LOCAL_PLACES: ReadonlySet<string> = new Set(
  'filesystem fs files file git memory sqlite sequentialthinking sequential time local notes note obsidian'.split(
    ' ',
  ),
)
/** What others see even where it hangs on something local: a comment on a file. */
const SEEN_ANYWHERE: ReadonlySet<string> = new Set(
  'comment comments message messages email emails mail invite invites invitation webhook webhooks issue issues'.split(
    ' ',
  ),
)
/** What drives a browser shows pages of strangers, whatever it does in them. */
const DRIVES_PAGES: ReadonlySet<string> = new Set(
  'browser puppeteer playwright chrome devtools stagehand'.split(' '),
)
/** What is done to a page may be sent from it. */
const INPUTS: ReadonlySet<string> = new Set(
  'click tap type press fill select drag upload evaluate'.split(' '),
)
/** What lies there is often somebody else's. */
const CODE_HOSTS: ReadonlySet<string> = new Set('github gitlab gitea bitbucket'.split(' '))
const HOSTED_THINGS: ReadonlySet<string> = new Set(
  'file files contents content code tree blob diff'.split(' '),
)
const OPEN_WORLD: ReadonlySet<string> = new Set('web website internet url news weather wikipedia'.split(' '))
/** What works on what it is given and looks nothing up. */
const COMPUTES: ReadonlySet<string> = new Set(
  'calculate compute convert format parse decode encode hash think sequentialthinking sequential thinking reason wait sleep echo help'.split(
    ' ',
  ),
)
