/**
 * What every command starts from: the streams, the environment, the configuration.
 */
import { homedir } from 'node:os'
import type { Config } from '../config/config.ts'
import { describeFault } from '../config/fault.ts'
import { loadConfig } from '../config/load.ts'
import { type Log, makeLog } from '../log.ts'
import { CommandError, EXIT } from './exit.ts'

export interface GlobalOptions {
  readonly config?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

/** Where the process runs. */
export function place() {
  return { env: process.env, homeDir: homedir(), cwd: process.cwd() }
}

/** Loads the configuration, or ends with exit code 2 and every fault at its place. */
export async function requireConfig(options: GlobalOptions): Promise<Config> {
  const result = await loadConfig({
    ...place(),
    ...(options.config === undefined ? {} : { path: options.config }),
  })
  if (!result.ok) throw new CommandError(EXIT.usage, result.error.message)
  for (const warning of result.warnings) process.stderr.write(`warning: ${describeFault(warning)}\n`)
  return result.config
}

/** Where a configuration came from, for people. */
export function sourceOf(config: Config): string {
  return config.source.kind === 'file' ? config.source.path : 'built-in defaults'
}

/** Ends a command that was given the name of a server there is not: says which there are, and where they stand. */
export function unknownServer(config: Config, server: string): CommandError {
  const known = config.servers.map(({ id }) => id).join(', ')
  const there = known === '' ? 'it has none' : `it has: ${known}`
  return new CommandError(
    EXIT.usage,
    `no server "${server}" in the configuration (${sourceOf(config)}): ${there}. Another file is read with --config FILE.`,
  )
}

/** The gateway's own log as the configuration wants it, on standard error. */
export function openLog(config: Config, options: GlobalOptions): Log {
  const level = options.quiet ? 'error' : config.log.level
  return makeLog({
    level,
    format: config.log.format,
    write: (line) => process.stderr.write(line),
    now: () => new Date(),
  })
}
