import { visible } from '@sallyport/controls/text'
import { sentenceOf } from '../../controlRules.ts'
import { ANSWERED, type CallEnd, LEFT } from '../../pipeline/serverGate.ts'
import type { Refusal } from '../../pipeline/verdict.ts'
import type { CallFailure } from '../../upstream/link.ts'
import { TransportError, type TransportFault } from '../../upstream/transport.ts'
import { UpstreamUnavailable } from '../../upstream/unavailable.ts'
import { ChangedSurface } from './remembered.ts'

/** What a client is told when a call that was sent upstream got no usable answer. */
export function failureRefusal(server: string, failure: CallFailure, deadlineKey = 'deadline'): Refusal {
  switch (failure.kind) {
    case 'deadline':
      return {
        kind: 'refuse',
        rule: 'upstream/deadline',
        explain: `"${server}" did not ${failure.capped ? 'finish' : 'answer'} within ${Math.round(failure.afterMs)} ms${failure.capped ? ', the most a call may take in all' : ''}; the call was cancelled there`,
        remedy: `If its work takes longer, raise "servers.${server}.${failure.capped ? 'deadlineCap' : deadlineKey}".`,
      }
    case 'malformed':
      return {
        kind: 'refuse',
        rule: 'upstream/malformed',
        explain: `"${server}" answered with a message that has no single reading (${failure.rule}${about(failure.rule)})`,
        remedy: 'The server breaks the specification; report it to its author.',
      }
    case 'held':
      return {
        kind: 'refuse',
        rule: 'secret/own',
        explain: `what would be sent to "${server}" holds one of the gateway's own secrets; these are never sent to anybody`,
        remedy: 'Leave it out. A server that needs it gets it from the configuration, by a reference.',
      }
    case 'transport':
      return {
        kind: 'refuse',
        rule: failure.fault.code === 'too-large' ? 'shape/result-size' : `upstream/${failure.fault.code}`,
        explain: `"${server}": ${visible(failure.fault.explain)}`,
        remedy:
          failure.fault.remedy ??
          REMEDIES[failure.fault.code]?.(server) ??
          'The next call starts the server again.',
        link: failure.fault.link,
      }
  }
}

const REMEDIES: Partial<Record<TransportFault['code'], (server: string) => string>> = {
  'too-large': (server) => `Ask for less, or raise "servers.${server}.maxResult".`,
  'not-read': () => 'Wait until it has read what waits, or end it: it is started again by the next call.',
}

/** After these nothing was done at the server. */
export const UNDONE: ReadonlySet<TransportFault['code']> = new Set(['sign-in', 'not-read'])

/** Ends of a transport that say that a server, or the way to it, does not work. */
const BROKEN: ReadonlySet<string> = new Set(['spawn-failed', 'exited', 'connect-failed', 'stream-ended'])

/** HTTP 5xx, with a JSON-RPC error in it or without. */
export const HTTP_FAILED: CallEnd = { kind: 'failed', rule: 'upstream/http-status' }

/** The rule's own sentence: what exactly was wrong quotes the server, whose words nobody looked at. The log has it. */
function about(rule: string): string {
  const sentence = sentenceOf(rule)
  return sentence === undefined ? '' : `: ${sentence}`
}

/** What a failed call says of its server. A server that answers nonsense works; one that refuses us does, too. */
export function endOf(failure: CallFailure): CallEnd {
  if (failure.kind === 'deadline') return { kind: 'failed', rule: 'upstream/deadline' }
  if (failure.kind === 'malformed') return ANSWERED
  if (failure.kind === 'held') return LEFT
  const { code, status } = failure.fault
  if (code === 'http-status' && status !== undefined && status >= 500) return HTTP_FAILED
  return BROKEN.has(code) ? { kind: 'failed', rule: `upstream/${code}` } : LEFT
}

/** What a person has to do before a server is there, where that is known. */
export function waitsFor({ rule, remedy }: Partial<Pick<Refusal, 'rule' | 'remedy'>>): string | undefined {
  return rule === 'upstream/sign-in' ? `it needs a sign-in. ${remedy ?? ''}` : undefined
}

/** What a client is told when its call could not be sent at all. */
export function unavailableRefusal(server: string, error: unknown): Refusal {
  if (error instanceof ChangedSurface) return error.refusal
  if (error instanceof UpstreamUnavailable) {
    return {
      kind: 'refuse',
      rule: error.rule,
      explain: error.message,
      remedy: error.remedy,
      link: error.link,
    }
  }
  if (error instanceof TransportError) {
    return {
      kind: 'refuse',
      rule: `upstream/${error.fault.code}`,
      explain: `"${server}" could not be reached: ${visible(error.fault.explain)}`,
      remedy: error.fault.remedy ?? 'Nothing was sent to it. See `sallyport status`.',
    }
  }
  return {
    kind: 'refuse',
    rule: 'upstream/unavailable',
    explain: `"${server}" could not be started`,
    remedy: "The gateway's log says why.",
  }
}
