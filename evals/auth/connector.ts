/**
 * The cases of the gateway as a client of protected servers: malicious metadata, tokens and answers (`upstream-client`), what
 * goes through it (`passthrough`), what it keeps (`vault`), and more scopes (`stepup`).
 *
 * Each case has a protected server and an authorization server of its own (real HTTP servers that write down what they get)
 * behind one real gateway process. A person is the link that the gateway gives, opened by a plain HTTP client.
 */
import type { AuthCheck } from './check.ts'
import { passthroughChecks } from './connector/passthroughChecks.ts'
import { signInChecks } from './connector/signInChecks.ts'
import { stepUpChecks } from './connector/stepUpChecks.ts'
import { vaultChecks } from './connector/vaultChecks.ts'

export { close, open } from './connector/stage.ts'

export const checks: readonly AuthCheck[] = [
  ...signInChecks,
  ...passthroughChecks,
  ...vaultChecks,
  ...stepUpChecks,
]
