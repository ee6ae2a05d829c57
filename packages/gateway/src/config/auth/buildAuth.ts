import type { Read } from '../shape.ts'
import type { AuthConfig } from './authConfig.ts'
import type { auth } from './authFields.ts'

type AuthFile = Read<typeof auth>

/** What the file says of `auth`, as the program uses it. */
export function buildAuth(file: AuthFile): AuthConfig {
  const { publicUrl } = file
  return { ...(publicUrl === undefined ? {} : { publicUrl: publicUrl.replace(/\/+$/, '') }) }
}
