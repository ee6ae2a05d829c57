/**
 * Runs another server and writes down what reaches it: the witness of servers that keep none themselves.
 *
 *   node watched.ts FILE COMMAND...
 */
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'

const [log = '', command = '', ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ['pipe', 'inherit', 'inherit'] })
child.on('exit', (code) => process.exit(code ?? 1))
process.stdin.on('data', (chunk: Buffer) => {
  // Before it is passed on: what a server got stands here, whatever becomes of it then.
  appendFileSync(log, chunk)
  child.stdin.write(chunk)
})
process.stdin.on('end', () => child.stdin.end())
