import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT, trackedFiles } from './trackedFiles.ts'

/** Registries by name: an address in a lock file or a script would bind every install to one of them. */
const REGISTRIES = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['registry', 'npmmirror', 'com'],
  ['npm', 'pkg', 'github', 'com'],
  ['pypi', 'org'],
  ['deb', 'debian', 'org'],
].map((parts) => parts.join('.'))

interface Ban {
  readonly what: string
  readonly pattern: RegExp
}

/** Any of the texts, not in the middle of a longer name or path. */
const anyOf = (texts: readonly string[]) =>
  new RegExp(`(?<![\\w.-])(?:${texts.map((text) => RegExp.escape(text)).join('|')})(?![\\w-])`)

function bans(): Ban[] {
  // A folder right below `/` (`/app`, `/root`) is on many machines and in many examples of attacks.
  const machine = [ROOT, join(dirname(ROOT), 'shared'), homedir()].filter(
    (path) => path.split('/').length > 2,
  )
  return [
    { what: 'a path of this machine', pattern: anyOf([...machine, ['', 'work', 'main'].join('/')]) },
    {
      what: 'a registry',
      pattern: anyOf([...REGISTRIES, configuredRegistry()].filter((host) => host !== '')),
    },
  ]
}

/** The host this machine installs from, which may be nobody else's. */
function configuredRegistry(): string {
  const url = execFileSync('npm', ['config', 'get', 'registry'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return URL.parse(url.trim())?.host ?? ''
}

function faultsIn(path: string, text: string, all: readonly Ban[]): string[] {
  return all.flatMap(({ what, pattern }) => {
    const found = pattern.exec(text)
    if (found === null) return []
    return [`${path}:${text.slice(0, found.index).split('\n').length} names ${what}: ${found[0]}`]
  })
}

describe('files of the repository', () => {
  const all = bans()

  it('name no path of the machine they were written on and no registry', () => {
    const faults = trackedFiles().flatMap((path) =>
      faultsIn(path, readFileSync(join(ROOT, path), 'utf8'), all),
    )
    expect(faults).toEqual([])
  })

  it('and one that does would be found', () => {
    const host = ['registry', 'npmjs', 'org'].join('.')
    expect(faultsIn('x.ts', `const here =\n  '${ROOT}/x'`, all)).toContainEqual(
      expect.stringContaining('x.ts:2 names a path'),
    )
    expect(faultsIn('x.json', `"resolved": "https://${host}/x.tgz"`, all)).toContainEqual(
      expect.stringContaining(host),
    )
    expect(faultsIn('x.ts', `see docs${ROOT}-ideas.md and docs${ROOT}/ideas.md`, all)).toEqual([])
  })
})
