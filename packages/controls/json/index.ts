/**
 * Strict JSON: one reading of every message.
 *
 * Attacks on gateways live in the difference between two decoders: the gateway reads a harmless call, the server behind
 * it another one. So a document is either refused or means the same to every decoder that accepts it, and only text
 * written by us (`writeJson`), or proven equal to it (`canonical`), is sent on. Follows RFC 8259, RFC 7493 (I-JSON) but
 * for its number range, RFC 8785; CWE-436 (interpretation conflict), CWE-1321 (prototype pollution), CWE-674.
 *
 * Costs about twice `JSON.parse` (see bench/json.ts). The parser cannot know: which members a protocol has
 * (`foldedMember` and `PROTOCOL_MEMBERS` are for those who do), and what a decoder does that breaks RFC 8259.
 */
export { DEFAULT_BUDGET, type JsonBudget } from './budget.ts'
export { canonicalJson } from './canonical.ts'
export { JSON_RULES, type JsonFault, type JsonRule } from './fault.ts'
export { foldedMember } from './fold.ts'
export { FreeNames } from './freeNames.ts'
export { type JsonParse, parseJson } from './parse.ts'
export { pointerTo } from './pointer.ts'
export { PROTOCOL_MEMBERS } from './protocolMembers.ts'
export { spliceMember } from './splice.ts'
export { type ExactNumber, isExactNumber, isObject, type JsonObject, type JsonValue } from './value.ts'
export { writeJson } from './write.ts'
