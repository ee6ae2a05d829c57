/**
 * What a relay from HTTP to a local server costs in Node when it does nothing else: `node:http` in, a pipe out, and of each
 * message only the id is looked for, without which no answer finds its way back. Run as `node bareRelay.ts COMMAND [ARGS...]`.
 */
import { spawn } from 'node:child_process'
import { createServer, type ServerResponse } from 'node:http'
import { announce } from '../measure/child.ts'
import { eachLine } from '../stdio/lines.ts'

const [command = '', ...args] = process.argv.slice(2)
const upstream = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
upstream.on('exit', (code) => process.exit(code ?? 1))

/** Calls have ids of their own; two that say hello at once may have the same. */
const waiting = new Map<string, ServerResponse[]>()
const ID = /"id":(\d+)/

const server = createServer((incoming, outgoing) => {
  let body = ''
  incoming.setEncoding('latin1')
  incoming.on('data', (text: string) => {
    body += text
  })
  incoming.on('end', () => {
    const id = ID.exec(body)?.[1]
    if (id === undefined) outgoing.writeHead(202).end()
    else waiting.set(id, [...(waiting.get(id) ?? []), outgoing])
    upstream.stdin.write(`${body}\n`, 'latin1')
  })
})

upstream.stdout.on(
  'data',
  eachLine((line) => {
    // The id of an answer is its last member or its first; a text before it may hold another.
    const id = (/"id":(\d+)\}$/.exec(line) ?? ID.exec(line))?.[1] ?? ''
    const [outgoing, ...others] = waiting.get(id) ?? []
    if (others.length > 0) waiting.set(id, others)
    else waiting.delete(id)
    outgoing?.writeHead(200, { 'content-type': 'application/json', 'content-length': line.length })
    outgoing?.end(line, 'latin1')
  }),
)

server.keepAliveTimeout = 300_000
server.listen(0, '127.0.0.1', () => announce(server.address()))
