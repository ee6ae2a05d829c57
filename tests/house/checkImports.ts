/** Checks every import of the repository against `importRules.ts`. Returns one sentence for each that breaks one. */
import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { codeOnly } from './codeOnly.ts'
import { findCycles } from './findCycles.ts'
import { IMPURE_CODE, isTestCode, LAYER_RULES, PURE_NODE } from './importRules.ts'
import { type Import, scanImports } from './scanImports.ts'

/**
 * @param root the repository's folder
 * @param files paths of its modules, relative, with `/`
 */
export function checkImports(root: string, files: readonly string[]): string[] {
  const faults: string[] = []
  const graph = new Map<string, Set<string>>()
  for (const file of files) {
    const source = readFileSync(join(root, file), 'utf8')
    /** What counts for circles. A part may name the type of the whole beside or above it. */
    const targets = new Set<string>()
    graph.set(file, targets)
    for (const found of scanImports(source)) {
      const say = (rule: string) =>
        faults.push(`${file}:${found.line} imports ${found.specifier ?? 'a computed name'}: ${rule}`)
      const target = found.specifier === undefined ? undefined : resolveImport(file, found.specifier)
      if (target === undefined) {
        checkOutside(root, file, found, say)
        continue
      }
      const within = `${file}/`.startsWith(`${posix.dirname(target)}/`)
      if (!found.typeOnly || !within) targets.add(target)
      checkInside(file, found.specifier ?? '', target, existsSync(join(root, target)), say)
    }
    if (isPure(file)) {
      codeOnly(source)
        .split('\n')
        .forEach((text, index) => {
          const impure = IMPURE_CODE.find(({ pattern }) => pattern.test(text))
          if (impure)
            faults.push(
              `${file}:${index + 1} uses ${impure.what}: controls are pure, it must come in as an argument`,
            )
        })
    }
  }
  for (const cycle of findCycles(graph)) {
    faults.push(
      `${cycle.join(' -> ')} -> ${cycle[0]}: files that import each other in a circle are one file in disguise`,
    )
  }
  return faults
}

const isPure = (file: string) => file.startsWith('packages/controls/') && !isTestCode(file)

/** The file that is meant, or `undefined` for anything that is not ours. */
function resolveImport(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(file), specifier))
  const own = /^@sallyport\/([a-z-]+)\/(.+)$/.exec(specifier)
  if (own) return `packages/${own[1]}/${own[2]}/index.ts`
  return undefined
}

function checkInside(
  file: string,
  specifier: string,
  target: string,
  exists: boolean,
  say: (rule: string) => void,
): void {
  if (!exists) say(`there is no ${target}`)
  const starts = (path: string) => (prefix: string) => path.startsWith(prefix)
  for (const rule of LAYER_RULES) {
    if (!rule.from.some(starts(file)) || rule.except?.some(starts(file))) continue
    if (rule.never.some(starts(target)) && !rule.allowed?.includes(target)) say(rule.why)
  }
  const [home, other] = [workspaceOf(file), workspaceOf(target)]
  if (
    specifier.startsWith('.') &&
    other.startsWith('packages/') &&
    home.startsWith('packages/') &&
    home !== other
  ) {
    say('another package is imported by its name')
  }
  if (file.startsWith('packages/') && isTestCode(target) && !isTestCode(file))
    say('product code does not use code made for tests')
}

function checkOutside(root: string, file: string, found: Import, say: (rule: string) => void): void {
  const fault = outsideFault(root, file, found)
  if (fault !== undefined) say(fault)
}

function outsideFault(root: string, file: string, { specifier, names }: Import): string | undefined {
  if (specifier === undefined) return 'what is imported must stand in the text, so that it can be checked'
  if (specifier.startsWith('node:')) {
    const allowed = PURE_NODE[specifier]
    if (!isPure(file) || (allowed !== undefined && names.every((name) => allowed.includes(name))))
      return undefined
    return `controls are pure; of Node they may use ${Object.keys(PURE_NODE).join(', ')}, and of those only named parts`
  }
  if (isBuiltin(specifier)) return `a module of Node is written node:${specifier}`
  if (specifier.startsWith('/') || specifier.includes(':'))
    return 'absolute paths and URLs exist on one machine only'
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const home = workspaceOf(file)
  if (declared(root, home).has(name)) return undefined
  const inPackage = home.startsWith('packages/') && !isTestCode(file)
  if (!inPackage && declared(root, '.').has(name)) return undefined
  return `${name} is not in ${inPackage ? home : 'the repository'}'s package.json`
}

/** `packages/controls`, `bench`, ... */
function workspaceOf(file: string): string {
  const [first = '', second = ''] = file.split('/')
  return first === 'packages' ? `packages/${second}` : dirname(file) === '.' ? '.' : first
}

const declaredBy = new Map<string, ReadonlySet<string>>()

function declared(root: string, workspace: string): ReadonlySet<string> {
  const path = join(root, workspace, 'package.json')
  let names = declaredBy.get(path)
  if (names === undefined) {
    const own = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
    names = new Set([
      own.name ?? '',
      ...Object.keys({ ...own.dependencies, ...own.optionalDependencies, ...own.devDependencies }),
    ])
    declaredBy.set(path, names)
  }
  return names
}
