import type { JsonValue } from '../json/index.ts'
import { visible } from '../text/index.ts'
import type { ToolEffects } from './effects.ts'
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

/** More than this of one call is no question that a person can answer. */
const MAX_FINDINGS = 16

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

  const ruleOf = (source: FlowSource): readonly FlowRule[] => rulesFor(source, call, guarded)
  const found = new Map<string, { rule: FlowRule; source: FlowSource; traces: FlowTrace[] }>()
  const add = (rule: FlowRule, source: FlowSource, trace?: FlowTrace): void => {
    const key = `${rule}\n${source.server}\n${source.name}`
    const known = found.get(key)
    if (known === undefined) {
      if (found.size < MAX_FINDINGS)
        found.set(key, { rule, source, traces: trace === undefined ? [] : [trace] })
    } else if (trace !== undefined) known.traces.push(trace)
  }
  const relevant = [...untrusted, ...secret].some((source) => ruleOf(source).length > 0)
  if (relevant) {
    for (const trace of memory.trace(call.args)) {
      for (const rule of ruleOf(trace.source)) add(rule, trace.source, trace)
    }
    const byLabel = effects.freeText && (incomplete || policy.profile === 'strict')
    if (byLabel && found.size === 0) {
      const asked = new Set<FlowRule>()
      for (const source of [...secret, ...untrusted]) {
        for (const rule of ruleOf(source)) {
          // One source stands for all of its label: a list of everything that was read is no question.
          if (asked.has(rule) || !(incomplete || rule === 'flow/untrusted-to-outside')) continue
          asked.add(rule)
          add(rule, source)
        }
      }
    }
  }
  const sink = `${call.server}/${call.tool}`
  const findings = [...found.values()].map(({ rule, source, traces }): FlowFinding => {
    const never = rule === 'flow/private-to-untrusted' && policy.privateData === 'no'
    return {
      rule,
      action: never || policy.profile === 'strict' ? 'refuse' : 'ask',
      explain: explainFlow(rule, source, traces, sink, effects, incomplete),
      subject: `${source.server}/${source.name} -> ${sink}`,
      traces,
    }
  })
  if (findings.length > 0) return findings
  const [stranger] = untrusted
  const [own] = secret
  if (stranger === undefined || own === undefined || !effects.outside || !effects.freeText) return NONE
  return [
    {
      rule: 'flow/trifecta',
      action: policy.profile === 'strict' ? 'refuse' : 'ask',
      explain: visible(
        `This conversation has read private content (${nameOf(own)}) and words that a stranger may have written (${nameOf(stranger)}), and ${sink} writes text where others see it.`,
      ),
      subject: sink,
      traces: NONE,
    },
  ]
}

const NONE: readonly never[] = []

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

function explainFlow(
  rule: FlowRule,
  source: FlowSource,
  traces: readonly FlowTrace[],
  sink: string,
  effects: ToolEffects,
  incomplete: boolean,
): string {
  const from = nameOf(source)
  const places = [...new Set(traces.map(({ where }) => (where === '' ? 'the arguments' : where)))]
  const shown =
    places.slice(0, 3).join(', ') + (places.length > 3 ? ` and ${places.length - 3} more places` : '')
  const what =
    rule === 'flow/untrusted-to-outside' ? 'words that a stranger may have written' : 'private content'
  const does =
    rule === 'flow/private-to-untrusted'
      ? 'which is at trust level untrusted'
      : effects.outside
        ? 'which writes where others see it'
        : 'which carries its arguments to the open world'
  const undone = [...new Set(traces.flatMap(({ via }) => via))]
  const hidden = undone.length === 0 ? '' : ` (found after undoing ${undone.join(', ')})`
  return visible(
    traces.length > 0
      ? `A value from ${from}, ${what}, is in ${shown} of ${sink}${hidden}, ${does}.`
      : `This conversation has read ${what} (${from})${incomplete ? ', whose values are not kept any more' : ''}, and calls ${sink}, ${does}.`,
  )
}

function nameOf(source: FlowSource): string {
  return `${source.server}/${source.name}`.slice(0, 120)
}
