/**
 * What the checks of arguments cost a call of a kilobyte, control by control.
 *
 * `node bench/arguments.ts` prints a table and, as its last line, one JSON object with the same figures. Each figure is CPU
 * time of this process, garbage collection included, and the median of interleaved rounds.
 */
import type { JsonObject } from '@sallyport/controls/json'
import { compileSchema } from '@sallyport/controls/schema'
import type { ArgumentEdges } from '../packages/gateway/src/arguments/edges.ts'
import { ToolChecks } from '../packages/gateway/src/arguments/toolChecks.ts'
import type { ParameterCheck } from '../packages/gateway/src/config/argumentChecks.ts'

const ROUNDS = 9
const CALLS_A_ROUND = 20_000

const SENTENCE = 'The quick brown fox jumps over the lazy dog; "quoted"\n and more text 0123456789. '
const inputSchema: JsonObject = {
  type: 'object',
  properties: {
    path: { type: 'string', minLength: 1, maxLength: 4096 },
    content: { type: 'string' },
    mode: { enum: ['create', 'append'] },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 10 },
    options: {
      type: 'object',
      properties: { retries: { type: 'integer', minimum: 0 }, force: { type: 'boolean' } },
      additionalProperties: false,
    },
  },
  required: ['path', 'content'],
  additionalProperties: false,
}
const call: JsonObject = {
  path: 'src/notes/today.txt',
  content: SENTENCE.repeat(10),
  mode: 'create',
  tags: ['a', 'b', 'c'],
  options: { retries: 3, force: true },
}
const query: JsonObject = { ...call, path: 'SELECT id, total FROM orders WHERE day = 1 ORDER BY id LIMIT 20' }

const none: ArgumentEdges = { realPath: async () => undefined, host: async () => undefined }

/** Of a remote server: nothing is looked up, only texts are. */
function checks(path: Partial<ParameterCheck> | undefined): ToolChecks {
  const parameters = path === undefined ? [] : [{ place: 'path', check: { infer: true, ...path } }]
  const declared = { tools: [{ tool: '*', parameters }], schemas: { arguments: 'refuse' } } as const
  return new ToolChecks({ kind: 'http', trust: 'untrusted', checks: declared }, 'save', { inputSchema }, none)
}

const compiled = compileSchema(inputSchema)
if (!compiled.ok) throw new Error(compiled.explain)
const { schema } = compiled
const inferred = checks(undefined)
const inPath = checks({ path: { roots: ['/project/data'] } })
const inSql = checks({ sql: { dialect: 'postgresql', mode: 'read' } })
const subjects: Readonly<Record<string, () => boolean>> = {
  'arguments by their schema': () => schema.check(call).kind === 'valid',
  'nothing declared': () => inferred.check(call) === undefined,
  'a path within a folder': () => inPath.check(call) === undefined,
  'a query, PostgreSQL': () => inSql.check(query) === undefined,
}

const rounds = new Map<string, number[]>()
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(subjects)) {
    const before = process.cpuUsage()
    for (let times = 0; times < CALLS_A_ROUND; times++) if (!run()) throw new Error(`${name} was refused`)
    const { user, system } = process.cpuUsage(before)
    rounds.set(name, [...(rounds.get(name) ?? []), (user + system) / CALLS_A_ROUND])
  }
}
const figures: Record<string, number> = {}
for (const [name, times] of rounds) {
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
  figures[name] = Math.round(median * 100) / 100
  process.stdout.write(`${name.padEnd(28)} ${median.toFixed(2).padStart(8)} us a call\n`)
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
