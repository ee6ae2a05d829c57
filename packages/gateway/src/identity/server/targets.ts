/**
 * What tokens are issued for, and what they can allow: the resources of this gateway (RFC 8707) and the scopes with what
 * they mean, in words for a person.
 */
import type { ScopeConfig } from '../../config/auth/issuerConfig.ts'
import { resourceOf } from '../resources.ts'
import { BUILT_IN_SCOPES, Scopes } from '../scopes.ts'

export interface Targets {
  /** The gateway as a whole: what a request that names nothing means. */
  readonly whole: string
  /** Whether an address is a resource of ours, to the letter. */
  has(resource: string): boolean
  /** For people. @example nameOf('https://gate.example/mcp/github') // 'the server "github"' */
  nameOf(resource: string): string
  /** Each scope and what it allows. */
  readonly scopes: ReadonlyMap<string, string>
  /** The scopes of a request that names none. */
  readonly initial: readonly string[]
}

export function targetsOf(
  publicUrl: string,
  servers: () => readonly string[],
  configured: readonly ScopeConfig[] | undefined,
): Targets {
  const whole = resourceOf(publicUrl, { kind: 'all' })
  const serverOf = (resource: string) =>
    servers().find((server) => resourceOf(publicUrl, { kind: 'one', server }) === resource)
  const { names, initial } = new Scopes(configured)
  const scopes = (configured ?? BUILT_IN_SCOPES).filter(({ name }) => names.includes(name))
  return {
    whole,
    has: (resource) => resource === whole || serverOf(resource) !== undefined,
    nameOf: (resource) =>
      resource === whole ? 'all servers of this gateway' : `the server "${serverOf(resource) ?? ''}"`,
    scopes: new Map(scopes.map((scope) => [scope.name, scopeInWords(scope)])),
    initial,
  }
}

/** @example scopeInWords({ name: 'gh', servers: ['github'], tools: ['get_*'] }) // 'Call the tools get_* at github' */
function scopeInWords({ name, servers, tools, methods }: ScopeConfig): string {
  if (name === 'mcp:read' && methods !== undefined && tools === undefined && servers === undefined)
    return 'Read lists, prompts and resources of this gateway; call no tool'
  const where = servers === undefined ? '' : ` at ${servers.join(', ')}`
  if (tools !== undefined) return `Call the tools ${tools.join(', ')}${where}`
  if (methods !== undefined) return `Use ${methods.join(', ')}${where}`
  return `Use the tools, prompts and resources${where === '' ? ' of this gateway' : where} as you, within its rules`
}
