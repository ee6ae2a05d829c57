/**
 * What strict JSON costs beside `JSON.parse`, for the messages a gateway sees.
 *
 * `node bench/json.ts` prints a table and, as its last line, one JSON object with the same figures. Each figure is CPU
 * time, garbage collection included, and the median of interleaved rounds: trust the ratio, not the microseconds.
 */
import {
  canonicalJson,
  foldedMember,
  isObject,
  parseJson,
  spliceMember,
  writeJson,
} from '@sallyport/controls/json'

const ROUNDS = 9
/** Bytes read per subject and round: enough to be measured, small enough for the whole run to take seconds. */
const BYTES_PER_ROUND = 6_000_000

const SENTENCE = 'The quick brown fox jumps over the lazy dog; "quoted"\n and more text 0123456789. '

const call = {
  jsonrpc: '2.0',
  id: 17,
  method: 'tools/call',
  params: {
    name: 'files__read_file',
    arguments: {
      path: '/project/src/index.ts',
      head: 20,
      options: { follow: true },
      note: SENTENCE.repeat(8),
    },
    _meta: { progressToken: 'abc' },
  },
}

function textResult(bytes: number): object {
  const text = SENTENCE.repeat(Math.floor((bytes - 120) / (SENTENCE.length + 3)))
  return { jsonrpc: '2.0', id: 17, result: { content: [{ type: 'text', text }], isError: false } }
}

function rowsResult(count: number): object {
  const rows = Array.from({ length: count }, (_, index) => ({
    id: index,
    name: `row ${index}`,
    score: index / 8,
    tags: ['a', 'b', 'c'],
    active: index % 2 === 0,
    nested: { x: index, y: null },
  }))
  return { jsonrpc: '2.0', id: 17, result: { structuredContent: { rows } } }
}

const documents: Readonly<Record<string, object>> = {
  'call 1 KB': call,
  'result 2 KB': textResult(2048),
  'text 100 KB': textResult(100_000),
  'text 1 MB': textResult(1_000_000),
  'rows 1 MB': rowsResult(9500),
}

/** How servers write: each is another way through the parser. */
const writers: Readonly<Record<string, (value: object) => string>> = {
  compact: (value) => JSON.stringify(value),
  pretty: (value) => JSON.stringify(value, null, 2),
  // Python's json: spaces behind separators, everything beyond ASCII escaped.
  python: (value) => JSON.stringify(value, null, 1).replace(/,\n */g, ', ').replace(/\n */g, ''),
  // Go's encoding/json escapes <, > and &.
  go: (value) =>
    JSON.stringify(value).replaceAll('fox', '\\u003cfox\\u003e').replaceAll('row ', 'row \\u0026 '),
  // pydantic and serde write floats with a fraction: numbers that are kept as they are.
  floats: (value) => JSON.stringify(value).replace(/("id":\d+)/g, '$1.0'),
  unicode: (value) => JSON.stringify(value).replaceAll('fox', 'füchs€😀').replaceAll('row', 'Zeilé'),
}

interface Figure {
  readonly document: string
  readonly bytes: number
  readonly nativeUs: number
  readonly strictUs: number
  readonly ratio: number
  readonly mbPerSecond: number
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/** Microseconds of the process's own CPU time that one call takes, measured over `times`. */
function microseconds(work: () => unknown, times: number): number {
  const before = process.cpuUsage()
  for (let index = 0; index < times; index++) work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / times
}

/** Medians of both, their rounds interleaved so that a busy machine touches both alike. */
function compare(one: () => unknown, other: () => unknown, times: number): [number, number] {
  const rounds: [number[], number[]] = [[], []]
  microseconds(one, times)
  microseconds(other, times)
  for (let round = 0; round < ROUNDS; round++) {
    rounds[0].push(microseconds(one, times))
    rounds[1].push(microseconds(other, times))
  }
  return [median(rounds[0]), median(rounds[1])]
}

function measure(document: string, text: string): Figure {
  const bytes = Buffer.from(text)
  const parse = parseJson(bytes)
  if (!parse.ok) throw new Error(`${document}: ${parse.fault.explain}`)
  const times = Math.max(3, Math.ceil(BYTES_PER_ROUND / (bytes.length + 3000)))
  const [nativeUs, strictUs] = compare(
    () => JSON.parse(bytes.toString()) as unknown,
    () => parseJson(bytes),
    times,
  )
  return {
    document,
    bytes: bytes.length,
    nativeUs,
    strictUs,
    ratio: strictUs / nativeUs,
    mbPerSecond: bytes.length / strictUs,
  }
}

/** The small functions beside the parser, in nanoseconds a call. */
function measureOthers(): Record<string, number> {
  const bytes = Buffer.from(JSON.stringify(documents['text 100 KB']))
  const parse = parseJson(bytes)
  const value = parse.ok && isObject(parse.value) ? parse.value : {}
  const members = new Set(['name', 'arguments', '_meta', 'task', 'uri'])
  const subjects: Record<string, () => unknown> = {
    'spliceMember of 100 KB': () => spliceMember(bytes, value, 'result'),
    'foldedMember, ordinary key': () => foldedMember('verbose', members),
    'foldedMember, disguised key': () => foldedMember('na\u200bme', members),
    'writeJson of 1 KB': () => writeJson(call),
    'canonicalJson of 1 KB': () => canonicalJson(call),
  }
  return Object.fromEntries(
    Object.entries(subjects).map(([name, work]) => [name, compare(work, work, 20_000)[0] * 1000]),
  )
}

const figures = Object.entries(documents).flatMap(([document, value]) =>
  Object.entries(writers).map(([writer, write]) => measure(`${document}, ${writer}`, write(value))),
)
const others = measureOthers()

console.log(
  `${'document'.padEnd(24)}${['bytes', 'native us', 'strict us', 'ratio', 'MB/s'].map((head) => head.padStart(11)).join('')}`,
)
for (const { document, bytes, nativeUs, strictUs, ratio, mbPerSecond } of figures) {
  const cells = [
    String(bytes),
    nativeUs.toFixed(1),
    strictUs.toFixed(1),
    ratio.toFixed(2),
    mbPerSecond.toFixed(0),
  ]
  console.log(`${document.padEnd(24)}${cells.map((cell) => cell.padStart(11)).join('')}`)
}
for (const [name, nanoseconds] of Object.entries(others))
  console.log(`${name.padEnd(57)}${nanoseconds.toFixed(0).padStart(8)} ns`)

const rounded = (number: number) => Number(number.toPrecision(3))
console.log(
  JSON.stringify({
    json: Object.fromEntries(
      figures.map(({ document, ratio, mbPerSecond }) => [
        document,
        { ratio: rounded(ratio), mbPerSecond: rounded(mbPerSecond) },
      ]),
    ),
    nanoseconds: Object.fromEntries(Object.entries(others).map(([name, value]) => [name, rounded(value)])),
  }),
)
