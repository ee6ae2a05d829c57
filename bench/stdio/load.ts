/** The stdio load generator, a process of its own: starts the programs, calls them over their pipes, checks each answer. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { FIRST_ID, faultOf, HANDSHAKE, requestTemplate, stampId } from '../mcp/messages.ts'
import { type LoadReport, type StdioCalls, type StdioStart, serveLoad, Tally } from '../measure/load.ts'
import { eachLine } from './lines.ts'

interface Target {
  readonly child: ChildProcessByStdio<Writable, Readable, null>
  ended: Error | undefined
  onLine(line: string): void
  onEnd(error: Error): void
}

const targets = new Map<string, Target>()
let nextId = FIRST_ID

async function start({ target: name, command: [program, ...args], era }: StdioStart): Promise<number> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const target: Target = { child, ended: undefined, onLine() {}, onEnd() {} }
  targets.set(name, target)
  child.stdout.on(
    'data',
    eachLine((line) => target.onLine(line)),
  )
  child.once('exit', (code, signal) => {
    target.ended = new Error(`${name} ended (${code ?? signal})`)
    target.onEnd(target.ended)
  })
  // A program that is ending says more by its exit code than by its closed pipe.
  child.stdin.on('error', (error) => setTimeout(() => target.onEnd(error), 1000).unref())
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  if (era === 'legacy') await openLegacy(target)
  return child.pid ?? 0
}

function openLegacy(target: Target): Promise<void> {
  const [initialize, initialized] = HANDSHAKE
  return new Promise((resolve, reject) => {
    target.onEnd = reject
    target.onLine = () => {
      target.child.stdin.write(`${initialized}\n`)
      resolve()
    }
    target.child.stdin.write(`${initialize}\n`)
  })
}

async function runCalls(command: StdioCalls): Promise<LoadReport> {
  const target = targets.get(command.target)
  if (target === undefined) throw new Error(`${command.target} was not started`)
  if (target.ended) throw target.ended
  const { promise, resolve, reject } = Promise.withResolvers<LoadReport>()
  const { bytes, idOffsets } = requestTemplate(command)
  const template = Buffer.concat([bytes, Buffer.from('\n')])
  const sentAt = new Map<number, number>()
  const tally = new Tally()
  let started = 0
  let finished = 0

  const send = () => {
    if (started === command.calls) return
    started++
    const id = nextId++
    const request = Buffer.from(template) // a copy: several may be on their way
    stampId(request, idOffsets, id)
    sentAt.set(id, performance.now())
    target.child.stdin.write(request)
  }
  target.onEnd = reject
  target.onLine = (line) => {
    const now = performance.now()
    const id = Number(/"id":(\d+)/.exec(line.slice(-40))?.[1] ?? /"id":(\d+)/.exec(line)?.[1])
    const sent = sentAt.get(id)
    if (sent === undefined) return reject(new Error(`a line that answers no call: ${line.slice(0, 200)}`))
    sentAt.delete(id)
    tally.add((now - sent) * 1000, faultOf(line, id, command.resultBytes, command.era))
    if (++finished < command.calls) send()
    else resolve(tally.report((performance.now() - began) / 1000))
  }
  const began = performance.now()
  for (let n = 0; n < command.inFlight; n++) send()
  return promise
}

/** Hangs up, as a host does, and waits until they have ended. */
async function endAll(): Promise<void> {
  for (const { child } of targets.values()) {
    const ended = child.exitCode ?? child.signalCode ?? new Promise((resolve) => child.once('exit', resolve))
    child.stdin.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(timer)
  }
}

serveLoad<StdioCalls | StdioStart>(
  async (command) => (command.kind === 'start' ? start(command) : runCalls(command)),
  endAll,
)
