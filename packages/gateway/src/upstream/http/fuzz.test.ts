import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LogFields, silentLog } from '../../log.ts'
import { openHttp } from '../http.ts'
import { startRawServer } from '../testing/httpServer.ts'
import { type Happening, Recorder } from '../testing/recorder.ts'

const answer = '{"jsonrpc":"2.0","id":1,"result":{}}'

/** Pieces of answers, valid, broken and hostile. */
const piece = fc.oneof(
  fc.constantFrom(
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 400 Bad Request\r\n',
    'HTTP/1.1 103 Early Hints\r\n\r\n',
    'HTTP/1.0 200 OK\r\n',
    'content-type: application/json\r\n',
    'content-type: text/event-stream\r\n',
    'content-type: text/html\r\n',
    'content-length: 36\r\n',
    'content-length: 9\r\n',
    'transfer-encoding: chunked\r\n',
    'connection: close\r\n',
    'mcp-session-id: a\r\n',
    '\r\n',
    '\r\n\r\n',
    '0\r\n\r\n',
    '24\r\n',
    answer,
    `data: ${answer}\n\n`,
    'id: 1\ndata:\n\n',
    'retry: 1\n',
    'data: ',
    ': c\n\n',
    '\n',
    '\r',
  ),
  fc.string({ maxLength: 6, unit: 'binary' }),
) // prettier-ignore

/** Mostly answers that begin well, so that the fuzz reaches the body. */
const reply = fc.oneof(
  fc.array(piece, { maxLength: 12 }),
  fc
    .tuple(fc.constantFrom('application/json', 'text/event-stream'), fc.array(piece, { maxLength: 8 }))
    .map(([type, rest]) => [
      `HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: ${type}\r\n\r\n`,
      ...rest,
    ]),
)

/** What ends the wait for a request. */
function isEnd(happening: Happening): boolean {
  return (
    happening.kind === 'failed' ||
    (happening.kind === 'message' && happening.text.includes('"id":1,"result"'))
  )
}

describe('a server that answers anything', () => {
  it.each(['modern', 'legacy'] as const)(
    'each request of a %s session ends, exactly once, and nothing breaks',
    async (era) => {
      const broken: (LogFields | undefined)[] = []
      const log = { ...silentLog, error: (_: string, fields?: LogFields) => broken.push(fields) }
      await fc.assert(
        fc.asyncProperty(reply, fc.boolean(), async (pieces, abrupt) => {
          const server = await startRawServer((socket) => {
            for (const one of pieces) socket.write(one, 'latin1')
            if (abrupt) socket.resetAndDestroy()
            else socket.end()
          })
          const seen = new Recorder()
          const retry = { initialMs: 1, maxMs: 1, random: () => 0 }
          const options = {
            serverId: 's',
            url: server.url,
            era,
            headers: () => ({}),
            maxMessageBytes: 200,
            connectTimeoutMs: 1_000,
            log,
            retry,
          }
          const transport = openHttp(options, seen.events)
          transport.send({ kind: 'request', id: 1, method: 'tools/list', text: '{}' })
          while (!isEnd(await seen.next()));
          await transport.close()
          await server.close()
          const ends = seen.all.filter((one) => one.kind === 'failed')
          expect(ends.length).toBeLessThanOrEqual(1)
          expect(seen.all.at(-1)?.kind).toBe('closed')
        }),
        { numRuns: 150 },
      )
      expect(broken).toEqual([])
    },
  )
})
