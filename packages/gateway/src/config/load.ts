/**
 * From a file to a configuration, or to everything that is wrong with it.
 */
import { isUtf8 } from 'node:buffer'
import { dirname, extname } from 'node:path'
import { redactText } from '@sallyport/controls/secrets'
import { statePaths } from '../state/paths.ts'
import { refuseIssuers } from './auth/refuseIssuers.ts'
import { scopesWithoutServer } from './auth/scopesWithoutServer.ts'
import { buildConfig } from './build.ts'
import type { Config } from './config.ts'
import {
  type Complaint,
  type DocumentNode,
  dotted,
  type Path,
  placesOf,
  pointer,
  Unreadable,
} from './document.ts'
import { ConfigError, type ConfigFault } from './fault.ts'
import { type ConfigPlaces, EXTENSIONS, findConfig } from './find.ts'
import { refuseLiteralSecrets } from './literalSecrets.ts'
import { readConfigBytes } from './readFile.ts'
import { readJsonc } from './readJsonc.ts'
import { readShape } from './readShape.ts'
import { readYaml } from './readYaml.ts'
import { refuseEmptyRanges } from './refuseEmptyRanges.ts'
import { refuseOpenListener } from './refuseOpenListener.ts'
import { configFile } from './schema.ts'
import { formatDuration } from './units.ts'

export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigFault[] }
  | { readonly ok: false; readonly error: ConfigError }

/** What a configuration depends on beside its own text. */
export type ConfigWorld = Pick<ConfigPlaces, 'env' | 'homeDir'>

/**
 * Finds and reads the configuration. Without any file: the built-in defaults, with no servers.
 * Never throws for anything a file can hold; `error.faults` has every fault, `error.message` one line for each.
 *
 * @example
 * const result = await loadConfig({ env: process.env, homeDir: homedir(), cwd: process.cwd() })
 * if (!result.ok) console.error(result.error.message)
 */
export async function loadConfig(places: ConfigPlaces): Promise<ConfigResult> {
  const found = await findConfig(places)
  if (found.kind === 'none') return builtInConfig(places)
  if (found.kind === 'refused') return refused(found.path, found.explain, found.hint)
  return await loadFile(found.path, places)
}

/** Nobody repairs more in one go, and a hostile file must not cost time for each of its lines. */
const MAX_FAULTS = 500

/** Reads this very file. */
export async function loadFile(path: string, world: ConfigWorld): Promise<ConfigResult> {
  const file = await readConfigBytes(path)
  if (!file.ok) return refused(path, file.explain, file.hint)
  const result = parseConfig(file.bytes, path, world)
  if (!result.ok || !file.writableByAll) return result
  const warning = wholeFile(
    path,
    'anyone on this machine may write this file, and so run commands as you',
    'chmod go-w',
  )
  return { ...result, warnings: [...result.warnings, warning] }
}

/**
 * Reads a configuration from bytes. `path` decides the syntax and is the base of relative paths; it is not opened.
 *
 * @example parseConfig(Buffer.from('version: 1'), '/etc/sallyport.yaml', { env: {}, homeDir: '/root' })
 */
export function parseConfig(bytes: Buffer, path: string, world: ConfigWorld): ConfigResult {
  const faults: ConfigFault[] = []
  const complain = ({ rule, explain, hint, path: at, place }: Complaint) => {
    if (faults.length >= MAX_FAULTS) return
    // A key, too, can be a secret in the wrong place: `env: { ghp_... }`.
    const [said, where] = [redactText(explain), redactText(pointer(at))]
    faults.push({
      rule,
      explain: said,
      path: where,
      file: path,
      ...place,
      ...(hint === undefined ? {} : { hint }),
    })
  }
  const end = (): ConfigResult => ({ ok: false, error: new ConfigError(faults.sort(byPlace)) })

  let root: DocumentNode
  try {
    root = readText(decode(bytes), extname(path), complain)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    complain(error.complaint)
    return end()
  }
  refuseLiteralSecrets(root, complain)
  const file = readShape(configFile, root, complain)
  if (faults.length > 0) return end()
  const config = buildConfig(file, {
    source: { kind: 'file', path, places: placesOf(root) },
    folder: dirname(path),
    homeDir: world.homeDir,
    stateDir: statePaths(world).state,
  })
  refuseShortCaps(config, complain)
  refuseEmptyRanges(config, complain)
  refuseOpenListener(config, complain)
  refuseIssuers(config, complain)
  return faults.length > 0 ? end() : { ok: true, config, warnings: warningsOf(config, path) }
}

