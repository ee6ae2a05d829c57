/**
 * What a text consists of. `either`: double quotes of MySQL, a string or (ANSI_QUOTES) a name. `variable`: `@@name`.
 * Parentheses, comma, dot, semicolon and brackets are kinds of their own.
 */
export type TokenKind =
  | 'word'
  | 'quoted'
  | 'either'
  | 'string'
  | 'number'
  | 'parameter'
  | 'variable'
  | 'operator'
  | '('
  | ')'
  | ','
  | '.'
  | ';'
  | '['
  | ']'
  | 'end'

export interface Token {
  readonly kind: TokenKind
  readonly start: number
  /** Words: in ASCII capitals. Quoted names and strings: what is between the quotes. Else as written. */
  readonly text: string
  /** Words and names: as the server compares them, as far as the text tells. */
  readonly name: string
}
