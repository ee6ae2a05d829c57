import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { link, lstat, mkdir, readlink, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkRealPath, type FileSystem } from './realPath.ts'

const box = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-links-')))
const root = join(box, 'data')
const policy = { roots: [root] }

beforeAll(async () => {
  await mkdir(join(root, 'sub', 'deep'), { recursive: true })
  await mkdir(join(box, 'outside', 'deep'), { recursive: true })
  await writeFile(join(root, 'own.txt'), 'own')
  await writeFile(join(root, '.env'), 'secret')
  await writeFile(join(box, 'outside', 'secret.txt'), 'secret')
  await link(join(box, 'outside', 'secret.txt'), join(root, 'hardlink'))
  for (const [target, name] of [
    [join(box, 'outside'), 'dirlink'],
    ['../outside/secret.txt', 'filelink'],
    [join(box, 'outside', 'not-yet'), 'dangling'],
    ['dirlink', 'chain'],
    ['loop', 'loop'],
    ['sub', 'inside'],
    ['../../outside/deep', 'sub/out'],
    ['sub/deep', 'within'],
    ['.env', 'harmless.txt'],
    [root, 'self'],
  ] as const) {
    await symlink(target, join(root, name))
  }
  await symlink(root, join(box, 'entry'))
})
afterAll(() => rmSync(box, { recursive: true, force: true }))

const ruleOf = async (candidate: string, roots: readonly string[] = [root]) => {
  const decision = await checkRealPath(candidate, { roots })
  return decision.inside ? 'inside' : decision.rule
}

describe('a link that leads outside', () => {
  it.each([
    ['dirlink/secret.txt', 'path/link'],
    ['dirlink', 'path/link'],
    ['filelink', 'path/link'],
    ['dangling', 'path/link'],
    ['dangling/x', 'path/link'],
    ['chain/secret.txt', 'path/link'],
    ['self/sub/../dirlink/x', 'path/link'],
    ['inside/out/x', 'path/link'],
    ['not-there/../dirlink/x', 'path/link'],
    ['dirlin%6b/secret.txt', 'path/link'],
    ['.\\dirlink\\secret.txt', 'path/link'],
    // A file system goes up from the target of the link: to the folder beside the root.
    ['dirlink/../x', 'path/link'],
    ['self/../x', 'path/link'],
    ['dirlink%2f../x', 'path/link'],
    ['dirlink\\..\\x', 'path/link'],
    ['loop', 'path/unreadable'],
    ['../outside/secret.txt', 'path/parent'],
  ])('%s is refused', async (candidate, rule) => {
    expect(await ruleOf(candidate)).toBe(rule)
    expect(await ruleOf(`${root}/${candidate}`)).not.toBe('inside')
  })

  it.each([
    '',
    'own.txt',
    'sub',
    'inside/deep/x',
    'self/own.txt',
    'self/self/sub',
    'within/../new',
    'not/there/yet',
    'own.txt/x',
  ])('%j stays inside, and is let in', async (candidate) => {
    expect(await ruleOf(candidate)).toBe('inside')
  })
})

it('a folder that is allowed may itself be behind a link', async () => {
  const entry = join(box, 'entry')
  expect(await checkRealPath('own.txt', { roots: [entry] })).toMatchObject({
    inside: true,
    reading: join(entry, 'own.txt'),
    real: [join(root, 'own.txt')],
  })
  expect(await ruleOf(join(entry, 'own.txt'), [entry])).toBe('inside')
  expect(await ruleOf('dirlink/x', [entry])).toBe('path/link')
})

it('a link to what a pattern denies is denied', async () => {
  expect(await checkRealPath('harmless.txt', { ...policy, deny: ['.env'] })).toMatchObject({
    rule: 'path/denied',
  })
  expect(await checkRealPath('own.txt', { ...policy, deny: ['.env'] })).toMatchObject({ inside: true })
})

it('a second name of a file is reported, and refused where that is asked for', async () => {
  expect(await checkRealPath('hardlink', policy)).toMatchObject({
    inside: true,
    hardLinked: [join(root, 'hardlink')],
  })
  expect(await checkRealPath('hardlink', policy, { refuseHardLinks: true })).toMatchObject({
    inside: false,
    rule: 'path/hardlink',
  })
  expect(await checkRealPath('own.txt', policy, { refuseHardLinks: true })).toMatchObject({ hardLinked: [] })
})

it('what cannot be looked at is refused, and so is a way without end', async () => {
  const locked: FileSystem = {
    readlink,
    lstat: (path) =>
      path.endsWith('sub') ? Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })) : lstat(path),
  }
  expect(await checkRealPath('sub/x', policy, { fileSystem: locked })).toMatchObject({
    rule: 'path/unreadable',
  })
  expect(await checkRealPath('own.txt', policy, { fileSystem: locked })).toMatchObject({ inside: true })
  expect(await checkRealPath('n'.repeat(4000), policy)).toMatchObject({ rule: 'path/unreadable' })

  let looks = 0
  const endless: FileSystem = {
    lstat: async () => {
      looks++
      return { isSymbolicLink: () => true, isFile: () => false, nlink: 1 }
    },
    readlink: async () => 'a/'.repeat(2000),
  }
  expect(await checkRealPath('x', policy, { fileSystem: endless })).toMatchObject({ inside: false })
  expect(looks).toBeLessThan(5000)
})

it('a link that appears between two looks is seen by one of them or by neither: one look for each name', async () => {
  const looks: string[] = []
  const counting: FileSystem = {
    readlink,
    lstat: (path) => {
      looks.push(path)
      return lstat(path)
    },
  }
  await checkRealPath('sub\\deep/%61/../b', policy, { fileSystem: counting })
  expect(looks.length).toBe(new Set(looks).size)
})
