import { pointer } from '../../config/document.ts'
import type { HostServer, Spot } from '../../hosts/readServers.ts'
import type { Launch } from './launch.ts'
import type { Notice } from './notice.ts'

/** Addresses of other machines over plain http: the server's own, and those that a bridge such as mcp-remote is given. */
export function checkAddresses(server: HostServer, { words }: Launch): Notice[] {
  const carriesSecret = server.headers.length > 0
  const own = server.url === undefined ? [] : plainHttp(server.url, carriesSecret)
  return [...own, ...words.slice(1).flatMap((word) => plainHttp(word, carriesSecret))]
}

function plainHttp(spot: Spot, carriesSecret: boolean): Notice[] {
  if (!/^(?:http|ws):\/\//i.test(spot.value) || !URL.canParse(spot.value)) return []
  const { hostname } = new URL(spot.value)
  if (isLoopback(hostname)) return []
  return [
    {
      rule: 'config/plain-http',
      ...(carriesSecret ? { severity: 'high' } : {}),
      place: spot.place,
      pointer: pointer(spot.path),
      evidence: spot.value,
    },
  ]
}

/** @example isLoopback('127.0.0.1') // true; likewise 'localhost', '[::1]' */
export function isLoopback(hostname: string): boolean {
  return (
    /^127(?:\.\d{1,3}){3}$/.test(hostname) ||
    /^(?:.{1,250}\.)?localhost\.?$/i.test(hostname) ||
    hostname === '[::1]' ||
    hostname === '0.0.0.0' ||
    hostname === 'host.docker.internal'
  )
}
