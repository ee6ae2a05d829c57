import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { envelope, modernRequest, openDoor, RawClient, type TestDoor } from './testing/httpDoor.ts'

interface Row {
  readonly id: string
  readonly class: string
  readonly raw_b64: string
  readonly expect: string
}

const FILE = new URL('../../../../../shared/reference/data/vectors/http_vectors.jsonl', import.meta.url)

function readRows(): Row[] {
  try {
    return readFileSync(FILE, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    console.warn('http_vectors.jsonl is not here (../shared/reference): its rows are skipped')
    return []
  }
}

/**
 * The row's bytes for this port. The rows have no `_meta`; as `enveloped` each message gets one and the honest lengths
 * grow with it, so that what the row hides would be executed if it were taken for a request.
 */
function bytesOf(row: Row, port: number, enveloped: boolean): Buffer {
  const text = Buffer.from(row.raw_b64, 'base64')
    .toString('latin1')
    .replaceAll('Host: 127.0.0.1\r', `Host: 127.0.0.1:${port}\r`)
  const hosted = row.id === 'rq-two-host' ? text : text.replaceAll('Host: a\r', `Host: 127.0.0.1:${port}\r`)
  if (!enveloped) return Buffer.from(hosted, 'latin1')
  const version = /MCP-Protocol-Version: ([^\r]*)/.exec(hosted)?.[1] ?? ''
  const meta = JSON.stringify(envelope({ 'io.modelcontextprotocol/protocolVersion': version })).slice(1, -1)
  const grown = hosted
    .replaceAll('"arguments":{}}', `"arguments":{},${meta}}`)
    .replaceAll(
      /Content-Length: (91|93)\r/g,
      (_, length: string) => `Content-Length: ${Number(length) + meta.length + 1}\r`,
    )
    .replace('\r\n5b\r\n', `\r\n${(0x5b + meta.length + 1).toString(16)}\r\n`)
  return Buffer.from(grown, 'latin1')
}

/** What a row asks for, in numbers. */
function allowed(
  row: Row,
  enveloped: boolean,
): { readonly statuses: readonly number[]; readonly code?: number; readonly reaches: boolean } {
  // A modern header without the envelope in the body is a fault of its own (1.3 of the protocol reference).
  const good = enveloped
    ? { statuses: [200], reaches: true }
    : { statuses: [400], code: -32602, reaches: false }
  switch (row.expect.split(/[ ,:]/)[0]) {
    case '1':
    case '200':
    case 'ignored':
    case 'identity':
      return good
    case '400':
      return {
        statuses: [400],
        reaches: false,
        ...(/-320\d\d/.test(row.expect) ? { code: Number(/-320\d\d/.exec(row.expect)?.[0]) } : {}),
      }
    case '415/400':
      return { statuses: [415, 400], reaches: false }
    case '403':
      return { statuses: [403], reaches: false }
    case 'at':
      return { statuses: [400], reaches: false }
    case 'reject':
      // One of them is a good request in an unusual form: served as what it is.
      if (row.id === 'rq-expect') return { ...good, statuses: [100, ...good.statuses] }
      return { statuses: [400, 403, 404, 405, 406, 415], reaches: false }
    default:
      throw new Error(`row ${row.id}: what does "${row.expect}" ask for?`)
  }
}

const rows = readRows()

describe.skipIf(rows.length === 0)('every HTTP vector meets its expectation', () => {
  let door: TestDoor
  beforeAll(async () => {
    door = await openDoor()
  })
  afterAll(() => door.ingress.close())

  const cases = rows.flatMap((row) => [
    { name: `${row.id} as it is`, row, enveloped: false },
    { name: `${row.id} with an envelope`, row, enveloped: true },
  ])

  it.each(cases)('$name', async ({ row, enveloped }) => {
    const { front, port } = door
    const before = { calls: front.calls.length, entries: front.entries.length }
    const wanted = allowed(row, enveloped)
    const client = new RawClient(port)
    client.write(bytesOf(row, port, enveloped))
    await client.until(() => client.text.includes('"jsonrpc"'))
    // Whatever hides behind the first request would have been taken for a request by now, or is with this one.
    client.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
    await client.until(() => client.closed || client.text.includes('"status":"ok"'))
    client.destroy()

    const calls = front.calls.slice(before.calls)
    expect(calls.length).toBe(wanted.reaches ? 1 : 0)
    expect(calls.map((call) => call.tool)).not.toContain('danger_tool')
    const answers = client.statuses.filter((status, i) => !(status === 200 && i > 0 && !wanted.reaches))
    for (const status of answers.slice(0, wanted.statuses.length)) expect(wanted.statuses).toContain(status)
    if (wanted.code !== undefined) expect(client.text).toContain(`"code":${wanted.code}`)
    if (!wanted.reaches) {
      expect(front.entries.length).toBeGreaterThan(before.entries)
      expect(client.text).toMatch(/"jsonrpc":"2.0","id":/)
    }
    // Framing that is in doubt ends the connection.
    if (row.class === 'smuggling') expect(client.text).not.toContain('"status":"ok"')

    const control = await fetch(door.url, {
      ...modernRequest('tools/list'),
      signal: AbortSignal.timeout(2_000),
    })
    expect(control.status).toBe(200)
    await control.text()
  })
})
