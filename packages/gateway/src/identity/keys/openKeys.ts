/**
 * API keys as a way in (key `auth.keys`).
 */
import { join } from 'node:path'
import { clientAddress } from '../../ingress/clientAddress.ts'
import type { Verified, Verifier } from '../identity.ts'
import type { IdentitySources, Way } from '../openIdentity.ts'
import { KeyBook } from './keyBook.ts'
import { KeyStore } from './keyStore.ts'
import { KEY_PREFIX } from './keyText.ts'
import { openPeppers } from './pepperSource.ts'

/** Issuer of every principal that an API key proves. */
const KEY_ISSUER = 'key'
/** When keys were last used is written down this often. */
const FLUSH_MS = 60_000

/** @example keysPath('/home/ada/.local/state/sallyport') */
export function keysPath(stateDir: string): string {
  return join(stateDir, 'keys.sqlite')
}

/** Rejects when the keys there are cannot be checked: with their pepper gone nobody may come in. */
export async function openKeys(sources: IdentitySources): Promise<Way | undefined> {
  const { auth, stateDir, dataDir, env, now, log } = sources
  if (auth.keys === undefined) return undefined
  const peppers = await openPeppers(auth.keys.pepper, dataDir, env)
  const book = new KeyBook({
    openStore: () => new KeyStore(keysPath(stateDir)),
    peppers: () => (peppers.kind === 'file' ? peppers.peppers() : peppers.peppers),
    now,
    monotonic: () => performance.now(),
    fault: (event, explain) => log.error(event, { explain }),
  })
  const timer = setInterval(() => book.flush(), FLUSH_MS)
  timer.unref()
  return {
    verifiers: [keyVerifier(book)],
    async close() {
      clearInterval(timer)
      book.close()
    },
  }
}

/** What has the prefix of our keys, or comes in the header for keys, is a key and nothing else. */
function keyVerifier(book: Pick<KeyBook, 'check' | 'holds'>): Verifier {
  return {
    verify({ scheme, text }, request): Verified | undefined {
      if (scheme !== 'key' && (scheme !== 'bearer' || !text.startsWith(KEY_PREFIX))) return undefined
      const check = book.check(text, clientAddress(request))
      switch (check.kind) {
        case 'good': {
          const { id, subject, scopes, expiresAt } = check.key
          return {
            ok: true,
            principal: { issuer: KEY_ISSUER, subject },
            authority: {
              kind: 'key',
              id,
              scopes,
              groups: [],
              ...(expiresAt === undefined ? {} : { expiresAtMs: expiresAt }),
            },
          }
        }
        case 'refused':
          return { ok: false, fault: 'invalid', rule: check.rule, why: check.why }
        case 'limited': {
          const why = `key ${check.key.id} was used more often than its limit of ${check.key.rate ?? ''} allows`
          const { retryAfterMs } = check
          return { ok: false, fault: 'limited', rule: 'identity/api-key-rate', why, retryAfterMs }
        }
        case 'unavailable':
          return { ok: false, fault: 'busy', rule: 'identity/api-keys-unavailable', why: check.why }
      }
    },
    holds({ issuer }, { kind, id }) {
      return kind === 'key' && issuer === KEY_ISSUER ? book.holds(id) : undefined
    },
  }
}
