/** The repository's own files: what git tracks or would track, without what it ignores. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

const IGNORED = new Set(['node_modules', 'dist', 'coverage', '.git', '.vite'])

/** Paths relative to the root, with `/`. Without git (an unpacked archive) everything but build output and dependencies. */
export function trackedFiles(): string[] {
  if (!existsSync(join(ROOT, '.git'))) return walk('')
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' })
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)))
}

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : walk(path)
    return entry.isFile() ? [path] : []
  })
}
