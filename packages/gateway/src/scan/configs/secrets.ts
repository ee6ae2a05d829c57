import { looksLikeSecret, redactedMark } from '@sallyport/controls/secrets'
import { type DocumentNode, type Path, pointer } from '../../config/document.ts'
import { refuseLiteralSecrets } from '../../config/literalSecrets.ts'
import type { HostServer } from '../../hosts/readServers.ts'
import { launchOf } from './launch.ts'
import type { Notice } from './notice.ts'

export interface FoundSecret {
  readonly notice: Notice
  /** Where it stands, as a JSON Pointer. */
  readonly at: string
}

/** References of the hosts: `${VAR}`, `$VAR`, `%VAR%`, `{env:VAR}`, `{file:...}`. */
const REFERENCES = /\$\{[^}]{0,256}\}|\$[A-Za-z_]\w{0,256}|%[A-Za-z_]\w{0,256}%|\{(?:env|file):[^}]{0,256}\}/g
/** What documentation puts where a secret belongs. */
const PLACEHOLDERS =
  /^(?:<[^>]*>|\[[^\]]*\]|\{[^}]*\}|your[-_ ].*|my[-_ ](?:api|secret|token|access).*|.*(?:[-_ ]here|goes[-_ ]here|placeholder).*|x{4,}.*|\*{3,}|\.{3,}|changeme|change[-_ ]me|replace.*|example.*|todo|dummy.*|test|none|null|undefined)$/is

/** Secrets that stand in an entry in clear, by their form or by the name they stand under. */
export function findSecrets(server: HostServer): FoundSecret[] {
  const found = new Map<string, FoundSecret>()
  const add = (one: FoundSecret) => {
    if (!found.has(one.at)) found.set(one.at, one)
  }
  refuseLiteralSecrets(server.node, ({ path, place, explain }) => {
    const value = textAt(server.node, path)
    const at = pointer([...server.path, ...path])
    const name = path.findLast((part) => typeof part === 'string') ?? ''
    if (!isPlaceholder(value)) add(foundSecret(name, value, { at, place, explain }))
  })
  for (const one of inShells(server)) add(one)
  return [...found.values()]
}

/** Options in a text that a shell is given: `sh -c "server --token abc"`. */
function inShells(server: HostServer): FoundSecret[] {
  const { words, shells } = launchOf(server.command)
  const [shell] = shells
  if (shell === undefined || shell.words) return []
  const { spot } = shell
  const items = words.map(({ value }): DocumentNode => ({ kind: 'text', value, place: spot.place }))
  const found: FoundSecret[] = []
  refuseLiteralSecrets({ kind: 'list', place: spot.place, items }, ({ path, explain }) => {
    const value = words[Number(path[0])]?.value ?? ''
    const about = { at: pointer(spot.path), place: spot.place, explain }
    if (!isPlaceholder(value)) found.push(foundSecret(shell.shell, value, about))
  })
  return found
}

function foundSecret(
  name: string,
  value: string,
  { at, place, explain }: { readonly at: string; readonly place: Notice['place']; readonly explain: string },
): FoundSecret {
  const rule = looksLikeSecret(value)
  const shown = rule === undefined ? '[redacted]' : redactedMark(rule)
  return {
    at,
    notice: {
      rule: 'config/secret',
      place,
      pointer: at,
      evidence: `${name}: ${shown} (${value.length} characters)`,
      explain: sentence(explain),
    },
  }
}

/** By what it was told: `... holds a secret, to judge by its name`. */
function sentence(explain: string): string {
  const what = /holds .*$/s.exec(explain)?.[0] ?? 'holds a secret'
  return `It ${what}; every program of the user, every backup and every commit of this file has it.`
}

function isPlaceholder(value: string): boolean {
  const rest = value
    .slice(0, 8_192)
    .replaceAll(REFERENCES, '')
    .replace(/^(?:bearer|basic|token)\s+/i, '')
    .trim()
  return rest.length < 8 || PLACEHOLDERS.test(rest.slice(0, 200))
}

function textAt(node: DocumentNode, path: Path): string {
  let at: DocumentNode | undefined = node
  for (const step of path) {
    if (at?.kind === 'map') at = at.entries.find(({ key }) => key === step)?.node
    else if (at?.kind === 'list' && typeof step === 'number') at = at.items[step]
    else at = undefined
  }
  return at?.kind === 'text' || at?.kind === 'number' ? String(at.value) : ''
}
