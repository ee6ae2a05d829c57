/**
 * What a server runs, as one line that may be shown and asked about: no secret, nothing hidden, no line break.
 */
import { pointer } from '../../config/document.ts'
import type { HostServer, Spot } from '../../hosts/readServers.ts'
import { safeText } from '../finding.ts'

const MAX_WORD = 200
const MAX_LINE = 600

/**
 * @example showCommand(server, secrets) // "npx -y some-server --token=[redacted]"
 * @param secrets JSON Pointers of texts that hold secrets (`findSecrets`)
 */
export function showCommand(words: readonly Spot[], secrets: ReadonlySet<string>): string {
  const shown = words.slice(0, 100).map(({ value, path }) => {
    if (!secrets.has(pointer(path))) return quote(safeText(value, MAX_WORD))
    const option = /^-{1,2}[\w-]{1,64}=/.exec(value)?.[0] ?? ''
    return `${option}[redacted]`
  })
  if (words.length > 100) shown.push(`… ${words.length - 100} more`)
  const line = shown.join(' ')
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE - 1)}…` : line
}

/** An address without what may be a credential: user, password, query and fragment. */
export function showUrl(url: string): string {
  if (!URL.canParse(url)) return safeText(url, MAX_WORD)
  const { origin, host, protocol, pathname, search } = new URL(url)
  const start = origin === 'null' ? `${protocol}//${host}` : origin
  return safeText(`${start}${pathname}${search === '' ? '' : '?…'}`, MAX_WORD)
}

/** What a server runs or where it is. */
export function showServer(server: HostServer, secrets: ReadonlySet<string>): string {
  if (server.command.length > 0) return showCommand(server.command, secrets)
  return server.url === undefined ? '' : showUrl(server.url.value)
}

function quote(word: string): string {
  return word === '' || /[\s'"|&;<>()$`\\*?#]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word
}
