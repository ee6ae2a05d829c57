/**
 * Which variables of the environment a configuration makes use of: these, and no others, a relay tells the daemon.
 */
import type { Config, SecretText } from '../config/config.ts'
import { parseSecretText } from '../config/secrets.ts'
import { BASIC_VARIABLES } from '../upstream/environment.ts'

/**
 * Names, sorted, each once: what every local server gets, what `defaults.env` takes over, and every `${env:NAME}`.
 *
 * @example environmentNames(config) // ['HOME', 'LANG', ..., 'PATH', 'TRACKER_TOKEN', ...]
 */
export function environmentNames(config: Config): readonly string[] {
  const names = new Set(BASIC_VARIABLES)
  for (const server of config.servers) {
    if (server.kind === 'stdio') for (const name of server.inheritEnv) names.add(name)
    const texts = Object.values(server.kind === 'stdio' ? server.env : server.headers)
    for (const name of texts.flatMap(referenced)) names.add(name)
  }
  return [...names].sort()
}

function referenced(text: SecretText): string[] {
  const parsed = text.secret ? parseSecretText(text.source) : undefined
  return parsed?.ok ? parsed.parts.flatMap((part) => (part.kind === 'env' ? [part.name] : [])) : []
}
