import type { SecretText } from '../config/config.ts'
import type { ResolvedTexts } from './resolvedTexts.ts'

export interface LiveTextSources {
  readonly resolve: (texts: Readonly<Record<string, SecretText>>) => Promise<ResolvedTexts>
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  readonly failed: (error: unknown) => void
}

/** After a look-up that failed the next one waits for this. */
const AGAIN_MS = 10_000

/**
 * Headers of a remote server whose references may come to stand for something else: what a vault gives is looked for again
 * when its time is over, while a connection stays open. Nobody waits for it: a request that comes then goes with what is
 * known, the next with what was found. Rejects as `resolve` does, when they cannot be resolved for the first time.
 *
 * @example const headers = await liveTexts(server.headers, sources); headers.values()
 */
export async function liveTexts(
  texts: Readonly<Record<string, SecretText>>,
  { resolve, now, failed }: LiveTextSources,
): Promise<{ values(): ResolvedTexts['values']; readonly secrets: readonly string[] }> {
  let found = await resolve(texts)
  let dueMs = now() + (found.refreshMs ?? Number.POSITIVE_INFINITY)
  let underway = false
  const refresh = async (): Promise<void> => {
    underway = true
    try {
      found = await resolve(texts)
      dueMs = now() + (found.refreshMs ?? Number.POSITIVE_INFINITY)
    } catch (error) {
      dueMs = now() + AGAIN_MS
      failed(error)
    } finally {
      underway = false
    }
  }
  return {
    values() {
      if (dueMs <= now() && !underway) void refresh()
      return found.values
    },
    secrets: found.secrets,
  }
}
