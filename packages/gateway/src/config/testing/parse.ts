/** For tests: configurations from text. */
import type { Config, ServerConfig } from '../config.ts'
import type { ConfigFault } from '../fault.ts'
import { type ConfigResult, parseConfig } from '../load.ts'

export const HOME = '/home/ada'
export const FILE = '/home/ada/project/sallyport.yaml'

export function parse(text: string, file = FILE): ConfigResult {
  return parseConfig(Buffer.from(text), file, { env: {}, homeDir: HOME })
}

/** The configuration of a text that has no faults. */
export function configOf(text: string, file = FILE): Config {
  const result = parse(text, file)
  if (!result.ok) throw result.error
  return result.config
}

export function faultsOf(text: string, file = FILE): readonly ConfigFault[] {
  const result = parse(text, file)
  return result.ok ? [] : result.error.faults
}

/** The only server of a configuration with this entry. */
export function serverOf(entry: string): ServerConfig {
  const server = configOf(`version: 1\nservers:\n  one: ${entry}\n`).servers[0]
  if (!server) throw new Error('no server')
  return server
}
