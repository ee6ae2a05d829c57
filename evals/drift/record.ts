/**
 * Records what real servers say of themselves, in two releases each: `node evals/drift/record.ts [NAME ...]`.
 *
 * Needs the npm registry. Every release goes into a folder of its own below the system's temporary folder, its install
 * scripts do not run, and the server is started with an environment of its own that holds no credentials. What is
 * recorded is what `replay.ts` reads; nothing else of the packages is kept.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isObject, type JsonObject, parseJson } from '@sallyport/controls/json'
import { itemsOf, SURFACE_LISTS, type SurfaceList } from '@sallyport/controls/surface'
import { type RecordedSurface, writeSurface } from './recordedSurface.ts'
import { type RecordedServer, SERVERS, surfaceFile } from './servers.ts'

const FOLDER = fileURLToPath(new URL('./surfaces/', import.meta.url))
const ANSWER_MS = 30_000
const MAX_PAGES = 50

/** What is recorded, by the capability that declares it. */
const LISTS = [
  ['tools', 'tools/list'],
  ['prompts', 'prompts/list'],
  ['resources', 'resources/list'],
  ['resources', 'resources/templates/list'],
] as const satisfies readonly (readonly [capability: string, SurfaceList])[]

const wanted = process.argv.slice(2)
let failed = 0
for (const server of SERVERS) {
  if (wanted.length > 0 && !wanted.includes(server.name)) continue
  for (const version of server.versions) {
    try {
      const surface = await recordRelease(server, version)
      writeFileSync(join(FOLDER, surfaceFile(server.name, version)), writeSurface(surface))
      process.stderr.write(`${server.name}@${version}: ${surface.items.length} items\n`)
      for (const why of surface.malformed) process.stderr.write(`  ${why}\n`)
    } catch (error) {
      failed++
      process.stderr.write(`${server.name}@${version}: ${error instanceof Error ? error.message : error}\n`)
    }
  }
}
process.exitCode = failed > 0 ? 3 : 0

async function recordRelease(server: RecordedServer, version: string): Promise<RecordedSurface> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-drift-'))
  try {
    return await recordIn(folder, server, version)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function recordIn(folder: string, server: RecordedServer, version: string): Promise<RecordedSurface> {
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--silent']
  execFileSync('npm', [...install, '--prefix', folder, `${server.name}@${version}`], { stdio: 'ignore' })
  const home = join(folder, 'home')
  mkdirSync(home)
  const child = spawn(
    process.execPath,
    [binOf(join(folder, 'node_modules', server.name)), ...(server.args ?? [])],
    {
      cwd: home,
      env: { PATH: dirname(process.execPath), HOME: home, ...server.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  const said: string[] = []
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  child.stdin.on('error', () => undefined)
  const waiting = new Map<number, (answer: JsonObject) => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const parsed = parseJson(Buffer.from(line))
    if (parsed.ok && isObject(parsed.value) && typeof parsed.value.id === 'number')
      waiting.get(parsed.value.id)?.(parsed.value)
  })
  const send = (message: JsonObject) =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  let lastId = 0
  const ask = async (method: string, params: JsonObject): Promise<JsonObject> => {
    const id = ++lastId
    const answer = await new Promise<JsonObject>((settle, reject) => {
      const late = () => reject(new Error(`no answer to ${method}: ${said.join('').slice(-300)}`))
      const timer = setTimeout(late, ANSWER_MS)
      child.once('exit', late)
      waiting.set(id, (one) => {
        clearTimeout(timer)
        child.off('exit', late)
        settle(one)
      })
      send({ id, method, params })
    })
    if (!isObject(answer.result)) throw new Error(`${method}: ${JSON.stringify(answer.error)}`)
    return answer.result
  }
  try {
    const greeting = await ask('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'sallyport-drift', version: '1' },
    })
    send({ method: 'notifications/initialized' })
    const read = [itemsOf('initialize', greeting)]
    for (const [capability, method] of LISTS) {
      if (!isObject(greeting.capabilities) || !isObject(greeting.capabilities[capability])) continue
      read.push(itemsOf(method, await wholeList(ask, method)))
    }
    return {
      package: server.name,
      version,
      licence: server.licence,
      revision: String(greeting.protocolVersion),
      malformed: read.flatMap(({ malformed }) => malformed.map(({ explain }) => explain)),
      items: read.flatMap(({ items }) => items.map(({ kind, name, value }) => ({ kind, name, value }))),
    }
  } finally {
    child.kill('SIGKILL')
  }
}

async function wholeList(
  ask: (method: string, params: JsonObject) => Promise<JsonObject>,
  method: SurfaceList,
): Promise<JsonObject> {
  const { member } = SURFACE_LISTS[method]
  const entries = []
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    let result: JsonObject
    try {
      result = await ask(method, cursor === undefined ? {} : { cursor })
    } catch (error) {
      // Servers that declare resources often have no templates.
      if (page === 0 && method === 'resources/templates/list') return { [member]: [] }
      throw error
    }
    const list = result[member]
    if (Array.isArray(list)) entries.push(...list)
    if (typeof result.nextCursor !== 'string') break
    cursor = result.nextCursor
  }
  return { [member]: entries }
}

/** The program of a package that has one, or the one named like it. */
function binOf(folder: string): string {
  const { bin, name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
    name: string
  }
  const own = name.split('/').at(-1) ?? name
  const path = typeof bin === 'string' ? bin : (bin[own] ?? Object.values(bin)[0])
  if (path === undefined) throw new Error(`${name} has no program`)
  return resolve(folder, path)
}
