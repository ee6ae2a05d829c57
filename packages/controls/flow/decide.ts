import type { JsonValue } from '../json/index.ts'
import { visible } from '../text/index.ts'
import type { ToolEffects } from './effects.ts'
import { carriesText } from './freeArguments.ts'
import type { FlowMemory } from './memory.ts'
import type { FlowRule } from './rules.ts'
import type { FlowSource, FlowTrace } from './source.ts'

export interface FlowPolicy {
  /** `balanced` asks; `strict` refuses where `balanced` asks, and needs no value to see untrusted content go outside. */
  readonly profile: 'balanced' | 'strict'
  /** May private data go to this server? Counts where the server's level of trust is `untrusted`, and, `no`, at every level. */
  readonly privateData: 'yes' | 'ask' | 'no'
}

export interface FlowCall {
  readonly server: string
  readonly tool: string
  readonly trust: 'trusted' | 'partial' | 'untrusted'
  readonly effects: ToolEffects
  readonly args: JsonValue
}

export interface FlowFinding {
  readonly rule: FlowRule
  readonly action: 'ask' | 'refuse'
  /** One sentence: what comes from where, and where it would go. Safe to show. */
  readonly explain: string
  /** What a grant for it covers, as a stable key: `notes/read_note -> github/create_issue`. */
  readonly subject: string
  /** The values; none where only labels are known. */
  readonly traces: readonly FlowTrace[]
}

/** More sources than this are no question that a person can answer: what is left stands in one more line for each rule. */
const MAX_SOURCES = 13
/** Before others, so that nothing a stranger writes can take their place. */
const RULES: readonly FlowRule[] = [
  'flow/private-to-untrusted',
  'flow/private-to-outside',
  'flow/untrusted-to-outside',
]
/** Where values come from that are not told one by one. No source has this name, so no other grant covers it. */
const ANY = '*'

/**
 * What flows with this call from what the conversation has seen to where it must not go without a person: values first, labels where
 * values are not known any more, and the three things together that make an exfiltration.
 *
 * A call that neither writes outside, nor carries, nor goes to an untrusted server costs nothing. Values that stay within a server
 * (issues listed there, commented on there) are not asked about one by one.
 *
 * @example
 * decideFlow({ server: 'github', tool: 'create_issue', trust: 'partial', effects, args }, memory, policy)
 * // [{ rule: 'flow/private-to-outside', action: 'ask', subject: 'notes/read_note -> github/create_issue', ... }]
 */
export function decideFlow(call: FlowCall, memory: FlowMemory, policy: FlowPolicy): readonly FlowFinding[] {
  const { effects } = call
  const guarded = policy.privateData === 'no' || (call.trust === 'untrusted' && policy.privateData === 'ask')
  if (!effects.outside && !effects.carries && !guarded) return NONE
  const { untrusted, private: secret, incomplete } = memory.labels()
  if (untrusted.length === 0 && secret.length === 0) return NONE

  const freeText = effects.freeText && carriesText(call.args, effects.declares)
  const ruleOf = (source: FlowSource): readonly FlowRule[] => rulesFor(source, call, guarded)
  const found = new Map<string, { rule: FlowRule; source: FlowSource; traces: FlowTrace[] }>()
  const add = (rule: FlowRule, source: FlowSource, trace: FlowTrace): void => {
    const key = `${rule}\n${source.server}\n${source.name}`
    const known = found.get(key)
    if (known === undefined) found.set(key, { rule, source, traces: [trace] })
    else known.traces.push(trace)
  }
  /** The rules that any source comes under, each with the first of them: a list of everything that was read is no question. */
  const labelled = new Map<FlowRule, { readonly source: FlowSource; isOnly: boolean }>()
  for (const source of [...secret, ...untrusted]) {
    for (const rule of ruleOf(source)) {
      const known = labelled.get(rule)
      if (known === undefined) labelled.set(rule, { source, isOnly: true })
      else if (known.source.server !== source.server || known.source.name !== source.name)
        known.isOnly = false
    }
  }
  const sink = `${call.server}/${call.tool}`
  const findings: FlowFinding[] = []
  const say = (rule: FlowRule, from: string, explain: string, traces: readonly FlowTrace[]): void => {
    const never = rule === 'flow/private-to-untrusted' && policy.privateData === 'no'
    findings.push({
      rule,
      action: never || policy.profile === 'strict' ? 'refuse' : 'ask',
      explain: visible(explain),
      subject: `${from} -> ${sink}`,
      traces,
    })
  }
  if (labelled.size > 0) {
    const { traces: all, isPartial } = memory.search(call.args, {
      sink: call.server,
      ...(effects.declares === undefined ? {} : { declared: effects.declares }),
    })
    for (const trace of all)
      for (const rule of ruleOf(trace.source))
        if (rule !== 'flow/untrusted-to-outside' || !trace.saidBefore) add(rule, trace.source, trace)
    const inOrder = RULES.flatMap((rule) => [...found.values()].filter((one) => one.rule === rule))
    for (const { rule, source, traces } of inOrder.slice(0, MAX_SOURCES)) {
      say(rule, `${source.server}/${source.name}`, explainValues(rule, source, traces, sink, effects), traces)
    }
    const left = inOrder.slice(MAX_SOURCES)
    for (const rule of RULES) {
      const label = labelled.get(rule)
      if (label === undefined) continue
      const { source, isOnly } = label
      const own = `${source.server}/${source.name}`
      const more = left.filter((one) => one.rule === rule)
      const traces = more.flatMap((one) => one.traces).slice(0, MAX_MORE)
      if (more.length > 0) say(rule, ANY, explainMore(rule, more.length, sink, effects), traces)
      else if (isPartial) say(rule, ANY, explainPartial(rule, source, sink, effects), NONE)
      else if (freeText && incomplete) {
        // What is known of one source and may go does not let go what is not known any more of another.
        if (!isOnly) say(rule, ANY, explainLabel(rule, source, sink, effects, true), NONE)
        else if (!inOrder.some((one) => one.rule === rule))
          say(rule, own, explainLabel(rule, source, sink, effects, true), NONE)
      } else if (
        freeText &&
        policy.profile === 'strict' &&
        rule === 'flow/untrusted-to-outside' &&
        inOrder.length === 0
      ) {
        say(rule, own, explainLabel(rule, source, sink, effects, false), NONE)
      }
    }
  }
  // A person who lets words of a stranger go has not been asked whether what is private may go with them.
  if (findings.some(({ rule }) => rule !== 'flow/untrusted-to-outside')) return findings
  const [stranger] = untrusted
  const [own] = secret
  if (stranger === undefined || own === undefined || !effects.outside || !freeText) return findings
  findings.push({
    rule: 'flow/trifecta',
    action: policy.profile === 'strict' ? 'refuse' : 'ask',
    explain: visible(
      `This conversation has read private content (${nameOf(own)}) and words that a stranger may have written (${nameOf(stranger)}), and ${sink} writes text where others see it.`,
    ),
    subject: sink,
    traces: NONE,
  })
  return findings
}

