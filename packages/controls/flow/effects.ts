import { isObject, type JsonObject } from '../json/index.ts'
import { inferEffects } from './infer.ts'
import { declaredWords } from './toolParameters.ts'

export const EFFECTS = [
  'writes',
  'destructive',
  'outside',
  'carries',
  'readsPrivate',
  'takesUntrusted',
  'freeText',
] as const

export type EffectName = (typeof EFFECTS)[number]

/** What a tool does, as far as can be told. */
export interface ToolEffects {
  /** Changes something, wherever. */
  readonly writes: boolean
  /** Takes away or overwrites what was there, or can. */
  readonly destructive: boolean
  /** Writes what others see, or what has left once it is written. */
  readonly outside: boolean
  /** Only reads, but its arguments travel to the open world. */
  readonly carries: boolean
  /** Gives out what is meant for the people of this conversation only. */
  readonly readsPrivate: boolean
  /** Gives out words that a stranger may have written. */
  readonly takesUntrusted: boolean
  /** Takes text that can say anything: nothing says that all it takes is numbers, choices and narrow forms. */
  readonly freeText: boolean
  /** One short clause for each, naming the evidence, also for those that do not hold. */
  readonly why: Readonly<Record<EffectName, string>>
  /** Effects that hold only because nothing was said of them: the defaults of the protocol. */
  readonly unsaid: readonly EffectName[]
  /** Names of parameters and choices that its schema gives. */
  readonly declares?: ReadonlySet<string>
}

/** What a configuration says of a tool; it wins over everything. */
export type DeclaredEffects = Partial<Readonly<Record<EffectName, boolean>>>

/** Whether an effect holds, and on what evidence. */
export interface Judged {
  readonly holds: boolean
  readonly why: string
  readonly unsaid?: boolean
}
export type Judgement = Record<EffectName, Judged>

export interface NamedTool {
  readonly server: string
  readonly name: string
  /** As the server lists it. */
  readonly definition?: JsonObject
}

/**
 * What a tool does: told from the configuration, from what the server says of it (where that is believed), and from its name,
 * description and parameters.
 *
 * Of a server that is believed, an annotation counts, and what it leaves out is as the protocol has it: whatever writes,
 * destroys, in an open world. Of any other server the worse of annotation and inference counts, so that nothing is gained by a lie.
 * A tool that clearly reads by its name, takes nothing that only a writer takes, and says nothing else of itself, reads.
 *
 * Wrong in this direction: a verb that no table has writes outside. Wrong in the other one: a tool named like a reader that
 * writes all the same and does not say so (`get_ready`), which is what pins, review and a sandbox are for.
 *
 * @example
 * toolEffects({ server: 'github', name: 'create_issue' }, { believed: false }).outside // true
 */
export function toolEffects(
  tool: NamedTool,
  how: { readonly believed: boolean; readonly declared?: DeclaredEffects },
): ToolEffects {
  const judged = inferEffects(tool)
  annotate(judged, tool.definition, how.believed)
  for (const effect of EFFECTS) {
    const declared = how.declared?.[effect]
    if (declared !== undefined) judged[effect] = { holds: declared, why: 'configured' }
  }
  settle(judged, how.declared ?? {})
  const why = Object.fromEntries(EFFECTS.map((effect) => [effect, judged[effect].why]))
  return {
    writes: judged.writes.holds,
    destructive: judged.destructive.holds,
    outside: judged.outside.holds,
    carries: judged.carries.holds,
    readsPrivate: judged.readsPrivate.holds,
    takesUntrusted: judged.takesUntrusted.holds,
    freeText: judged.freeText.holds,
    why: why as Record<EffectName, string>,
    unsaid: EFFECTS.filter((effect) => judged[effect].holds && judged[effect].unsaid === true),
    declares: new Set(declaredWords(tool.definition)),
  }
}

/** What follows from one another: what destroys or leaves, writes; what writes outside is no mere carrier. */
function settle(judged: Judgement, declared: DeclaredEffects): void {
  for (const stronger of ['destructive', 'outside'] as const) {
    if (!judged[stronger].holds || judged.writes.holds) continue
    if (declared[stronger] === true) judged.writes = { holds: true, why: judged[stronger].why }
    else judged[stronger] = { holds: false, why: judged.writes.why }
  }
  if (judged.outside.holds && judged.carries.holds && declared.carries !== true) {
    judged.carries = { holds: false, why: 'it writes outside' }
  }
}

/** What the annotations of a definition add or take away. */
function annotate(judged: Judgement, definition: JsonObject | undefined, believed: boolean): void {
  const given = definition?.annotations
  const annotations = isObject(given) ? given : {}
  const hint = (name: string): boolean | undefined => {
    const value = annotations[name]
    return typeof value === 'boolean' ? value : undefined
  }
  const readOnly = hint('readOnlyHint')
  const destroys = hint('destructiveHint')
  const open = hint('openWorldHint')
  if (believed) {
    if (readOnly === true) {
      const why = 'annotation readOnlyHint'
      judged.writes = { holds: false, why }
      judged.destructive = { holds: false, why }
      if (judged.outside.holds) {
        judged.outside = { holds: false, why }
        if (open === true) judged.carries = { holds: true, why: 'annotation openWorldHint' }
      }
      if (open === false) judged.carries = { holds: false, why: 'annotation openWorldHint false' }
      return
    }
    if (readOnly === false && !judged.writes.holds) {
      judged.writes = { holds: true, why: 'annotation readOnlyHint false' }
    }
    if (!judged.writes.holds) {
      if (destroys !== true) {
        if (open === false) judged.carries = { holds: false, why: 'annotation openWorldHint false' }
        return
      }
      judged.writes = { holds: true, why: 'annotation destructiveHint' }
    }
    if (destroys !== undefined) {
      judged.destructive = { holds: destroys, why: `annotation destructiveHint${destroys ? '' : ' false'}` }
    } else if (!judged.destructive.holds) judged.destructive = { holds: true, why: UNSAID, unsaid: true }
    if (open === false) judged.outside = { holds: false, why: 'annotation openWorldHint false' }
    else if (open === true) judged.outside = { holds: true, why: 'annotation openWorldHint' }
    return
  }
  // Not believed: a word of the server can make it worse, never better.
  if (readOnly === false && !judged.writes.holds) {
    judged.writes = { holds: true, why: 'annotation readOnlyHint false' }
    if (open !== false && !judged.outside.holds) judged.outside = { holds: true, why: UNSAID, unsaid: true }
    if (destroys === undefined) judged.destructive = { holds: true, why: UNSAID, unsaid: true }
  }
  if (destroys === true && readOnly !== true) {
    judged.writes = { holds: true, why: 'annotation destructiveHint' }
    judged.destructive = { holds: true, why: 'annotation destructiveHint' }
  }
  if (judged.writes.holds && destroys === undefined && !judged.destructive.holds) {
    judged.destructive = { holds: true, why: UNSAID, unsaid: true }
  }
  if (open === true && judged.writes.holds && !judged.outside.holds) {
    judged.outside = { holds: true, why: 'annotation openWorldHint' }
  }
}

const UNSAID = 'not annotated, and the default of the protocol'
