/** `sallyport inspect`: arguments and streams; what is done stands in `scan/inspect/`. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { isObject, parseJson } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import { MAX_LINE_BYTES } from '../scan/inspect/inspectLine.ts'
import { inspectLines } from '../scan/inspect/inspectLines.ts'
import { numberedLines } from '../scan/inspect/numberedLines.ts'
import type { GlobalOptions } from './context.ts'
import { CommandError, EXIT } from './exit.ts'

export interface InspectCommandOptions extends GlobalOptions {
  readonly jsonl: string
  readonly inventory?: string
}

/** More threads than this wait for the one that reads and writes. */
const MAX_THREADS = 4

export async function runInspect(options: InspectCommandOptions): Promise<number> {
  const tools = options.inventory === undefined ? undefined : await readInventory(options.inventory)
  const input = await openInput(options.jsonl)
  const { lines, faults } = await inspectLines(input, process.stdout, {
    ...(tools === undefined ? {} : { tools }),
    threads: threadCount(),
  })
  if (faults > 0 && options.quiet !== true)
    process.stderr.write(`${faults} of ${lines} lines could not be inspected; each says why\n`)
  return faults > 0 ? EXIT.unchecked : EXIT.fine
}

/** On one core a thread would only take time from the one that reads. */
function threadCount(): number {
  const cores = availableParallelism()
  return cores < 2 ? 0 : Math.min(cores, MAX_THREADS)
}

async function openInput(path: string): Promise<AsyncIterable<Buffer>> {
  if (path === '-') return process.stdin
  try {
    if ((await stat(path)).isDirectory())
      throw new CommandError(EXIT.unchecked, `${visible(path)} is a folder`)
    return createReadStream(path, { highWaterMark: 256 * 1024 })
  } catch (error) {
    if (error instanceof CommandError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new CommandError(EXIT.unchecked, `${visible(path)} cannot be read (${code})`)
  }
}

/** Names of tools by server, from lines of the same form as the input; a line that is none is an error here. */
async function readInventory(path: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const tools = new Map<string, string[]>()
  for await (const lines of numberedLines(await openInput(path), MAX_LINE_BYTES)) {
    for (const { line, bytes } of lines) {
      const parsed = bytes === undefined ? undefined : parseJson(bytes, { maxBytes: MAX_LINE_BYTES })
      const value = parsed?.ok === true && isObject(parsed.value) ? parsed.value : undefined
      if (value === undefined)
        throw new CommandError(EXIT.usage, `line ${line} of the inventory ${visible(path)} is no JSON object`)
      if (value.kind !== 'tool' || typeof value.server !== 'string' || !isObject(value.tool)) continue
      const { name } = value.tool
      if (typeof name !== 'string') continue
      const own = tools.get(value.server)
      if (own === undefined) tools.set(value.server, [name])
      else own.push(name)
    }
  }
  return tools
}
