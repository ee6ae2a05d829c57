import type { SecretText } from '../config.ts'
import type { Read } from '../shape.ts'
import type { UpstreamOauth } from './upstreamConfig.ts'
import type { upstreamOauth } from './upstreamFields.ts'

/** What the file says of `oauth` of a server, as the program uses it. */
export function buildUpstream(
  file: Read<typeof upstreamOauth> | undefined,
  secretOf: (source: string) => SecretText,
): { readonly oauth?: UpstreamOauth } {
  if (file === undefined) return {}
  const { clientSecret, clientKey, ...rest } = file
  return {
    oauth: {
      ...rest,
      ...(clientSecret === undefined ? {} : { clientSecret: secretOf(clientSecret) }),
      ...(clientKey === undefined ? {} : { clientKey: secretOf(clientKey) }),
    },
  }
}
