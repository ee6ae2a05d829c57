import type { JsonValue } from '../json/index.ts'

/** `host:port` of an address, as comparisons need it; nothing where it is no address. @example hostOf('https://a.example/x') // 'a.example' */
export function hostOf(address: string): string | undefined {
  const url = URL.parse(address)
  return url === null || url.host === '' ? undefined : url.host
}

/**
 * Hosts that somebody named in full in the texts of a value, as the arguments of a call: pictures of a page that was asked for
 * are no surprise.
 *
 * @example hostsNamedIn({ url: 'https://a.example/readme' }) // ['a.example']
 */
export function hostsNamedIn(value: JsonValue | undefined): readonly string[] {
  const hosts: string[] = []
  collect(value, hosts, 0)
  return hosts
}

const MAX_HOSTS = 16
const MAX_DEPTH = 8

function collect(value: JsonValue | undefined, hosts: string[], depth: number): void {
  if (hosts.length >= MAX_HOSTS || depth > MAX_DEPTH) return
  if (typeof value === 'string') {
    if (!ADDRESS.test(value)) return
    const host = hostOf(value)
    if (host !== undefined) hosts.push(host)
  } else if (Array.isArray(value)) {
    for (const one of value.slice(0, MAX_HOSTS)) collect(one, hosts, depth + 1)
  } else if (typeof value === 'object' && value !== null && !JSON.isRawJSON(value)) {
    for (const one of Object.values(value).slice(0, MAX_HOSTS)) collect(one as JsonValue, hosts, depth + 1)
  }
}

/** The whole text is one address: a sentence that mentions one asks for nothing. */
const ADDRESS = /^https?:\/\/\S{1,2048}$/i
