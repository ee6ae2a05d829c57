/**
 * Flow: what came in from whom, what it is, and whether it is about to go where it must not.
 *
 * Three parts. `toolEffects` says what a tool does; `FlowMemory` keeps what a conversation has seen and finds values of it in arguments,
 * however they are written; `decideFlow` puts both together. It is the defence that needs no detector: words of strangers do not
 * become outside effects, private data does not leave, unless a person says so. Follows the labels of information flow control
 * (integrity and audience); OWASP LLM01, LLM02; CWE-200, CWE-668.
 *
 * Costs: `toolEffects` below a tenth of a millisecond, once for each definition; the others, see docs/flow.md.
 *
 * Cannot know: what a model says in its own words (paraphrase, translation, a summary), what is in pictures and sounds, values below
 * twelve letters and digits that have no form of their own, ciphers and compression, what leaves by ways that are no arguments.
 */
export {
  decideFlow,
  type FlowCall,
  type FlowFinding,
  type FlowPolicy,
} from './decide.ts'
export { type DeclaredEffects, EFFECTS, type EffectName, type ToolEffects, toolEffects } from './effects.ts'
export type { FlowSearch } from './found.ts'
export {
  type FlowLabels,
  type FlowLimits,
  FlowMemory,
  type FlowSnapshot,
  type TraceOptions,
} from './memory.ts'
export { FLOW_RULES, type FlowRule } from './rules.ts'
export type { FlowSource, FlowSourceKind, FlowTrace, FlowUndone } from './source.ts'
