/** The program as it is published, built from this tree into a temporary folder: what start-up and memory are measured on. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Bundle {
  readonly program: string
  remove(): Promise<void>
}

/** Builds it. Rejects with the builder's own words when it cannot. */
export async function buildBundle(): Promise<Bundle> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-bench-bundle-'))
  const script = fileURLToPath(new URL('../scripts/build.ts', import.meta.url))
  const { status, stderr } = spawnSync(process.execPath, [script, '--out', dir], { encoding: 'utf8' })
  const remove = () => rm(dir, { recursive: true, force: true })
  if (status !== 0) {
    await remove()
    throw new Error(`cannot build the bundle: ${stderr.trim()}`)
  }
  return { program: join(dir, 'sallyport.js'), remove }
}
