/**
 * The peers' packages, installed on demand into a folder outside the repository, at the pinned versions, without running
 * any script of theirs.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Peer } from './catalogue.ts'

const INSTALL_MS = 180_000

export type Installed =
  | { readonly ok: true; readonly folder: string }
  | { readonly ok: false; readonly why: string }

/**
 * One peer's folder. Another version is another folder; one that is there is used as it is, without the network.
 *
 * @example await installPeer(peer) // { ok: true, folder: '/home/ada/.cache/sallyport-bench/mcp-proxy-6.7.19-…/node_modules/mcp-proxy' }
 */
export async function installPeer({ name, version, bin }: Peer): Promise<Installed> {
  const manifest = JSON.stringify({ private: true, dependencies: { [name]: version } })
  const key = createHash('sha256').update(manifest).digest('hex').slice(0, 8)
  const place = join(cacheFolder(), `${name}-${version}-${key}`)
  const folder = join(place, 'node_modules', name)
  if (!existsSync(join(folder, bin))) {
    await mkdir(place, { recursive: true, mode: 0o700 })
    await writeFile(join(place, 'package.json'), manifest)
    const why = await npmInstall(place)
    if (why !== undefined) return { ok: false, why }
  }
  if (!existsSync(join(folder, bin))) return { ok: false, why: `${name}@${version} has no ${bin}` }
  const found: { readonly version?: string } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  )
  return found.version === version
    ? { ok: true, folder }
    : { ok: false, why: `${folder} holds version ${found.version}: remove it` }
}

function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.cache'), 'sallyport-bench')
}

/** Why it failed, in npm's own last words; `undefined` when it did not. */
function npmInstall(place: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error']
    const child = spawn('npm', args, { cwd: place, stdio: ['ignore', 'ignore', 'pipe'], timeout: INSTALL_MS })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-1000)
    })
    child.once('error', (error) => resolve(`npm cannot be started: ${error.message}`))
    child.once('close', (code, signal) => {
      const lines = errors.trim().split('\n')
      resolve(
        code === 0 ? undefined : `npm install failed (${code ?? signal}): ${lines.slice(0, 3).join(' ')}`,
      )
    })
  })
}
