import { createServer, type Server } from 'node:http'
import {
  checkUrl,
  classifyAddress,
  type UrlDecision,
  type UrlPolicy,
} from '../../packages/controls/urls/index.ts'
import { guardedRequest } from '../../packages/gateway/src/arguments/guardedLookup.ts'
import { resolveUrl } from '../../packages/gateway/src/arguments/resolveHost.ts'
import type { Figures } from './figures.ts'
import { readVectors } from './vectors.ts'

interface UrlRow {
  readonly payload: string
  readonly whatwg_host: string | null
  /** `internal`, `public`, `reject` or `name`, with a remark behind it. */
  readonly expected: string
  readonly note?: string
}

interface AddressRow {
  readonly ip: string
  readonly expect: 'private' | 'public'
}

const PUBLIC = '93.184.215.14'

/**
 * URLs and addresses against their truth, and then against a listener of this machine: every URL is tried with a client that skips the
 * look at its text and whose names all resolve to the listener, and names that resolve to it at the second question only. It
 * must see no connection; the same client with private hosts allowed shows that it would.
 */
export async function measureSsrf(): Promise<Figures> {
  const rows = readVectors<UrlRow>('payload_ssrf')
  const addresses = readVectors<AddressRow>('ip_classification')
  const missedCases: string[] = []
  const alarmCases: string[] = []
  let caught = 0
  for (const row of rows) {
    const decision = checkUrl(row.payload, {})
    const outcome = judge(row, decision)
    if (outcome === 'missed') missedCases.push(row.payload)
    else if (outcome === 'alarm') alarmCases.push(row.payload)
    else if (!decision.allowed) caught++
  }
  for (const { ip, expect } of addresses) {
    const known = classifyAddress(ip)
    const isPrivate = !known.valid || known.private
    if (expect === 'private' && !isPrivate) missedCases.push(ip)
    if (expect === 'public' && isPrivate) alarmCases.push(ip)
    if (expect === 'private' && isPrivate) caught++
  }
  const { tried, connections, reachable, rebound } = await countConnections(rows)
  return {
    cases: rows.length + addresses.length,
    wrong: missedCases.length + alarmCases.length,
    connections,
    caught,
    missed: missedCases.length,
    falseAlarms: alarmCases.length,
    connectionsTried: tried,
    connectionsOfRebindingTried: rebound,
    connectionsIfAllowed: reachable,
    missedCases,
    alarmCases,
  }
}

function judge(row: UrlRow, decision: UrlDecision): 'right' | 'missed' | 'alarm' {
  const { expected, note = '', payload, whatwg_host: host } = row
  if (/^(?:internal|reject)/.test(expected)) return decision.allowed ? 'missed' : 'right'
  if (decision.allowed) {
    // The row says so itself: a public range, and refused all the same. So has a URL with a user in it.
    if (note.includes('needs explicit deny') || expected.includes('has userinfo')) return 'missed'
    const kind = expected.startsWith('name') ? 'name' : 'address'
    return decision.target === kind && decision.host === host?.replace(/^\[|\]$/g, '') ? 'right' : 'missed'
  }
  if (note.includes('needs explicit deny')) return decision.rule === 'url/metadata' ? 'right' : 'alarm'
  if (expected.includes('has userinfo')) return decision.rule === 'url/userinfo' ? 'right' : 'alarm'
  // The truth is what the URL Standard reads. Where a parser that knows no backslash reads an internal host, refusing is right.
  const other = /^[a-z]+:\/\/[^/?#]*@([^/?#:]*)/i.exec(payload)?.[1]
  const known = other === undefined ? undefined : classifyAddress(other)
  return decision.rule === 'url/ambiguous' && known?.valid && known.private ? 'right' : 'alarm'
}

async function countConnections(rows: readonly UrlRow[]) {
  let connections = 0
  const server = createServer((_request, response) => response.end('reached'))
  server.on('connection', () => connections++)
  const port = await listen(server)
  // Nothing may be sent to a machine that is not this one.
  const urls = rows.flatMap(({ payload, expected }) => {
    const url = expected.startsWith('public') ? null : URL.parse(payload)
    return url !== null && /^https?:$/.test(url.protocol) ? [`http://${url.hostname}:${port}/`] : []
  })
  const inside = async () => ['127.0.0.1']
  for (const url of urls) await tryOnce(url, {}, inside)

  let rebound = 0
  for (const url of urls) {
    let asked = 0
    const rebinding = async () => (++asked === 1 ? [PUBLIC] : ['127.0.0.1'])
    const first = await resolveUrl(url, {}, { resolve: rebinding })
    if (!first.allowed || first.target !== 'name') continue
    rebound++
    await tryOnce(url, {}, rebinding)
  }
  const seen = connections

  // The same again with private hosts allowed, where the host is this machine: a listener that counts nothing proves nothing.
  const local = urls.filter((url) => {
    const known = classifyAddress(new URL(url).hostname)
    return !known.valid || known.kind === 'loopback'
  })
  for (const url of local) await tryOnce(url, { allowPrivate: true }, inside)
  await new Promise((done) => server.close(done))
  return { tried: urls.length, rebound, connections: seen, reachable: connections - seen }
}

async function tryOnce(url: string, policy: UrlPolicy, resolve: () => Promise<string[]>): Promise<void> {
  try {
    await new Promise<void>((done, reject) => {
      const made = guardedRequest(new URL(url), policy, { resolve, timeout: 5000 })
      made.on('response', (answer) => answer.resume().on('end', done))
      made.on('timeout', () => made.destroy(new Error('no answer')))
      made.on('error', reject)
      made.end()
    })
  } catch {
    // Refused, or nobody there: only what the listener saw counts.
  }
}

/** On every address of this machine, since `127.9.9.9` and `[::1]` have to be seen too; without IPv6, on those of IPv4. */
async function listen(server: Server): Promise<number> {
  for (const host of ['::', '0.0.0.0']) {
    const heard = await new Promise<boolean>((done) => {
      server.once('error', () => done(false))
      server.listen(0, host, () => done(true))
    })
    const address = server.address()
    if (heard && address !== null && typeof address === 'object') return address.port
  }
  throw new Error('no address to listen on')
}
