/**
 * Loaded into a gateway's process before it starts: names whose answers an attacker chooses. All others are as they are.
 * A name below one of them gets the same answers, from the first one on.
 */
import dns from 'node:dns/promises'
import { syncBuiltinESMExports } from 'node:module'

const NAMES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  // Public on the face of it, and this machine.
  'both.example': [['93.184.215.14', '127.0.0.1']],
  'here.example': [['127.0.0.1']],
  'metadata.example': [['169.254.169.254']],
  'mapped.example': [['::ffff:127.0.0.1']],
  'public.example': [['93.184.215.14']],
  // Another answer later. A call asks twice: when it comes, and just before it is sent.
  'turns.example': [['93.184.215.14'], ['93.184.215.14'], ['127.0.0.1']],
  'flips.example': [['93.184.215.14'], ['127.0.0.1']],
}
const asked = new Map<string, number>()
const real = dns.lookup

async function lookup(host: string, options: object): Promise<unknown> {
  const answers = NAMES[host] ?? NAMES[host.slice(host.indexOf('.') + 1)]
  if (answers === undefined) return await real(host, options as { all: true })
  const times = asked.get(host) ?? 0
  asked.set(host, times + 1)
  const addresses = answers[Math.min(times, answers.length - 1)] ?? []
  return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
}

Object.assign(dns, { lookup })
syncBuiltinESMExports()
