/**
 * A stream of lines in, a stream of verdicts out, in the same order, with bounded memory: a few batches are under way, and
 * nothing more is read until the oldest of them was written. A short input is inspected where it is; a long one by
 * threads.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { makeInventory } from '@sallyport/controls/detection'
import { type Batch, type BatchResult, inspectBatch, makeBatch } from './batch.ts'
import { type InspectContext, MAX_LINE_BYTES } from './inspectLine.ts'
import { type NumberedLine, numberedLines } from './numberedLines.ts'

export interface InspectOptions {
  /** Tool names by server, of an inventory. */
  readonly tools?: ReadonlyMap<string, readonly string[]>
  /** Threads for a long input; 0 for none. */
  readonly threads: number
}

export interface InspectSummary {
  readonly lines: number
  readonly faults: number
}

const BATCH_LINES = 128
const BATCH_BYTES = 512 * 1024
/** Batches that are inspected where they are, before threads are worth their start. */
const OWN_BATCHES = 4
/** Batches under way for each thread: one that is inspected, one that waits. */
const AHEAD = 2

/** Resolves when everything is written, or nobody reads any more. */
export async function inspectLines(
  input: AsyncIterable<Buffer>,
  output: Writable,
  options: InspectOptions,
): Promise<InspectSummary> {
  const { tools } = options
  const context: InspectContext = tools === undefined ? {} : { inventory: makeInventory(tools) }
  const waiting: Promise<BatchResult>[] = []
  const sink = new Sink(output)
  let threads: Threads | undefined
  let lines = 0
  let faults = 0
  let batches = 0
  const writeOldest = async () => {
    const result = await waiting.shift()
    if (result === undefined) return
    faults += result.faults
    await sink.write(result.text)
  }
  try {
    for await (const batch of batchesOf(numberedLines(input, MAX_LINE_BYTES))) {
      lines += batch.lines.length
      if (++batches > OWN_BATCHES && options.threads > 0) threads ??= new Threads(options)
      waiting.push(
        threads === undefined ? Promise.resolve(inspectBatch(batch, context)) : threads.inspect(batch),
      )
      while (waiting.length > (threads === undefined ? 0 : options.threads * AHEAD)) await writeOldest()
      if (sink.isGone) break
    }
    while (waiting.length > 0) await writeOldest()
  } finally {
    // What still runs is for nobody.
    for (const one of waiting) one.catch(() => undefined)
    await threads?.close()
  }
  return { lines, faults }
}

async function* batchesOf(chunks: AsyncIterable<NumberedLine[]>): AsyncGenerator<Batch> {
  let lines: NumberedLine[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    for (const line of chunk) {
      lines.push(line)
      bytes += line.bytes?.length ?? 0
      if (lines.length < BATCH_LINES && bytes < BATCH_BYTES) continue
      yield makeBatch(lines)
      lines = []
      bytes = 0
    }
  }
  if (lines.length > 0) yield makeBatch(lines)
}

interface Job {
  readonly batch: Batch
  readonly resolve: (result: BatchResult) => void
  readonly reject: (error: unknown) => void
}

/** A few threads, each with one batch at a time. When one fails, everything does: its lines have no verdict. */
class Threads {
  readonly #all: Worker[] = []
  readonly #idle: Worker[] = []
  readonly #busy = new Map<Worker, Job>()
  readonly #queue: Job[] = []
  #failure: Error | undefined

  constructor({ threads, tools }: InspectOptions) {
    const file = import.meta.url.endsWith('.ts') ? 'inspectWorker.ts' : 'inspectWorker.js'
    for (let index = 0; index < threads; index++) {
      const worker = new Worker(new URL(file, import.meta.url), { workerData: { tools } })
      worker.on('message', (result: BatchResult) => this.#done(worker, result))
      worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))))
      this.#all.push(worker)
      this.#idle.push(worker)
    }
  }

  inspect(batch: Batch): Promise<BatchResult> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#queue.push({ batch, resolve, reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()))
  }

  #next(): void {
    if (this.#queue.length === 0) return
    const worker = this.#idle.pop()
    const job = worker === undefined ? undefined : this.#queue.shift()
    if (worker === undefined || job === undefined) return
    this.#busy.set(worker, job)
    worker.postMessage(job.batch, [job.batch.bytes.buffer])
  }

  #done(worker: Worker, result: BatchResult): void {
    this.#busy.get(worker)?.resolve(result)
    this.#busy.delete(worker)
    this.#idle.push(worker)
    this.#next()
  }

  #fail(error: Error): void {
    this.#failure = error
    for (const job of [...this.#busy.values(), ...this.#queue.splice(0)]) job.reject(error)
    this.#busy.clear()
  }
}

/** Waits for a slow reader, and notices one that left. */
class Sink {
  readonly #output: Writable
  #gone = false

  constructor(output: Writable) {
    this.#output = output
    // Stays until the process ends: what is still on its way to a reader that left fails after the last line.
    output.on('error', () => {
      this.#gone = true
    })
  }

  get isGone(): boolean {
    return this.#gone || this.#output.destroyed
  }

  async write(text: string): Promise<void> {
    if (this.isGone || this.#output.write(text)) return
    const gone = once(this.#output, 'close')
    await Promise.race([once(this.#output, 'drain'), gone]).catch(() => undefined)
  }
}
