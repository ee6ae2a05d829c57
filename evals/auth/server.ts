/**
 * The cases of the authorization server: codes, PKCE, redirects, registration, resources, scopes, refresh, consent, client
 * documents, assertions, metadata, sign-in at a provider, where errors go, what hosts do, and what keeps it running.
 */
import type { AuthCheck } from './check.ts'
import { assertionChecks } from './signIn/assertionChecks.ts'
import { brokerChecks } from './signIn/brokerChecks.ts'
import { clientChecks } from './signIn/clientChecks.ts'
import { codeChecks } from './signIn/codeChecks.ts'
import { documentChecks } from './signIn/documentChecks.ts'
import { errorChecks } from './signIn/errorChecks.ts'
import { operationChecks } from './signIn/operationChecks.ts'
import { closeStage, openStage } from './signIn/stage.ts'

export const open = openStage
export const close = closeStage

export const checks: readonly AuthCheck[] = [
  ...codeChecks,
  ...clientChecks,
  ...documentChecks,
  ...assertionChecks,
  ...brokerChecks,
  ...errorChecks,
  ...operationChecks,
]
