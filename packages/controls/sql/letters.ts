const SPACES = ' \t\n\r\f'
const OPERATORS = '+-*/<>=~!%^&|@#'
const LETTER = /^[\p{Ll}\p{Lu}\p{Lt}\p{Lo}]$/u
const LETTER_OR_MARK = /^[\p{Ll}\p{Lu}\p{Lt}\p{Lo}\p{Nd}\p{Mn}\p{Mc}]$/u

/** What separates tokens for all three servers. A vertical tab does for two of them only. */
export function isSpace(c: string): boolean {
  return c.length === 1 && SPACES.includes(c)
}

export function isOperatorChar(c: string): boolean {
  return c.length === 1 && OPERATORS.includes(c)
}

/**
 * Beyond ASCII servers take nearly everything for a part of a name. Here: letters, digits and marks that stay what they are
 * under NFKC, so that no wide letter, space or quote becomes another one in a driver or a server's own cleaning.
 */
export function isNameStart(text: string, at: number): boolean {
  const c = text.charAt(at)
  if (c < '\u{80}') return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c === '_'
  return isStable(text, at, LETTER)
}

export function isNameChar(text: string, at: number): boolean {
  const c = text.charAt(at)
  if (c < '\u{80}') return isNameStart(text, at) || (c >= '0' && c <= '9') || c === '$'
  return isStable(text, at, LETTER_OR_MARK)
}

function isStable(text: string, at: number, what: RegExp): boolean {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  return what.test(character) && character.normalize('NFKC') === character
}

/** For explanations: the code point, for what can be seen the character too. */
export function showCharacter(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return code > 0x20 && code < 0x7f ? `the character ${String.fromCodePoint(code)}` : `the character ${hex}`
}
