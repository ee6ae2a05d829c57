import type { Read } from '../shape.ts'
import type { AuthConfig } from './authConfig.ts'
import type { auth } from './authFields.ts'

/** What the file says of `auth.keys`, as the program uses it. */
export function buildKeys({ keys }: Read<typeof auth>): Pick<AuthConfig, 'keys'> {
  if (keys === undefined) return {}
  const pepper = (keys.pepper ?? []).map((source, at) => ({
    source,
    secret: true,
    key: `auth.keys.pepper[${at}]`,
  }))
  return { keys: { pepper, header: keys.header } }
}
