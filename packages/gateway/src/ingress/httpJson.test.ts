import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { legacyPost, modernRequest, openDoor, openSession, type TestDoor } from './testing/httpDoor.ts'

interface Row {
  readonly id: string
  readonly class: string
  readonly raw_b64?: string
  readonly raw_gz_b64?: string
  readonly expect: string
}

const FILE = new URL(
  '../../../../../shared/reference/data/vectors/mcp_json_differentials.jsonl',
  import.meta.url,
)

function readRows(): Row[] {
  try {
    return readFileSync(FILE, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    console.warn('mcp_json_differentials.jsonl is not here (../shared/reference): its rows are skipped')
    return []
  }
}

const bytesOf = (row: Row) =>
  row.raw_gz_b64 === undefined
    ? Buffer.from(row.raw_b64 ?? '', 'base64')
    : gunzipSync(Buffer.from(row.raw_gz_b64, 'base64'))

const rows = readRows()

describe.skipIf(rows.length === 0)(
  'every body that two decoders read differently stops at the door, in both eras',
  () => {
    let door: TestDoor
    let session: string
    beforeAll(async () => {
      door = await openDoor({ limits: { maxMessageBytes: 4 * 1024 * 1024, maxKeys: 65_536 } })
      session = await openSession(door.url)
    })
    afterAll(() => door.ingress.close())

    it.each(rows)('$id', async (row) => {
      const body = bytesOf(row)
      const modern = { ...modernRequest('tools/call', { name: 'safe_tool' }), body }
      const legacy = { ...legacyPost({}, session), body }
      for (const request of [modern, legacy]) {
        const before = { calls: door.front.calls.length, entries: door.front.entries.length }
        const started = performance.now()
        const response = await fetch(door.url, request)
        const answer = (await response.json()) as { id?: unknown; error?: { code: number } }
        const calls = door.front.calls.slice(before.calls)

        const passes = row.expect.startsWith('accept') || row.expect === 'deny'
        if (passes && request === legacy) {
          expect(response.status).toBe(200)
          expect(calls).toHaveLength(1)
          const sent = JSON.parse(body.toString('utf8'))
          expect(calls[0]?.tool).toBe(sent.params.name)
          expect(answer.id).toStrictEqual(sent.id)
          continue
        }
        // As a modern request it lacks the envelope, whatever else it is.
        if (row.expect !== 'either') expect(calls).toHaveLength(0)
        if (!passes && row.expect !== 'either') {
          expect([400, 413]).toContain(response.status)
          expect([-32700, -32600, -31413]).toContain(answer.error?.code)
          expect(door.front.entries.length).toBe(before.entries + 1)
          if (row.expect === 'reject-fast') expect(performance.now() - started).toBeLessThan(15_000)
        }
      }
    })
  },
)
