/**
 * A legacy server on a pipe that takes a while to start, and knows who starts beside it: from its start to its first answer
 * it has a file in a folder, and writes down how many there were when it came.
 *
 *   node slowStartServer.ts --folder FOLDER --peaks FILE
 *
 * It waits until two were ever there together (for a gateway that lets in several), and then a little longer (for one that
 * lets in too many).
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const COMPANY_MS = 10_000
const LONGER_MS = 250

interface Message {
  readonly id?: unknown
  readonly method?: string
}

const { values } = parseArgs({
  options: { folder: { type: 'string', default: '' }, peaks: { type: 'string', default: '' } },
})
const { folder, peaks } = values
const mine = join(folder, String(process.pid))

mkdirSync(folder, { recursive: true })
writeFileSync(mine, '')
appendFileSync(peaks, `${readdirSync(folder).length}\n`)

const hadCompany = () =>
  existsSync(peaks) &&
  readFileSync(peaks, 'utf8')
    .split('\n')
    .some((line) => Number(line) > 1)
const started = (async () => {
  for (const until = Date.now() + COMPANY_MS; !hadCompany() && Date.now() < until; ) await pause(20)
  await pause(LONGER_MS)
  rmSync(mine, { force: true })
})()

const RESULTS: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'slow', version: '1' },
  },
  'tools/list': { tools: [{ name: 'work', inputSchema: { type: 'object' } }] },
  'tools/call': { content: [{ type: 'text', text: 'worked' }] },
}

async function receive({ id, method }: Message): Promise<void> {
  await started
  if (id === undefined) return
  const result = RESULTS[method ?? '']
  const body = result === undefined ? { error: { code: -32601, message: 'no such method' } } : { result }
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...body })}\n`)
}

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) if (line !== '') void receive(JSON.parse(line) as Message)
})
process.stdin.on('end', () => {
  rmSync(mine, { force: true })
  process.exit(0)
})
