/**
 * Which era a remote server speaks, found out by asking (2026-07-28, "Versioning", and protocol.md "Era detection").
 */
import { isObject, type JsonValue } from '@sallyport/controls/json'
import { eraOf, LATEST_MODERN, META } from '../protocol/era.ts'
import { readInbound } from '../protocol/message.ts'
import { statusFault } from './http/faults.ts'
import { type HttpOptions, openHttp } from './http.ts'
import type { TransportFault } from './transport.ts'

export interface ProbeOptions extends HttpOptions {
  /** Time for the whole answer. */
  readonly timeoutMs: number
}

export type EraProbe =
  /** `answer` is the result of `server/discover`, absent when the server proved itself by a modern error. */
  | { readonly era: 'modern'; readonly answer?: Buffer }
  | { readonly era: 'legacy'; readonly explain: string }
  /** It said nothing about the era: ask again, or have it configured. */
  | { readonly era: 'unknown'; readonly fault: TransportFault }

/** Errors that only revision 2026-07-28 defines: headers, capabilities and versions of a modern request. */
const UNSUPPORTED_VERSION = -32022
const MODERN_ERRORS = new Set([-32020, -32021, UNSUPPORTED_VERSION])

/** Refusals that a server which does not know the request gives. Anything else says nothing about its era. */
const LEGACY_STATUS = new Set([400, 404, 405, 406, 415, 422])

/**
 * Asks with `server/discover`, a request that every modern server must answer and no legacy server knows.
 *
 * Evidence counts, not a single code: a modern result or a modern error proves the modern era; a refusal without
 * either means legacy; missing credentials, overload, server errors, redirects and silence prove nothing, lest a server
 * that is down for a moment is taken for an old one. Never rejects.
 *
 * @example
 * const probe = await probeModern({ serverId: 'api', url, headers, timeoutMs: 5_000, ... })
 * if (probe.era === 'unknown') log.warn('server.era', { explain: probe.fault.explain })
 */
export async function probeModern(options: ProbeOptions): Promise<EraProbe> {
  const outcome = Promise.withResolvers<EraProbe>()
  const transport = openHttp(
    { ...options, era: 'modern' },
    {
      message: (bytes, context) => {
        const evidence = judge(bytes, context.status ?? 0)
        if (evidence !== undefined) outcome.resolve(evidence)
      },
      failed: (_, fault) => outcome.resolve(judgeFault(fault)),
      noise: () => undefined,
      closed: (fault) => outcome.resolve({ era: 'unknown', fault }),
    },
  )
  const timer = setTimeout(() => {
    const explain = `no answer to server/discover within ${options.timeoutMs} ms`
    outcome.resolve({ era: 'unknown', fault: { code: 'stream-ended', explain } })
  }, options.timeoutMs)
  await transport.start()
  transport.send({
    kind: 'request',
    id: 1,
    method: 'server/discover',
    text: DISCOVER,
    headers: DISCOVER_HEADERS,
  })
  const probe = await outcome.promise
  clearTimeout(timer)
  await transport.close()
  return probe
}

const DISCOVER = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'server/discover',
  params: {
    _meta: {
      [META.protocolVersion]: LATEST_MODERN,
      [META.clientInfo]: { name: 'sallyport', version: '0.1.0' },
      [META.clientCapabilities]: {},
    },
  },
})
const DISCOVER_HEADERS = { 'mcp-protocol-version': LATEST_MODERN, 'mcp-method': 'server/discover' }

/** What a message proves; `undefined` for one that is no answer (a notification before it). */
function judge(bytes: Buffer, status: number): EraProbe | undefined {
  const read = readInbound(bytes)
  if (!read.ok) {
    if (status >= 400) return judgeStatus(status)
    const explain = `the answer to server/discover is refused: ${read.explain}`
    return { era: 'unknown', fault: { code: 'not-acceptable', explain, status } }
  }
  const { kind, value } = read.message
  if (kind === 'result') {
    const offered = isObject(value.result) ? value.result.supportedVersions : undefined
    if (offersModern(offered)) return { era: 'modern', answer: bytes }
    return {
      era: 'legacy',
      explain: 'server/discover was answered with something that offers no modern revision',
    }
  }
  if (kind !== 'error') return undefined
  const { code, data } = isObject(value.error) ? value.error : {}
  if (
    code === UNSUPPORTED_VERSION &&
    isObject(data) &&
    'supported' in data &&
    !offersModern(data.supported)
  ) {
    return { era: 'legacy', explain: 'it supports legacy revisions only' }
  }
  if (typeof code === 'number' && MODERN_ERRORS.has(code)) return { era: 'modern' }
  if (status >= 400) return judgeStatus(status)
  return { era: 'legacy', explain: `server/discover is not known there (error ${String(code)})` }
}

function judgeStatus(status: number): EraProbe {
  return judgeFault(statusFault('the server', status))
}

function judgeFault(fault: TransportFault): EraProbe {
  if (fault.code === 'http-status' && fault.status !== undefined && LEGACY_STATUS.has(fault.status)) {
    return { era: 'legacy', explain: `server/discover is refused with HTTP ${fault.status}` }
  }
  return { era: 'unknown', fault }
}

/** True when a list of revisions has one that is not of the legacy era; one we do not know yet counts as modern. */
function offersModern(revisions: JsonValue | undefined): boolean {
  return (
    Array.isArray(revisions) && revisions.some((one) => typeof one === 'string' && eraOf(one) !== 'legacy')
  )
}
