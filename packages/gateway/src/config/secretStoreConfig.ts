/** Where secrets are asked for, as the program uses it. */
import type { SecretText } from './config.ts'

export interface VaultConfig {
  /** Absent: VAULT_ADDR. */
  readonly address?: string | undefined
  /** Absent: VAULT_TOKEN, then `~/.vault-token`. */
  readonly token?: SecretText | undefined
  /** Absent: VAULT_NAMESPACE. */
  readonly namespace?: string | undefined
  /** Absent: the first segment of a reference's path. */
  readonly mount?: string | undefined
  readonly refreshMs: number
}

export interface ExecConfig {
  readonly command: readonly [string, ...string[]]
  readonly inheritEnv: readonly string[]
  readonly timeoutMs: number
}

export interface SecretStoresConfig {
  readonly vault: VaultConfig
  readonly exec: ReadonlyMap<string, ExecConfig>
}
