import { toolEffects } from '@sallyport/controls/flow'
import type { JsonObject } from '@sallyport/controls/json'

export interface AnnotatedTool {
  readonly server: string
  readonly definition: JsonObject
}

export interface Agreement {
  readonly tools: number
  /** Said to write, and inferred to. */
  readonly writers: number
  readonly writersMissed: number
  readonly readers: number
  readonly readersAsked: number
  readonly samples: readonly string[]
}

/** Whether name, description and parameters say the same of a tool as its author does in `readOnlyHint`, which is not shown. */
export function measureAgreement(tools: readonly AnnotatedTool[]): Agreement {
  const samples: string[] = []
  let [writers, writersMissed, readers, readersAsked] = [0, 0, 0, 0]
  for (const { server, definition } of tools) {
    const { annotations, ...plain } = definition
    const reads = (annotations as JsonObject | undefined)?.readOnlyHint
    if (typeof reads !== 'boolean') continue
    const name = String(definition.name)
    const { writes, why } = toolEffects(
      { server: server.replace(/^@.*\//, ''), name, definition: plain },
      { believed: false },
    )
    if (reads) readers++
    else writers++
    if (reads === !writes) continue
    if (reads) readersAsked++
    else writersMissed++
    samples.push(`${reads ? 'reads' : 'writes'}: ${server} ${name} (${why.writes})`)
  }
  return { tools: writers + readers, writers, writersMissed, readers, readersAsked, samples }
}
