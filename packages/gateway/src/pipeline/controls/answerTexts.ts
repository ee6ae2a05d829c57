/** What the controls over answers have in common: which messages they look at, and which texts in them are nobody's words. */
import type { TextPath } from '@sallyport/controls/answers'
import { isSurfaceMethod } from '@sallyport/controls/surface'
import { placeName } from '@sallyport/controls/text'
import type { Inbound } from '../../protocol/message.ts'
import type { Exchange, Finding } from '../exchange.ts'

/** The server whose words these are; none where they are the gateway's own, or a list that the pins look at. */
export function speakerOf(exchange: Exchange, message: Inbound): string | undefined {
  if (
    message.kind === 'result' &&
    exchange.direction === 'client-to-server' &&
    isSurfaceMethod(exchange.method)
  )
    return undefined
  return exchange.server
}

/**
 * Texts that only their server reads: they go back as they came (2026-07-28, "requestState"; cursors; ids). Nobody shows
 * them, and a changed one would break the call.
 */
export function isOpaque(path: TextPath): boolean {
  return path.length === 1 && OPAQUE.has(path[0] as string)
}

const OPAQUE: ReadonlySet<string> = new Set([
  'requestState',
  'nextCursor',
  'progressToken',
  'taskId',
  'elicitationId',
  'requestId',
  'resultType',
])

const MAX_FINDINGS = 100

/** Notes a finding once for each rule and place: what a server sends a thousand times is one thing to know. */
export function note(exchange: Exchange, finding: Finding): void {
  const { findings } = exchange
  if (isFull(exchange)) return
  if (findings.some(({ rule, where }) => rule === finding.rule && where === finding.where)) return
  findings.push(finding)
}

/** Nothing more is noted: nobody needs to work out where it was. */
export function isFull({ findings }: Exchange): boolean {
  return findings.length >= MAX_FINDINGS
}

/** The place as the record and clients have it: names in it are the server's words too, and stand only if they are plain. */
export function whereOf(path: TextPath): string {
  return `/${path
    .slice(0, 6)
    .map((part) => (typeof part === 'number' ? part : placeName(part)))
    .join('/')}`
}
