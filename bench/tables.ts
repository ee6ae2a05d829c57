/** What was measured in detail, suite by suite, for people. */
import { AUDIT } from './auditShare/suite.ts'
import { BARE_GATE } from './controlShare/suite.ts'
import type { Measured } from './gates.ts'
import { BARE_PROXY } from './http/suite.ts'
import type { Samples } from './measure/rounds.ts'
import { PEERS } from './peers/catalogue.ts'
import { FLOOR } from './peers/suite.ts'
import { peersTable, readingsTable, samplesTable, spreadText } from './report.ts'
import { BARE_NODE } from './start/suite.ts'
import { HTTP_WORKLOADS, PEER_WORKLOADS, STDIO_WORKLOADS } from './workloads.ts'

export interface Table {
  readonly title: string
  readonly text: string
}

const RELAYS = ['direct', FLOOR, 'sallyport', ...PEERS.map(({ name }) => name)]

export function detailTables({ http, stdio, start, memory, audit, controls, peers }: Measured): Table[] {
  const tables: Table[] = []
  const add = (title: string, text: string) => tables.push({ title, text })
  if (http) {
    const subjects = ['direct', 'nginx', BARE_PROXY, 'sallyport']
    const yardstick = http.of('1 KB x 1', 'nginx') === undefined ? BARE_PROXY : 'nginx'
    add('HTTP ("events": their delay)', samplesTable(http, HTTP_WORKLOADS, subjects, yardstick))
  }
  if (stdio)
    add('stdio', samplesTable(stdio, STDIO_WORKLOADS, ['direct', 'byte pipe', 'sallyport'], 'byte pipe'))
  if (start) add('Start to first list', readingsTable(start, BARE_NODE, 'ms', 0))
  if (memory) add('Idle memory, 10 servers known', readingsTable(memory, BARE_NODE, 'MiB', 1))
  if (audit) add("Audit's share of the CPU per call", spreadText(audit.spread(AUDIT), 3))
  if (controls) add('What each control adds to the bare gate', readingsTable(controls, BARE_GATE, 'bare', 3))
  if (peers) {
    const way = (title: string, samples: Samples) =>
      add(`Peers: ${title}`, samplesTable(samples, PEER_WORKLOADS, RELAYS, 'sallyport'))
    way('legacy clients over HTTP, a local server', peers.local)
    way('legacy clients over HTTP, a remote server', peers.remote)
    way('a legacy host on a pipe, a remote server', peers.pipe)
    add('Sallyport against each peer', peersTable(peers))
  }
  return tables
}
