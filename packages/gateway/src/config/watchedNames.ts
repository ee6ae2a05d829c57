/**
 * Which names in which folders decide what a path leads to: the file itself and every link on the way to it.
 */
import { readlink } from 'node:fs/promises'
import { dirname, isAbsolute, join, parse, resolve, sep } from 'node:path'

/** More links than a system follows. */
const MAX_LINKS = 40

/**
 * Folder -> names in it. A swapped link (`..data` of a mounted Kubernetes ConfigMap, `current` of a release) changes
 * the file as much as an edit does, and nothing happens in the file's own folder then.
 *
 * @example
 * await watchedNames('/etc/cfg/sallyport.yaml') // -> ..data/sallyport.yaml, ..data -> ..2026_1
 * // Map { '/etc/cfg' => { 'sallyport.yaml', '..data' }, '/etc/cfg/..2026_1' => { 'sallyport.yaml' } }
 */
export async function watchedNames(path: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const names = new Map<string, Set<string>>()
  const watch = (folder: string, name: string) => {
    const known = names.get(folder)
    if (known) known.add(name)
    else names.set(folder, new Set([name]))
  }
  const absolute = resolve(path)
  let at = parse(absolute).root
  let rest = absolute.slice(at.length).split(sep)
  let links = 0
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '' || name === '.') continue
    if (name === '..') {
      at = dirname(at)
      continue
    }
    const here = join(at, name)
    const target = await readLink(here)
    if (rest.length === 0 || target !== undefined) watch(at, name)
    if (target === undefined) {
      at = here
      continue
    }
    links += 1
    if (links > MAX_LINKS) return names
    rest = [...target.split(sep), ...rest]
    if (isAbsolute(target)) at = parse(target).root
  }
  return names
}

/** Where a link leads, or `undefined` for what is no link or is not there (yet). */
async function readLink(path: string): Promise<string | undefined> {
  try {
    return await readlink(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EINVAL' || code === 'ENOENT' || code === 'ENOTDIR' || code === 'UNKNOWN') return undefined
    throw error
  }
}
