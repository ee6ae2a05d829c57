/**
 * Access: may this principal use this tool, prompt or resource of this server, with these arguments?
 *
 * Decides by lists of names first, and by rules second: whatever a list denies or hides stays so (control C01), then the
 * first rule whose condition holds, then what a list says about asking, then the default, which is to let pass what was
 * approved. A rule that cannot be evaluated refuses the call. Cannot know: what a tool does behind its name.
 *
 * @example
 * decideAccess({ lists: [{ deny: namedGlobs(['delete_*'], 'tool', 'servers.pg.tools.deny'), ask: [], hide: [] }], rules: [] }, request)
 * // { kind: 'deny', rule: 'access/deny', from: 'servers.pg.tools.deny[0]', explain: '...' }
 */
export { type Compiled, type Condition, compileCondition, MAX_STEPS } from './celRules.ts'
export { type AccessDecision, type AccessPolicy, type AccessRule, decideAccess } from './decide.ts'
export { type AccessExplanation, explainAccess, type RuleTrace } from './explain.ts'
export type { NamedGlob } from './glob.ts'
export { type AccessKind, type AccessLists, decideByLists, type ListDecision, namedGlobs } from './lists.ts'
export type { AccessItem, AccessRequest, RuleContext } from './request.ts'
export { ACCESS_RULES, type AccessRuleId } from './rules.ts'
export { uriReadings } from './uriReadings.ts'