/** What can be meant so, and most likely is not. */
function warningsOf(config: Config, file: string): readonly ConfigFault[] {
  const places = config.source.kind === 'file' ? config.source.places : undefined
  return scopesWithoutServer(config).map(({ path, explain }) => ({
    rule: 'config/together',
    explain: `${dotted(path)}: ${explain}`,
    path: pointer(path),
    file,
    ...(places?.get(pointer(path)) ?? { line: 1, column: 1 }),
  }))
}

/** A cap below the deadline would be a deadline that nobody looked for there. */
function refuseShortCaps({ servers, source }: Config, complain: (complaint: Complaint) => void): void {
  const places = source.kind === 'file' ? source.places : undefined
  for (const { id, deadlineMs, deadlineCapMs, deadlines } of servers) {
    if (deadlineCapMs === undefined) continue
    for (const [glob, ms] of deadlines ?? []) {
      if (ms <= deadlineCapMs) continue
      const path: Path = ['servers', id, 'deadlines', glob]
      const place = places?.get(pointer(path)) ?? { line: 1, column: 1 }
      const explain = `${dotted(path)} is more than the cap of "${id}", ${formatDuration(deadlineCapMs)}`
      complain({ rule: 'config/range', explain, hint: 'raise "deadlineCap", or give it less', path, place })
    }
    if (deadlineCapMs >= deadlineMs) continue
    const own: Path = ['servers', id, 'deadlineCap']
    const path: Path = places?.has(pointer(own)) ? own : ['defaults', 'deadlineCap']
    const place = places?.get(pointer(path)) ?? { line: 1, column: 1 }
    const explain = `${dotted(path)} is less than the deadline of "${id}", ${formatDuration(deadlineMs)}`
    complain({ rule: 'config/range', explain, hint: 'give it at least as much', path, place })
  }
}

/** The defaults of the schema, as if a file had said no more than its version. */
export function builtInConfig(world: ConfigWorld): ConfigResult {
  const result = parseConfig(Buffer.from('version: 1\n'), 'built-in.yaml', world)
  return result.ok ? { ...result, config: { ...result.config, source: { kind: 'built-in' } } } : result
}

function readText(text: string, extension: string, complain: (complaint: Complaint) => void): DocumentNode {
  const syntax = EXTENSIONS.get(extension) ?? 'yaml'
  return syntax === 'yaml'
    ? readYaml(text, complain)
    : readJsonc(text, { relaxed: syntax === 'jsonc' }, complain)
}

/** UTF-8 without exception: a byte that becomes "�" is a key or a path nobody wrote. A byte order mark is dropped. */
function decode(bytes: Buffer): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes)
  let line = 1
  let start = 0
  for (
    let end = bytes.indexOf(10);
    end >= 0 && isUtf8(bytes.subarray(start, end));
    end = bytes.indexOf(10, start)
  ) {
    line += 1
    start = end + 1
  }
  const broken = bytes.toString('utf8', start)
  throw new Unreadable({
    rule: 'config/syntax',
    explain: 'the file is not UTF-8',
    hint: 'save it in UTF-8',
    path: [],
    place: { line, column: Math.max(broken.indexOf('\ufffd'), 0) + 1 },
  })
}

function refused(path: string, explain: string, hint?: string): ConfigResult {
  return { ok: false, error: new ConfigError([wholeFile(path, explain, hint)]) }
}

function wholeFile(file: string, explain: string, hint?: string): ConfigFault {
  return {
    rule: 'config/file',
    explain,
    path: '',
    file,
    line: 1,
    column: 1,
    ...(hint === undefined ? {} : { hint }),
  }
}

function byPlace(a: ConfigFault, b: ConfigFault): number {
  return a.line - b.line || a.column - b.column
}
