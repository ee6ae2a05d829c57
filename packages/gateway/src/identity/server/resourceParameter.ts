/**
 * The `resource` of a request (RFC 8707) as it is called here. Hosts send the address as their person typed it, with a slash
 * at its end perhaps: that is the resource without it, and tokens name that one.
 */
import type { Targets } from './targets.ts'

/**
 * The parameters with every resource under its own name; the very same text where there is nothing to change.
 *
 * @param text of a form or a query
 */
export function canonicalResource(text: string, targets: Pick<Targets, 'has'>): string {
  if (!text.includes('resource=')) return text
  const form = new URLSearchParams(text)
  const sent = form.getAll('resource')
  const named = sent.map((resource) =>
    resource.endsWith('/') && targets.has(resource.slice(0, -1)) ? resource.slice(0, -1) : resource,
  )
  if (named.every((resource, at) => resource === sent[at])) return text
  form.delete('resource')
  for (const resource of named) form.append('resource', resource)
  return form.toString()
}
