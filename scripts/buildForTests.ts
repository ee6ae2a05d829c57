/**
 * Before the tests that start the program: builds it once, as it is published, and tells them where it is
 * (`tests/program.ts`). Every test has a home of its own and so no compile cache; from its sources the program takes five
 * times the time to start.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Within reach of what stays outside the bundle. */
const PARENT = fileURLToPath(new URL('../node_modules/', import.meta.url))
const BUILD = fileURLToPath(new URL('./build.ts', import.meta.url))

/** Builds; what it returns removes the build. */
export function setup(): () => void {
  const folder = mkdtempSync(join(PARENT, '.sallyport-'))
  execFileSync(process.execPath, [BUILD, '--out', folder])
  process.env.SALLYPORT_PROGRAM = join(folder, 'sallyport.js')
  return () => rmSync(folder, { recursive: true, force: true })
}
