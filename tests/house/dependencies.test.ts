import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT, trackedFiles } from './trackedFiles.ts'

interface PackageFile {
  readonly name?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/

/** What is wrong with the dependencies of one package.json. */
function faultsOf(path: string, file: PackageFile, page: string): string[] {
  const all = Object.entries({
    ...file.dependencies,
    ...file.devDependencies,
    ...file.optionalDependencies,
    ...file.peerDependencies,
  })
  return all.flatMap(([name, version]) => {
    const faults: string[] = []
    if (!EXACT.test(version)) faults.push(`${path}: ${name} is "${version}", not one exact version`)
    if (!name.startsWith('@sallyport/') && !page.includes(`\`${name}\``)) {
      faults.push(`${path}: ${name} has no line in docs/dependencies.md`)
    }
    return faults
  })
}

const page = readFileSync(join(ROOT, 'docs/dependencies.md'), 'utf8')
const packages = trackedFiles()
  .filter((path) => path === 'package.json' || path.endsWith('/package.json'))
  .map((path): [string, PackageFile] => [path, JSON.parse(readFileSync(join(ROOT, path), 'utf8'))])

describe('dependencies', () => {
  it('are exact versions, each with a line in docs/dependencies.md that says why', () => {
    expect(packages.length).toBeGreaterThanOrEqual(3)
    expect(packages.flatMap(([path, file]) => faultsOf(path, file, page))).toEqual([])
  })

  it('a range or an unexplained one would be found', () => {
    const file = {
      dependencies: { undici: '^8.0.0' },
      devDependencies: { 'left-pad': '1.3.0', '@sallyport/controls': '0.1.0' },
    }
    expect(faultsOf('p', file, '`undici`')).toEqual([
      'p: undici is "^8.0.0", not one exact version',
      'p: left-pad has no line in docs/dependencies.md',
    ])
  })

  it('the page names nothing that is no longer there', () => {
    const names = new Set(
      packages.flatMap(([, file]) =>
        Object.keys({ ...file.dependencies, ...file.devDependencies, ...file.optionalDependencies }),
      ),
    )
    const listed = [...page.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name ?? '')
    expect(listed.length).toBeGreaterThan(5)
    expect(listed.filter((name) => !names.has(name))).toEqual([])
  })

  it('the lock file holds no download addresses and a checksum for every package', () => {
    const lock: {
      packages: Record<string, { resolved?: string; integrity?: string; link?: boolean; version?: string }>
    } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
    const outside = Object.entries(lock.packages).filter(
      ([path, { link }]) => path.includes('node_modules/') && !link,
    )
    expect(outside.length).toBeGreaterThan(50)
    expect(outside.filter(([, { resolved }]) => resolved?.includes('://')).map(([path]) => path)).toEqual([])
    expect(outside.filter(([, { integrity }]) => !integrity).map(([path]) => path)).toEqual([])
  })
})
