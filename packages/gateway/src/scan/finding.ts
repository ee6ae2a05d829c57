/**
 * What a scan noticed: which rule, where, on what evidence, why it matters and what to do. Every text in it may be shown
 * as it is: nothing hidden, nothing that acts on a terminal, no secret that can be told by its form or place.
 */
import { SEVERITIES, type Severity } from '@sallyport/controls/detection'
import { redactText } from '@sallyport/controls/secrets'
import { visible } from '@sallyport/controls/text'
import { namesSecret } from '../config/literalSecrets.ts'

/** Where in a file that a person can open. */
export interface FilePlace {
  readonly kind: 'file'
  /** Absolute, or as it was given. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** JSON Pointer (RFC 6901) of the value. */
  readonly pointer: string
}

/** Where in what a server says of itself. */
export interface SurfacePlace {
  readonly kind: 'surface'
  /** `itemKey` of the item. */
  readonly item: string
  /** JSON Pointer of the text within the item. */
  readonly pointer: string
  /** `itemDigest` of the item: the same text of the same item, whoever serves it. */
  readonly digest?: string
}

export interface ScanFinding {
  /** Stable id, `area/what`. */
  readonly rule: string
  readonly severity: Severity
  /** Of the server it belongs to (`ScannedServer.id`); absent where it concerns the whole target. */
  readonly server?: string
  readonly where: FilePlace | SurfacePlace
  /** The text that was noticed, safe to show, at most 160 characters. */
  readonly evidence: string
  /** One sentence each. */
  readonly explain: string
  readonly advice: string
}

const MAX_EVIDENCE = 160
/** Nothing beyond this of a text is looked at to show 160 characters of it. */
const MAX_LOOKED_AT = 4_096

/** An option with its value, in one text: `--token abc`, `-api-key='abc'`. */
const OPTION =
  /(?<=^|[\s'"])(-{1,2}[A-Za-z][\w-]{0,63}(?:\s{1,4}|=))("[^"]{1,4096}|'[^']{1,4096}|[^\s'"$%{-][^\s'"]{5,4096})/g

/** A text as it may be shown: secrets out, the invisible visible, cut. */
export function safeText(text: string, maxChars = MAX_EVIDENCE): string {
  const shown = visible(redactOptions(redactText(text.slice(0, MAX_LOOKED_AT))))
  return shown.length > maxChars || text.length > MAX_LOOKED_AT ? `${shown.slice(0, maxChars - 1)}…` : shown
}

/** A value behind an option that is called like a secret: a command line in one text has no other mark of it. */
function redactOptions(text: string): string {
  if (!text.includes('-')) return text
  return text.replace(OPTION, (whole, option: string) =>
    namesSecret(option.replace(/[\s=]+$/, '')) ? `${option}[redacted]` : whole,
  )
}

/** At or above: `reaches('high', 'medium')`. */
export function reaches(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(threshold)
}
