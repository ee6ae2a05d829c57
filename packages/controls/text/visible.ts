/**
 * Makes untrusted text safe to show to a person: control characters, ANSI, bidi and invisible characters become
 * visible escapes. Decides nothing; what hides in a text is said by `findHidden`.
 *
 * Follows CWE-117 (log injection) and CWE-150 (escape sequences); Unicode TR36 for bidi and default-ignorable characters.
 *
 * @example
 * visible('ok\u001b[2Jgone\u202e') // 'ok\\u{1b}[2Jgone\\u{202e}'
 */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

// C0/C1 controls, format characters (bidi, zero width, tags), private use, lone surrogates, separators that break
// lines, and all that Unicode lets a renderer ignore (fillers, variation selectors, code points still to come): nothing
// a name or a sentence needs when it is printed by us.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
