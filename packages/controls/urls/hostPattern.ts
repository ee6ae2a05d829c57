import { domainToASCII } from 'node:url'
import { classifyAddress } from './classifyAddress.ts'

/**
 * Does a host match a pattern? `*` stands for one or more characters, dots among them: `*.example.com` is every name below
 * `example.com` and not that name itself. Names match names, and numbers match addresses: `10.*` is no pattern for
 * `10.example.com`.
 */
export function matchesHost(pattern: string, host: string, isAddress: boolean): boolean {
  if (pattern === '*') return true
  if (/^[0-9.*]+$/.test(pattern) || pattern.includes(':')) {
    return isAddress && matchesText(canonicalAddress(pattern), host)
  }
  return !isAddress && matchesText(canonicalName(pattern), host)
}

function canonicalAddress(pattern: string): string {
  const known = classifyAddress(pattern)
  return known.valid ? known.address : pattern.toLowerCase()
}

function canonicalName(pattern: string): string {
  const lower = pattern.toLowerCase().replace(/\.$/, '')
  // Only what is no ASCII: the conversion knows no stars.
  return lower
    .split('*')
    .map((part) => (/^[ -~]*$/.test(part) ? part : part.split('.').map(domainToASCII).join('.')))
    .join('*')
}

/** Each part between two stars at its first place: with one kind of star, a later place never helps. Linear per part. */
function matchesText(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at + 1)
    if (found === -1) return false
    at = found + part.length
  }
  return text.endsWith(last) && text.length - last.length > at
}
