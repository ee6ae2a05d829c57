/**
 * Text hygiene: what hides in a text, how else it may be read, what of it a model may see, and how to show it to people.
 *
 * Decides on characters alone: what is invisible where no language or emoji needs it, what a terminal or renderer would
 * not show, what an encoded run says. Follows Unicode 17 (Default_Ignorable_Code_Point), UAX 9 and 15, UTS 37, 39 and 51,
 * ECMA-48, CWE-117, CWE-150, CVE-2021-42574 (Trojan Source). Cannot know: what a font draws, what a cipher says, what
 * is said between the lines. Everything is linear in its text; ordinary text costs one walk over it.
 *
 * @example
 * findHidden('Adds.\u{e0068}\u{e0069}', 'prose') // [{ rule: 'text/tags', severity: 'critical', decoded: 'hi', ... }]
 * removeHidden('Adds.\u{e0068}\u{e0069}') // 'Adds.'
 * marked('Adds.\u{e0068}\u{e0069}') // 'Adds.⟦tags: "hi"⟧'
 * readings('%69gnore').map(({ text }) => text) // ['%69gnore', 'ignore']
 */
export { findHidden, isDecisive, type TextUse } from './findHidden.ts'
export { type HiddenText, TEXT_RULES, type TextRule } from './hidden.ts'
export type { Mapped } from './mapped.ts'
export { marked } from './marked.ts'
export { placeName, placePointer } from './placeName.ts'
export { plain } from './plain.ts'
export { type Reading, type ReadingKind, readings } from './readings.ts'
export { type Removal, removeHidden } from './removeHidden.ts'
export { mixedScripts } from './scripts.ts'
export { skeleton } from './skeleton.ts'
export { visible } from './visible.ts'
