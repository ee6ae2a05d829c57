/**
 * The gateway as a resource server, over the wire: tokens of every kind of wrong, keys, introspection, challenges, metadata,
 * proofs of possession, the shapes of several identity providers, sessions, and ways around the route.
 */
import type { AuthCheck } from './check.ts'
import { bindingChecks } from './resourceServer/bindingChecks.ts'
import { doorChecks } from './resourceServer/doorChecks.ts'
import { providerChecks } from './resourceServer/providerChecks.ts'
import { tokenChecks } from './resourceServer/tokenChecks.ts'

export { close, open } from './resourceServer/stage.ts'

export const checks: readonly AuthCheck[] = [
  ...tokenChecks,
  ...doorChecks,
  ...bindingChecks,
  ...providerChecks,
]
