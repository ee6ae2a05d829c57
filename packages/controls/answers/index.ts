/**
 * What a server answers, text by text: where its texts are, without what hides in them, marked as the server's, and whether a
 * question of a server asks for something secret.
 *
 * Decides on text alone. Follows CoSAI "output controls", OWASP LLM01 (segregate external content), CWE-150, and the
 * specification's rule that forms never ask for credentials (2025-11-25, "Elicitation"). Cannot know: what a picture says, and
 * what a model makes of a text that is marked.
 *
 * @example
 * mapTexts({ content: [{ type: 'text', text: 'Hi\u{e0068}' }] }, (text) => cleanText(text).text)
 * // { content: [{ type: 'text', text: 'Hi' }] }
 */
export { type AskedSecret, askedSecret, MAX_FIELDS } from './askedSecret.ts'
export { type Cleaned, cleanText } from './cleanText.ts'
export { mapTexts, type TextPath, type TextVisit } from './mapTexts.ts'
export type { SecretKind } from './secretWords.ts'
export { withheldText, wrapText } from './wrapText.ts'
