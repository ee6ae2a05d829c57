import { type FormatFault, fault } from './fault.ts'
import type { Marker } from './format.ts'
import { endsSqlString } from './sqlMarks.ts'

/**
 * Marks that a plain text hardly ever has and that another language takes for its own. Each looks for what an attack needs to
 * get out of its place, not for words. A text that has none can still be wrong where a server quotes nothing at all.
 */
export function findMarker(text: string, marker: Marker): FormatFault | undefined {
  switch (marker) {
    case 'ldap':
      return hasLdap(text) ? fault('format/ldap', 'characters of an LDAP filter') : undefined
    case 'xpath':
      return endsString(text, XPATH_GOES_ON)
        ? fault('format/xpath', 'the end of a string and an expression')
        : undefined
    case 'nosql':
      return hasOperator(text) ? fault('format/nosql', 'an operator of a document database') : undefined
    case 'template':
      return hasTemplate(text) ? fault('format/template', 'the marks of a template') : undefined
    case 'sql':
      return endsSqlString(text) ? fault('format/sql', 'the end of a string and a query') : undefined
    case 'printf':
      return hasDirective(text) ? fault('format/printf', 'directives of a format') : undefined
    case 'markup':
      return hasDeclaration(text) ? fault('format/markup', 'a declaration of XML') : undefined
  }
}

/**
 * RFC 4515: parentheses and the star mean something in a filter, the backslash escapes. People write parentheses in names; what
 * an attack needs is to close one before opening another, a parenthesis beside an operator, or the star.
 */
function hasLdap(text: string): boolean {
  const plain = text.replace(/%(28|29|2a|7c|26|21|00)/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  if (plain.includes('*') || plain.includes('\0') || /\\[0-9a-f]{2}/i.test(plain)) return true
  if (/\(\s?[|&!]|\)\s?\(|[|&]\(|[a-z]=[^()]{0,200}\)\(/i.test(plain)) return true
  let depth = 0
  for (let at = 0; at < plain.length; at++) {
    const c = plain.charAt(at)
    if (c === '(') depth++
    else if (c === ')' && --depth < 0) return true
  }
  return depth > 0
}

const XPATH_GOES_ON = /^\s{0,20}(?:\)|\]|\||=|!=|<|>|\+|(?:or|and)\b[^=<>]{0,30}[=<>(]|div\b|mod\b|\/)/i

/** A quote, and behind it, spaces aside, something that can only be the next part of an expression. */
function endsString(text: string, goesOn: RegExp): boolean {
  for (let at = 0; at < text.length; at++) {
    const c = text.charAt(at)
    if ((c === "'" || c === '"') && goesOn.test(text.slice(at + 1, at + 40))) return true
  }
  return false
}

const OPERATORS =
  /\$(?:where|function|accumulator|expr|regex|ne|eq|gte?|lte?|n?in|or|and|nor|not|exists|type|mod|all|elemMatch|size|jsonSchema|text|lookup|out|merge|set|unset|inc|push|pull|rename)(?![A-Za-z0-9_])/

/** `$ne`, `$where` as a key or in brackets of a query string, or code that ends a string of JavaScript. */
function hasOperator(text: string): boolean {
  if (OPERATORS.test(text)) return true
  return (
    endsString(text, /^\s{0,20}(?:\|\||&&|;|\}|,\s?\$)/) ||
    /(?:^|[^a-z])(?:this\.[a-z]|db\.[a-z]{1,30}\.)/i.test(text)
  )
}

/** `{{ }}`, `${ }`, `<% %>`, `#{ }`, `{% %}`, `@( )`, `[[ ]]` with something in it, `*{ }`. */
function hasTemplate(text: string): boolean {
  return /\{\{|\$\{|<%|#\{|\{%|\{#|\*\{|@\(|\[\[\$|<#|#set\s?\(|\{php\}|<\?(?:php|=)/i.test(text)
}

/** `%n` writes; `%s` and `%x` repeated, with a position or a width from an argument, read. One `50%` is nobody's attack. */
function hasDirective(text: string): boolean {
  if (
    /%(?:\d{1,9}\$)?[-+ #0]{0,5}(?:\*|\d{1,9})?(?:\.(?:\*|\d{1,9}))?(?:hh|h|ll|l|L|q|j|z|t)?n(?![a-z])/.test(
      text,
    )
  )
    return true
  if (/%\d{1,9}\$|%\*/.test(text)) return true
  return /%[-+#0-9.]{0,12}(?:hh|h|ll|l)?[diouxXeEfFgGaAcCsSp@](?:[^A-Za-z0-9%]{0,3}%[-+#0-9.]{0,12}(?:hh|h|ll|l)?[diouxXeEfFgGaAcCsSp@])/.test(
    text,
  )
}

/** XML entities reach files and addresses (CWE-611), or grow without end. */
function hasDeclaration(text: string): boolean {
  return /<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)|<\?xml|<!\[CDATA\[|<!--#|<xsl:|xmlns(?::[a-z]{1,20})?\s?=|<xi:include/i.test(
    text,
  )
}
