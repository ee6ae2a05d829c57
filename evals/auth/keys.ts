/**
 * API keys and secret references, over the wire: keys of every kind of wrong, at rest, rotated, revoked, limited; secrets that
 * are literal, missing, open to others, renewed, given to programs.
 */
import type { AuthCheck } from './check.ts'
import { keyChecks } from './keys/keyChecks.ts'
import { secretChecks } from './keys/secretChecks.ts'

export { close, open } from './keys/stage.ts'

export const checks: readonly AuthCheck[] = [...keyChecks, ...secretChecks]
