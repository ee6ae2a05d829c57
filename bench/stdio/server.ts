/** The upstream of the stdio runs: a modern MCP server, one message a line. Ends with its stdin. */

import { answerTo } from '../mcp/answer.ts'
import { eachLine } from './lines.ts'

process.stdin.on(
  'data',
  eachLine((line) => {
    const answer = answerTo(line)
    if (answer !== undefined) process.stdout.write(`${answer}\n`)
  }),
)
