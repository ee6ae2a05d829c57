/** The HTTP load generator, a process of its own: so many calls over so many connections, each answer checked. */

import { FIRST_ID, faultOf, REVISION, requestTemplate, stampId } from '../mcp/messages.ts'
import { type HttpCalls, type LoadReport, serveLoad, Tally } from '../measure/load.ts'
import { type HttpConnection, openConnection } from './connection.ts'

let nextId = FIRST_ID
let kept: { readonly url: string; readonly connections: HttpConnection[] } = { url: '', connections: [] }

async function runCalls(command: HttpCalls): Promise<LoadReport> {
  const url = new URL(command.url)
  const template = requestTemplate(command)
  const head = Buffer.from(
    [
      `POST ${url.pathname} HTTP/1.1`,
      `host: ${url.host}`,
      'content-type: application/json',
      'accept: application/json, text/event-stream',
      `mcp-protocol-version: ${REVISION}`,
      'mcp-method: tools/call',
      `mcp-name: ${command.tool}`,
      `content-length: ${template.bytes.length}`,
      '\r\n',
    ].join('\r\n'),
  )
  const offsets = template.idOffsets.map((offset) => offset + head.length)
  const tally = new Tally()
  let started = 0

  const callUntilDone = async (connection: HttpConnection) => {
    const request = Buffer.concat([head, template.bytes])
    while (started < command.calls) {
      started++
      const id = nextId++
      stampId(request, offsets, id)
      const sent = performance.now()
      const answer = await connection.exchange(request)
      const latencyUs = (performance.now() - sent) * 1000
      const body = answer.body.toString('latin1')
      const fault =
        answer.status === 200
          ? faultOf(body, id, command.resultBytes)
          : `call ${id}: HTTP ${answer.status} ${body.slice(0, 200)}`
      tally.add(latencyUs, fault)
    }
  }

  if (kept.url !== command.url || kept.connections.length !== command.connections) {
    closeKept()
    const opening = Array.from({ length: command.connections }, () =>
      openConnection(url.hostname, Number(url.port)),
    )
    kept = { url: command.url, connections: await Promise.all(opening) }
  }
  try {
    const began = performance.now()
    await Promise.all(kept.connections.map(callUntilDone))
    return tally.report((performance.now() - began) / 1000)
  } finally {
    if (!command.keep) closeKept()
  }
}

function closeKept(): void {
  for (const connection of kept.connections) connection.close()
  kept = { url: '', connections: [] }
}

serveLoad(runCalls)
