import type { Log } from '../../log.ts'

/**
 * Loads `oidc-provider`, only where it is needed. It writes to the console while it is loaded (of Node versions without long
 * support); here that goes to the log, where every line has the same form.
 */
export async function loadEngine(log: Log): Promise<typeof import('oidc-provider')> {
  const { warn, info } = console
  const note = (text: unknown) => log.debug('identity.engine', { explain: String(text) })
  console.warn = note
  console.info = note
  try {
    return await import('oidc-provider')
  } finally {
    console.warn = warn
    console.info = info
  }
}
