/** What is said and recorded when a session or stream ends because its caller may not be here any more. */
import type { Standing } from '../identity/identity.ts'
import type { Door } from './door.ts'
import { type Caller, principalKey } from './port.ts'

/** One sentence for the client. */
export function authorityEnded(standing: Exclude<Standing, 'holds'>): string {
  return `the authority of its caller ${standing === 'expired' ? 'expired' : 'was revoked'}: sign in again`
}

/** Nothing waits for the record: what ends has ended. */
export function recordEnded(
  door: Door,
  { principal, authority }: Caller,
  standing: Exclude<Standing, 'holds'>,
  conversation: string | undefined,
): void {
  const entry = {
    kind: 'event',
    event: 'identity.ended',
    principal: principalKey(principal),
    ...(conversation === undefined ? {} : { conversation }),
    rule: 'identity/ended',
    explain: authorityEnded(standing),
    ...(authority === undefined ? {} : { details: { credential: authority.id } }),
  } as const
  door.front.record(entry).catch((error: unknown) => {
    door.log.error('http.refusal-unrecorded', { rule: entry.rule, error: String(error) })
  })
}
