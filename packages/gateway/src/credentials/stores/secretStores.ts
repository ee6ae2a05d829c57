/**
 * Where references other than variables and files are asked: keychain, vault, programs.
 *
 * A value is asked for when a server is started or connected to, never when the gateway starts, and told to the redactor before
 * anybody gets it. It is kept for two seconds, so that one start asks once.
 */
import type { SecretStoresConfig } from '../../config/secretStoreConfig.ts'
import {
  type AskStored,
  referenceOf,
  SecretError,
  type StoredPart,
  type StoredSecret,
} from '../../config/secrets.ts'
import { readExec } from './exec.ts'
import { type Keychain, systemKeychain } from './keychain.ts'
import { namedSecret } from './namedSecrets.ts'
import { SecretBox } from './secretBox.ts'

export interface SecretStoresPlace {
  readonly config: SecretStoresConfig
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
  /** `statePaths().data` */
  readonly dataDir: string
  /** Is told every value before it is used. */
  readonly learn: (values: readonly string[]) => void
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  readonly keychain?: Keychain
}

export interface SecretStores {
  /** Rejects with `SecretError`. Needs no `this`. */
  readonly read: AskStored
}

const KEPT_MS = 2000
const MAX_KEPT = 200

export function openSecretStores(place: SecretStoresPlace): SecretStores {
  const { config, env, learn, now } = place
  const places = {
    keychain: place.keychain ?? systemKeychain({ env, platform: process.platform }),
    box: new SecretBox(place.dataDir),
  }
  const kept = new Map<string, { readonly untilMs: number; readonly secret: Promise<StoredSecret> }>()

  const ask = async (part: StoredPart): Promise<StoredSecret> => {
    const reference = referenceOf(part)
    if (part.kind === 'keychain') return { value: await namedSecret(part.name, places) }
    if (part.kind === 'vault') {
      // With it come TLS and its certificates, which a gateway without a vault need not load.
      const { readVault } = await import('./vault.ts')
      const { value, leaseMs = config.vault.refreshMs } = await readVault(reference, part, {
        config: config.vault,
        env,
        homeDir: place.homeDir,
      })
      return { value, refreshMs: Math.min(leaseMs, config.vault.refreshMs) }
    }
    const program = config.exec.get(part.name)
    if (program === undefined)
      throw new SecretError(reference, 'the configuration names no such program in secrets.exec')
    return { value: await readExec(reference, program, env) }
  }

  return {
    async read(part) {
      const reference = referenceOf(part)
      const known = kept.get(reference)
      if (known !== undefined && now() < known.untilMs) return await known.secret
      const secret = ask(part).then((found) => {
        learn([found.value])
        return found
      })
      const entry = { untilMs: now() + KEPT_MS, secret }
      kept.set(reference, entry)
      for (const first of kept.keys()) {
        if (kept.size <= MAX_KEPT) break
        kept.delete(first)
      }
      const forget = () => {
        if (kept.get(reference) === entry) kept.delete(reference)
      }
      // A failure is not kept, and a value no longer than it is needed.
      secret.then(
        () => setTimeout(forget, KEPT_MS).unref(),
        () => forget(),
      )
      return await secret
    },
  }
}
