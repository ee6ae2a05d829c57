import { parseRate } from '@sallyport/controls/limits'
import type { Read } from '../shape.ts'
import type { AuthConfig } from './authConfig.ts'
import type { auth } from './authFields.ts'
import { buildIssuers } from './buildIssuers.ts'
import { buildKeys } from './buildKeys.ts'
import { buildServer } from './buildServer.ts'

type AuthFile = Read<typeof auth>

/** What the file says of `auth`, as the program uses it. `resolvePath` makes a path of the file absolute. */
export function buildAuth(file: AuthFile, resolvePath: (path: string) => string): AuthConfig {
  const { publicUrl } = file
  const failures = parseRate(file.failures)
  return {
    ...(publicUrl === undefined ? {} : { publicUrl: publicUrl.replace(/\/+$/, '') }),
    ...buildIssuers(file, resolvePath),
    ...buildKeys(file),
    ...(file.server === undefined ? {} : { server: buildServer(file.server, resolvePath) }),
    ...(failures === undefined ? {} : { failures }),
  }
}
