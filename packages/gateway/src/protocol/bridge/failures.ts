import { visible } from '@sallyport/controls/text'
import type { Refusal } from '../../pipeline/verdict.ts'
import type { CallFailure } from '../../upstream/link.ts'
import { TransportError } from '../../upstream/transport.ts'
import { UpstreamUnavailable } from '../../upstream/unavailable.ts'
import { ChangedSurface } from './remembered.ts'

/** What a client is told when a call that was sent upstream got no usable answer. */
export function failureRefusal(server: string, failure: CallFailure): Refusal {
  switch (failure.kind) {
    case 'deadline':
      return {
        kind: 'refuse',
        rule: 'upstream/deadline',
        explain: `"${server}" did not answer within ${Math.round(failure.afterMs)} ms; the call was cancelled there`,
        remedy: `If its work takes longer, raise "servers.${server}.deadline".`,
      }
    case 'malformed':
      return {
        kind: 'refuse',
        rule: 'upstream/malformed',
        explain: `"${server}" answered with a message that has no single reading (${failure.rule}: ${visible(failure.explain)})`,
        remedy: 'The server breaks the specification; report it to its author.',
      }
    case 'transport':
      return {
        kind: 'refuse',
        rule: failure.fault.code === 'too-large' ? 'shape/result-size' : `upstream/${failure.fault.code}`,
        explain: `"${server}": ${visible(failure.fault.explain)}`,
        remedy:
          failure.fault.code === 'too-large'
            ? `Ask for less, or raise "servers.${server}.maxResult".`
            : 'The next call starts the server again.',
      }
  }
}

/** What a client is told when its call could not be sent at all. */
export function unavailableRefusal(server: string, error: unknown): Refusal {
  if (error instanceof ChangedSurface) return error.refusal
  if (error instanceof UpstreamUnavailable) {
    return { kind: 'refuse', rule: error.rule, explain: error.message, remedy: error.remedy }
  }
  if (error instanceof TransportError) {
    return {
      kind: 'refuse',
      rule: `upstream/${error.fault.code}`,
      explain: `"${server}" could not be reached: ${visible(error.fault.explain)}`,
      remedy: 'Nothing was sent to it. See `sallyport status`.',
    }
  }
  return {
    kind: 'refuse',
    rule: 'upstream/unavailable',
    explain: `"${server}" could not be started`,
    remedy: "The gateway's log says why.",
  }
}
