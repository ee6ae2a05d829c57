/** The HTTP load generator, a process of its own: so many calls over so many connections, each answer checked. */

import { FIRST_ID, faultOf, LEGACY_REVISION, REVISION, requestTemplate, stampId } from '../mcp/messages.ts'
import { type HttpCalls, type HttpEvents, type LoadReport, serveLoad, Tally } from '../measure/load.ts'
import { type HttpAnswer, openConnection } from './connection.ts'
import { runEvents } from './eventLoad.ts'
import { openSession } from './session.ts'
import { openSseSession } from './sseSession.ts'

/** Something calls are made over, one at a time. */
interface Lane {
  exchange(request: Buffer, id: number): Promise<HttpAnswer>
  close(): void
}

interface Lanes {
  readonly key: string
  readonly path: string
  readonly headers: readonly string[]
  readonly lanes: readonly Lane[]
}

const NONE: Lanes = { key: '', path: '', headers: [], lanes: [] }

let nextId = FIRST_ID
let kept = NONE

async function runCalls(command: HttpCalls): Promise<LoadReport> {
  const key = JSON.stringify([command.url, command.connections, command.session, command.credential])
  if (kept.key !== key) {
    closeKept()
    kept = await openLanes(command, key)
  }
  const template = requestTemplate(command)
  const head = Buffer.from(
    [
      `POST ${kept.path} HTTP/1.1`,
      `host: ${new URL(command.url).host}`,
      'content-type: application/json',
      'accept: application/json, text/event-stream',
      ...kept.headers,
      ...(command.credential === undefined ? [] : [`authorization: Bearer ${command.credential}`]),
      `content-length: ${template.bytes.length}`,
      '\r\n',
    ].join('\r\n'),
  )
  const offsets = template.idOffsets.map((offset) => offset + head.length)
  const tally = new Tally()
  let started = 0

  const callUntilDone = async (lane: Lane) => {
    const request = Buffer.concat([head, template.bytes])
    while (started < command.calls) {
      started++
      const id = nextId++
      stampId(request, offsets, id)
      const sent = performance.now()
      const answer = await lane.exchange(request, id)
      const latencyUs = (performance.now() - sent) * 1000
      const body = answer.body.toString('latin1')
      const fault =
        answer.status === 200
          ? faultOf(body, id, command.resultBytes, command.era)
          : `call ${id}: HTTP ${answer.status} ${body.slice(0, 200)}`
      tally.add(latencyUs, fault)
    }
  }

  try {
    const began = performance.now()
    await Promise.all(kept.lanes.map(callUntilDone))
    return tally.report((performance.now() - began) / 1000)
  } finally {
    if (!command.keep) closeKept()
  }
}

async function openLanes(command: HttpCalls, key: string): Promise<Lanes> {
  const url = new URL(command.url)
  const numbers = Array.from({ length: command.connections })
  if (command.session === 'sse') {
    const session = await openSseSession(url)
    const lanes = await Promise.all(numbers.map(() => session.openLane()))
    return { key, path: session.path, headers: [], lanes }
  }
  const open = () => openConnection(url.hostname, Number(url.port))
  if (command.session === 'streamable') {
    const first = await open()
    const session = await openSession(first, url)
    const headers = [`mcp-protocol-version: ${LEGACY_REVISION}`, ...session]
    const lanes = [first, ...(await Promise.all(numbers.slice(1).map(open)))]
    return { key, path: url.pathname, headers, lanes }
  }
  const headers = [`mcp-protocol-version: ${REVISION}`, 'mcp-method: tools/call', `mcp-name: ${command.tool}`]
  return { key, path: url.pathname, headers, lanes: await Promise.all(numbers.map(open)) }
}

function closeKept(): void {
  for (const lane of kept.lanes) lane.close()
  kept = NONE
}

serveLoad<HttpCalls | HttpEvents>((command) =>
  command.kind === 'events' ? runEvents(command) : runCalls(command),
)
