/**
 * Formats: is this value what its parameter means: an address, a date, an identifier, one line?
 *
 * Decides on the value alone, by the narrow reading that all programs share: what some of them would still accept (quoted local
 * parts, octal addresses, `20260131`) is refused. For plain texts it can look for the marks of languages that a server may put
 * them into unquoted (LDAP, XPath, document databases, templates, SQL, XML, printf): only where asked, since people write
 * parentheses and percent signs. Follows RFC 3339, 5321, 1123, 4291, 9562, 4515, Semantic Versioning 2.0.0; CWE-20, CWE-90,
 * CWE-91, CWE-93, CWE-134, CWE-611, CWE-643, CWE-943, CWE-1336. Linear in the length of the value.
 *
 * Cannot know: whether the address or day is the one that was meant, and languages that are not named.
 *
 * @example
 * checkFormat('2026-02-30', { kind: 'date' })
 * // { ok: false, rule: 'format/date', explain: 'The value is not accepted: no date of the form YYYY-MM-DD.' }
 */
import { type FormatFault, fault } from './fault.ts'
import type { Format } from './format.ts'
import { checkEmail, checkHostname, checkIpv4, checkIpv6 } from './hosts.ts'
import { checkId, checkInteger, checkRange, checkSemver, checkSlug, checkUuid } from './identifiers.ts'
import { findControl } from './letters.ts'
import { findMarker } from './markers.ts'
import type { FormatRule } from './rules.ts'
import { checkDate, checkDateTime } from './times.ts'

export type { Format, FormatKind, Marker } from './format.ts'
export { FORMAT_RULES, type FormatRule } from './rules.ts'

export type FormatDecision =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly rule: FormatRule
      /** One sentence: what the value is not. Repeats nothing of it. */
      readonly explain: string
    }

/** Says whether a value has its format. Numbers are taken for `integer` only, and for everything else as written. */
export function checkFormat(value: string | number, format: Format): FormatDecision {
  const found =
    typeof value === 'number' && format.kind === 'integer'
      ? checkNumber(value, format.min, format.max)
      : findFault(String(value), format)
  if (found === undefined) return { ok: true }
  return { ok: false, rule: found.rule, explain: `The value is not accepted: ${found.what}.` }
}

function checkNumber(value: number, min?: number, max?: number): FormatFault | undefined {
  if (!Number.isSafeInteger(value) || Object.is(value, -0))
    return fault('format/integer', 'no exact whole number')
  return checkRange(value, min, max)
}

function findFault(text: string, format: Format): FormatFault | undefined {
  switch (format.kind) {
    case 'email':
      return checkEmail(text)
    case 'date':
      return checkDate(text)
    case 'date-time':
      return checkDateTime(text)
    case 'uuid':
      return checkUuid(text)
    case 'hostname':
      return checkHostname(text)
    case 'ipv4':
      return checkIpv4(text)
    case 'ipv6':
      return checkIpv6(text)
    case 'semver':
      return checkSemver(text)
    case 'slug':
      return checkSlug(text)
    case 'id':
      return checkId(text, format.maxLength)
    case 'integer':
      return checkInteger(text, format.min, format.max)
    case 'line':
      return checkLength(text, undefined, format.maxLength) ?? checkLine(text)
    case 'plain':
      return checkLength(text, format.minLength, format.maxLength) ?? checkPlain(text, format.refuse ?? [])
  }
}

function checkLength(text: string, min = 0, max = Number.POSITIVE_INFINITY): FormatFault | undefined {
  if (text.length > max) return fault('format/length', `more than ${max} characters`)
  if (text.length < min) return fault('format/length', `fewer than ${min} characters`)
  return undefined
}

/** RFC 9110, 5.5: what ends the line in a header, a log or a mail begins a new one of the sender's choice (CWE-93). */
function checkLine(text: string): FormatFault | undefined {
  const broken = findControl(text, true) >= 0 || !text.isWellFormed()
  return broken ? fault('format/control-character', 'a line break or another control character') : undefined
}

function checkPlain(
  text: string,
  refuse: Extract<Format, { kind: 'plain' }>['refuse'],
): FormatFault | undefined {
  if (text.includes('\0') || !text.isWellFormed())
    return fault('format/control-character', 'a NUL character or half a surrogate pair')
  for (const marker of refuse ?? []) {
    const found = findMarker(text, marker)
    if (found !== undefined) return found
  }
  return undefined
}
