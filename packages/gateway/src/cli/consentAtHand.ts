import { join } from 'node:path'
import { ConsentStore } from '../approvals/consentStore.ts'
import { statePaths } from '../state/paths.ts'
import { NotPrivate } from '../state/privateFolder.ts'
import { place } from './context.ts'
import { CommandError, EXIT } from './exit.ts'

/**
 * Does something with what persons were asked and allowed; `undefined` when nothing was ever asked here.
 *
 * @throws CommandError when it is not this user's alone, or cannot be read
 */
export async function withConsent<Value>(
  work: (store: ConsentStore) => Value | Promise<Value>,
): Promise<Value | undefined> {
  const store = new ConsentStore(join(statePaths(place()).state, 'consent.sqlite'))
  if (!store.exists) return undefined
  try {
    return await work(store)
  } catch (error) {
    if (error instanceof NotPrivate) throw new CommandError(EXIT.unchecked, error.message)
    throw error
  } finally {
    store.close()
  }
}
