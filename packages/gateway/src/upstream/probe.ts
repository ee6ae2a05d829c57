/**
 * Which era a remote server speaks, found out by asking (2026-07-28, "Versioning", and protocol.md "Era detection").
 */
import { gatewayMeta } from '../protocol/envelope.ts'
import { LATEST_MODERN } from '../protocol/era.ts'
import { readInbound } from '../protocol/message.ts'
import { eraEvidence } from './eraEvidence.ts'
import { statusFault } from './http/faults.ts'
import { type HttpOptions, openHttp } from './http.ts'
import type { TransportFault } from './transport.ts'

export interface ProbeOptions extends HttpOptions {
  /** Time for the whole answer. */
  readonly timeoutMs: number
  /** Ends the question when nobody wants its answer any more. */
  readonly signal?: AbortSignal
}

export type EraProbe =
  /** `answer` is the result of `server/discover`, absent when the server proved itself by a modern error. */
  | { readonly era: 'modern'; readonly answer?: Buffer }
  | { readonly era: 'legacy'; readonly explain: string }
  /** It said nothing about the era: ask again, or have it configured. */
  | { readonly era: 'unknown'; readonly fault: TransportFault }

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
  const stop = () =>
    outcome.resolve({ era: 'unknown', fault: { code: 'closed', explain: 'the gateway is stopping' } })
  options.signal?.addEventListener('abort', stop, { once: true })
  if (options.signal?.aborted) stop()
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
  options.signal?.removeEventListener('abort', stop)
  await transport.close()
  return probe
}

const DISCOVER = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'server/discover',
  params: { _meta: gatewayMeta() },
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
  const evidence = eraEvidence(read.message)
  if (evidence === undefined) return undefined
  if (evidence.says === 'modern')
    return read.message.kind === 'result' ? { era: 'modern', answer: bytes } : { era: 'modern' }
  if (evidence.says === 'refused' && status >= 400) return judgeStatus(status)
  return { era: 'legacy', explain: evidence.explain }
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
