/** A thread that inspects batches: `inspectLines.ts` starts it, and ends it. */
import { parentPort, workerData } from 'node:worker_threads'
import { makeInventory } from '@sallyport/controls/detection'
import { type Batch, inspectBatch } from './batch.ts'
import type { InspectContext } from './inspectLine.ts'

const { tools } = workerData as { readonly tools: ReadonlyMap<string, readonly string[]> | undefined }
const context: InspectContext = tools === undefined ? {} : { inventory: makeInventory(tools) }
parentPort?.on('message', (batch: Batch) => parentPort?.postMessage(inspectBatch(batch, context)))
