/** Hosts start the relay and wait for it: it must never come to load the gateway. */
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix } from 'node:path'
import { expect, it } from 'vitest'
import { scanImports } from './scanImports.ts'
import { ROOT } from './trackedFiles.ts'

const SRC = 'packages/gateway/src'
/** Loaded only when there is something to start. */
const LATER = [`${SRC}/cli/runProgram.ts`, `${SRC}/daemon/startDaemon.ts`]
const BUILTINS = ['node:buffer', 'node:fs', 'node:module', 'node:net', 'node:os', 'node:path', 'node:url']

/** Everything that `file` loads, with what those load, but for `LATER`. */
function loaded(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file) || LATER.includes(file)) return seen
  seen.add(file)
  if (isBuiltin(file)) return seen
  for (const { specifier, typeOnly } of scanImports(readFileSync(join(ROOT, file), 'utf8'))) {
    if (typeOnly || specifier === undefined) continue
    loaded(specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier, seen)
  }
  return seen
}

it('a relay loads a few modules of Node and none of the gateway’s', () => {
  const all = [...loaded(`${SRC}/cli/main.ts`)]
  expect(all.filter((one) => !one.startsWith(SRC) && !BUILTINS.includes(one))).toEqual([])
  const rest = all.filter((one) => one.startsWith(SRC) && !one.startsWith(`${SRC}/daemon/`))
  expect(rest.sort()).toEqual(
    [
      'cli/main.ts',
      'config/find.ts',
      'state/compileCache.ts',
      'state/paths.ts',
      'state/privateFolder.ts',
      'state/sha256.ts',
      'state/socketFolder.ts',
      'version.ts',
    ].map((name) => `${SRC}/${name}`),
  )
  const daemon = ['runDaemon', 'openWorld', 'relayDoor', 'gateways', 'takeAddress'].map(
    (name) => `${name}.ts`,
  )
  expect(all.filter((one) => daemon.includes(posix.basename(one)))).toEqual([])
})