const NONE: readonly never[] = []
const MAX_MORE = 32

/** By which rules a value from this source is not to be in the arguments of this call. */
function rulesFor(source: FlowSource, call: FlowCall, guarded: boolean): readonly FlowRule[] {
  const elsewhere = source.server !== call.server
  const rules: FlowRule[] = []
  if (source.private) {
    const stated = source.privateBy !== 'inferred'
    if (elsewhere && guarded) rules.push('flow/private-to-untrusted')
    else if (elsewhere ? call.effects.outside || call.effects.carries : call.effects.outside && stated) {
      rules.push('flow/private-to-outside')
    }
  }
  if (source.untrusted && elsewhere && call.effects.outside) rules.push('flow/untrusted-to-outside')
  return rules
}

function explainValues(
  rule: FlowRule,
  source: FlowSource,
  traces: readonly FlowTrace[],
  sink: string,
  effects: ToolEffects,
): string {
  const places = [...new Set(traces.map(({ where }) => (where === '' ? 'the arguments' : where)))]
  const shown =
    places.slice(0, 3).join(', ') + (places.length > 3 ? ` and ${places.length - 3} more places` : '')
  const undone = [...new Set(traces.flatMap(({ via }) => via))]
  const hidden = undone.length === 0 ? '' : ` (found after undoing ${undone.join(', ')})`
  return `A value from ${nameOf(source)}, ${whatOf(rule)}, is in ${shown} of ${sink}${hidden}, ${doesOf(rule, effects)}.`
}

function explainMore(rule: FlowRule, count: number, sink: string, effects: ToolEffects): string {
  return `Values from ${count} more, ${whatOf(rule)}, are in the arguments of ${sink}, ${doesOf(rule, effects)}.`
}

function explainPartial(rule: FlowRule, source: FlowSource, sink: string, effects: ToolEffects): string {
  return `The arguments of ${sink}, ${doesOf(rule, effects)}, are more than can be looked through, and this conversation has read ${whatOf(rule)} (${nameOf(source)}).`
}

function explainLabel(
  rule: FlowRule,
  source: FlowSource,
  sink: string,
  effects: ToolEffects,
  isForgotten: boolean,
): string {
  return `This conversation has read ${whatOf(rule)} (${nameOf(source)})${isForgotten ? ', whose values are not kept any more' : ''}, and calls ${sink}, ${doesOf(rule, effects)}.`
}

function whatOf(rule: FlowRule): string {
  return rule === 'flow/untrusted-to-outside' ? 'words that a stranger may have written' : 'private content'
}

function doesOf(rule: FlowRule, effects: ToolEffects): string {
  if (rule === 'flow/private-to-untrusted') return 'which is at trust level untrusted'
  return effects.outside
    ? 'which writes where others see it'
    : 'which carries its arguments to the open world'
}

function nameOf(source: FlowSource): string {
  return `${source.server}/${source.name}`.slice(0, 120)
}
