/**
 * `sallyport status`: the gateways of this user that run now, and how their servers are.
 */
import { visible } from '@sallyport/controls/text'
import type { GatewayStatus } from '../gateway/gatewayStatus.ts'
import { readStatuses } from '../state/controlSocket.ts'
import { statePaths } from '../state/paths.ts'
import { type GlobalOptions, place } from './context.ts'
import { describeReview } from './describeReview.ts'
import { EXIT } from './exit.ts'
import { describeState } from './serverState.ts'
import { table } from './table.ts'
import type { WorkerLine } from './workerLine.ts'

type Answer = GatewayStatus & {
  readonly command: string
  readonly relays?: number
  readonly log?: string
  readonly workers?: readonly WorkerLine[]
}

export async function runStatus(options: GlobalOptions): Promise<number> {
  const read = await readStatuses(statePaths(place()).runtime)
  const answers = read.answers as Answer[]
  for (const why of read.silent)
    process.stderr.write(`a gateway is there and cannot be asked: ${visible(why)}\n`)
  const exit = read.silent.length === 0 ? EXIT.fine : EXIT.unchecked
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ gateways: answers })}\n`)
    return exit
  }
  if (answers.length === 0) {
    if (exit !== EXIT.fine) return exit
    process.stdout.write(
      'No gateway is running. Start one with `sallyport serve`, or let a host start `sallyport stdio`.\n',
    )
    return EXIT.fine
  }
  process.stdout.write(answers.map(describeGateway).join('\n'))
  return exit
}

function describeGateway(status: Answer): string {
  const rows = status.servers.map((server) => [
    server.id,
    describeState(server),
    server.era,
    server.trust,
    String(server.connections),
    String(server.crashes),
    describeReview(server.review),
    server.lastError ?? '',
  ])
  const lines = [
    `${status.command} (pid ${status.pid}, since ${status.startedAt}, profile ${status.profile}, config ${visible(status.config)})`,
    `audit ${status.auditHealthy ? 'ok' : 'CANNOT BE WRITTEN: calls are refused'}, ${status.inFlight} calls in flight, ${status.conversations} legacy conversations`,
    ...(status.relays === undefined
      ? []
      : [`${status.relays} hosts connected, log ${visible(status.log ?? '')}`]),
    ...(status.workers === undefined ? [] : [describeWorkers(status.workers)]),
    table(['server', 'state', 'era', 'trust', 'connections', 'crashes', 'review', 'last error'], rows),
  ]
  const missing = status.excluded.map(({ server, why }) => `${server} (${why})`)
  if (missing.length > 0) lines.push(`not seen by any client: ${visible(missing.join(', '))}`)
  return `${lines.join('\n')}\n`
}

function describeWorkers(workers: readonly WorkerLine[]): string {
  const rows = workers.map(({ worker, pid, state, audit, inFlight, conversations, replaced }) => [
    String(worker),
    String(pid ?? ''),
    state,
    audit,
    String(inFlight),
    String(conversations),
    String(replaced),
  ])
  return table(['worker', 'pid', 'state', 'audit', 'in flight', 'conversations', 'replaced'], rows)
}
