/** Every import of a TypeScript module: static, re-exported, dynamic, for types or for values. */
import { codeOnly } from './codeOnly.ts'

export interface Import {
  /** As written; `undefined` when it is computed at run time. */
  readonly specifier: string | undefined
  readonly line: number
  /** It leaves nothing behind at run time. */
  readonly typeOnly: boolean
  /** Names taken from it, as the module calls them; `*` for all of it. */
  readonly names: readonly string[]
}

const STATIC = /^[ \t]*(import|export)\b((?:(?!\b(?:import|export)\b)[\w$\s,*{}])*?)\bfrom\s*(['"])/gm
const BARE = /^[ \t]*import\s*(['"])/gm
const DYNAMIC = /\bimport\s*\(\s*(.)/g

export function scanImports(source: string): Import[] {
  const code = codeOnly(source)
  const lineAt = (offset: number) => source.slice(0, offset).split('\n').length
  const textAt = (quote: number) => source.slice(quote + 1, code.indexOf(source.charAt(quote), quote + 1))
  const imports: Import[] = []
  for (const match of code.matchAll(STATIC)) {
    const clause = match[2] ?? ''
    const end = match.index + match[0].length
    imports.push({
      specifier: textAt(end - 1),
      line: lineAt(match.index + match[0].search(/\S/)),
      typeOnly: /^\s*type\b(?!\s*(,|from\b))/.test(clause) || onlyTypeNames(clause),
      names: namesOf(clause),
    })
  }
  for (const match of code.matchAll(BARE)) {
    const quote = match.index + match[0].length - 1
    imports.push({ specifier: textAt(quote), line: lineAt(quote), typeOnly: false, names: [] })
  }
  for (const match of code.matchAll(DYNAMIC)) {
    const argument = match.index + match[0].length - 1
    const literal = match[1] === "'" || match[1] === '"'
    imports.push({
      specifier: literal ? textAt(argument) : undefined,
      line: lineAt(match.index),
      typeOnly: false,
      names: ['*'],
    })
  }
  return imports.sort((a, b) => a.line - b.line)
}

function bracedNames(clause: string): string[] {
  const inside = /\{([^}]*)\}/.exec(clause)?.[1] ?? ''
  return inside
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function onlyTypeNames(clause: string): boolean {
  const names = bracedNames(clause)
  return names.length > 0 && /^\s*\{/.test(clause) && names.every((name) => name.startsWith('type '))
}

function namesOf(clause: string): string[] {
  const names = bracedNames(clause).map((name) => name.replace(/^type\s+/, '').split(/\s+as\s+/)[0] ?? name)
  if (clause.includes('*')) names.push('*')
  const first = /^\s*(?:type\s+)?([\w$]+)/.exec(clause)?.[1]
  if (first !== undefined && first !== 'type') names.push('default')
  return names
}
