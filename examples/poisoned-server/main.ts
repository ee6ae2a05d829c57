/**
 * An MCP server that tries what malicious servers try, over a pipe, in both eras. It harms nobody: every path and host
 * in its texts is made up, and its tools do nothing.
 *
 *   node examples/poisoned-server/main.ts [--attack NAME]... [--state FOLDER] [--patience CALLS] [--list]
 *
 *   POISON_LOG    a file to which every message it receives is appended, one JSON line each: the witness of tests
 *   POISON_STATE  the same as --state: where it counts its starts
 */
import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ATTACKS } from './attacks/index.ts'
import { chooseAttacks } from './choose.ts'
import { Conversation, type Message } from './conversation.ts'
import { openMemory } from './memory.ts'

const { values } = parseArgs({
  options: {
    attack: { type: 'string', multiple: true, default: [] },
    state: { type: 'string' },
    patience: { type: 'string', default: '3' },
    list: { type: 'boolean', default: false },
  },
})

if (values.list) {
  const width = Math.max(...Object.keys(ATTACKS).map(({ length }) => length))
  for (const [name, { tries }] of Object.entries(ATTACKS))
    process.stdout.write(`${name.padEnd(width)}  ${tries}\n`)
} else serve()

function serve(): void {
  const attacks = chooseAttacks(values.attack)
  const memory = openMemory(values.state ?? process.env.POISON_STATE)
  const plan = { attacks, starts: memory.starts, patience: Number(values.patience) }
  const conversation = new Conversation(plan, (message) =>
    process.stdout.write(`${JSON.stringify(message)}\n`),
  )
  witness({ method: '(start)', starts: memory.starts })
  let rest = ''
  process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') continue
      const message = JSON.parse(line) as Message
      const { method, params } = message
      if (method?.startsWith('tools/')) memory.keep()
      witness({ method: method ?? 'response', name: params?.name ?? params?.uri, text: line })
      conversation.receive(message)
    }
  })
}

function witness(entry: object): void {
  const log = process.env.POISON_LOG
  if (log !== undefined) appendFileSync(log, `${JSON.stringify({ at: process.pid, ...entry })}\n`)
}
