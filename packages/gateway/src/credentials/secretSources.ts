import type { Config } from '../config/config.ts'
import { secretPolicy } from '../config/secretPolicy.ts'
import type { SecretSources } from '../pipeline/controls/secrets.ts'
import type { OwnSecrets } from './ownSecrets.ts'

/** What the secrets controls are asked with: each server's policy, made once for a configuration. */
export function secretSources(config: Config, own: OwnSecrets): SecretSources {
  const { profile } = config
  const policies = new Map(
    config.servers.map(({ id, trust, secrets }) => [
      id,
      secretPolicy(trust, profile, [secrets, config.secrets]),
    ]),
  )
  const unknown = secretPolicy('untrusted', profile, [config.secrets])
  return { known: () => own.known, policy: (server) => policies.get(server) ?? unknown }
}
