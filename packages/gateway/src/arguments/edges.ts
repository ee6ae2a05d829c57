import type { UrlPolicy } from '@sallyport/controls/urls'
import type { PathCheck } from '../config/argumentChecks.ts'
import { checkRealPath } from './realPath.ts'
import { resolveHost } from './resolveHost.ts'

/** Why an argument is refused. */
export interface ArgumentFault {
  readonly rule: string
  /** What is wrong, as a sentence; nothing secret in it. */
  readonly explain: string
}

/** What cannot be told from an argument's text: where links lead, and names. */
export interface ArgumentEdges {
  /** Is this path inside its folders when links are followed? */
  readonly realPath: (candidate: string, policy: PathCheck) => Promise<ArgumentFault | undefined>
  /** Does this name lead only where it may? */
  readonly host: (host: string, policy: UrlPolicy) => Promise<ArgumentFault | undefined>
}

/** As this machine has them. */
export const argumentEdges: ArgumentEdges = {
  async realPath(candidate, policy) {
    const decision = await checkRealPath(candidate, policy, {
      refuseHardLinks: policy.refuseHardLinks ?? false,
    })
    return decision.inside ? undefined : decision
  },
  async host(host, policy) {
    const decision = await resolveHost(host, policy)
    return decision.allowed ? undefined : decision
  },
}
