import type { AuthConfig } from '../config/auth/authConfig.ts'

/** In the reader's shell, so that no key gets into its history. */
const KEY_HEADER = '--header "Authorization: Bearer $SALLYPORT_KEY"'

/**
 * How a client is connected and tried, with the credential that this gateway asks for. A host is sent to sign in where that can
 * be; the inspector on a command line cannot be, and is named only where it needs nothing or a key will do.
 *
 * @param createKey the command that makes a key
 * @example commandsToPaste('http://127.0.0.1:7337/mcp', undefined, '') // Paste: claude mcp add ..., Try: npx mcp-inspector ...
 */
export function commandsToPaste(
  url: string,
  auth: Pick<AuthConfig, 'issuers' | 'keys' | 'server'> | undefined,
  createKey: string,
): readonly string[] {
  const paste = `claude mcp add --transport http gate ${url}`
  const attempt = `npx mcp-inspector --cli ${url} --transport http --method tools/list`
  if (auth === undefined) return [`Paste:  ${paste}`, `Try:    ${attempt}`]
  const signsIn = auth.server !== undefined || auth.issuers !== undefined
  const lines = signsIn ? [`Paste:  ${paste}   (it is sent to sign in)`] : []
  if (auth.keys === undefined) return lines
  return [
    ...lines,
    `Key:    export SALLYPORT_KEY=$(${createKey})`,
    ...(signsIn ? [] : [`Paste:  ${paste} ${KEY_HEADER}`]),
    `Try:    ${attempt} ${KEY_HEADER}`,
  ]
}
