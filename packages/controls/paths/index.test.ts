import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkPath, PATH_RULES, type PathPolicy, type PathRule, readPath } from './index.ts'

const DATA: PathPolicy = { roots: ['/project/data'] }
const DRIVE: PathPolicy = { roots: ['C:\\project\\data'] }

const ruleOf = (candidate: string, policy: PathPolicy = DATA) => {
  const decision = checkPath(candidate, policy)
  return decision.inside ? 'inside' : decision.rule
}

describe('a path that leaves its folder', () => {
  it.each<[string, PathRule]>([
    // As it is written
    ['..', 'path/parent'],
    ['../x', 'path/parent'],
    ['../data-evil/x', 'path/parent'],
    ['a/../../x', 'path/parent'],
    ['a/b/../../../data2/x', 'path/parent'],
    ['./../x', 'path/parent'],
    ['a//..//..//x', 'path/parent'],
    ['/', 'path/absolute'],
    ['/etc/passwd', 'path/absolute'],
    ['/project', 'path/absolute'],
    ['/project/data/../secret', 'path/absolute'],
    ['/PROJECT/DATA/x', 'path/sibling'],
    ['/project/data-evil/x', 'path/sibling'],
    ['/project/data2', 'path/sibling'],
    ['/project/data /x', 'path/sibling'],
    ['a\0b', 'path/nul'],
    ['notes.txt\0.png', 'path/nul'],
    // Backslashes and Windows
    ['..\\x', 'path/parent'],
    ['a\\..\\..\\x', 'path/parent'],
    ['..\\../x', 'path/parent'],
    ['\\etc\\passwd', 'path/absolute'],
    ['C:\\Windows\\win.ini', 'path/absolute'],
    ['D:/x', 'path/drive'],
    ['d:x', 'path/drive'],
    ['\\\\host\\share\\x', 'path/absolute'],
    ['//host/share/x', 'path/absolute'],
    ['\\\\?\\D:\\x', 'path/absolute'],
    ['.. /x', 'path/parent'],
    ['.. \\.. \\x', 'path/parent'],
    // Encoded
    ['%2e%2e/x', 'path/encoded'],
    ['..%2fx', 'path/encoded'],
    ['..%5Cx', 'path/encoded'],
    ['%2fetc/passwd', 'path/encoded'],
    ['%252e%252e%252fx', 'path/encoded'],
    ['%25252e%25252e%25252fx', 'path/encoded'],
    ['%%32%65%%32%65/x', 'path/encoded'],
    ['..%c0%afx', 'path/encoded'],
    ['..%c0%2fx', 'path/encoded'],
    ['%c0%ae%c0%ae/x', 'path/encoded'],
    ['%c0%6e%c0%6e/x', 'path/encoded'],
    ['..%c1%9cx', 'path/encoded'],
    ['..%e0%80%afx', 'path/encoded'],
    ['..%f0%80%80%afx', 'path/encoded'],
    ['..%f8%80%80%80%afx', 'path/encoded'],
    ['..%fc%80%80%80%80%afx', 'path/encoded'],
    ['..%25c0%25afx', 'path/encoded'],
    ['..%u002fx', 'path/encoded'],
    ['%u002e%u002e/x', 'path/encoded'],
    ['..%u2215x', 'path/encoded'],
    ['%uff0e%uff0e%uff0fx', 'path/encoded'],
    ['%ef%bc%8e%ef%bc%8e/x', 'path/encoded'],
    ['\uff0e\uff0e\uff0fx', 'path/encoded'],
    ['\u2025/x', 'path/encoded'],
    ['\u2024\u2024/x', 'path/encoded'],
    ['..\uff3cx', 'path/encoded'],
    ['..\u2215x', 'path/encoded'],
    ['..\u00a5x', 'path/encoded'],
    ['.%00./x', 'path/encoded'],
    ['....//x', 'path/encoded'],
    // Taken off by servers before they use a path
    [' ../x', 'path/encoded'],
    [' /etc/passwd', 'path/encoded'],
    ['"/etc/passwd"', 'path/encoded'],
    ["'../x'", 'path/encoded'],
    ['\n"../x"\n', 'path/encoded'],
    ['\u00a0/etc/passwd', 'path/encoded'],
    ['\ufeff/etc/passwd', 'path/encoded'],
    ['%20/etc/passwd', 'path/encoded'],
    [' ~/.ssh', 'path/home'],
    ['..././x', 'path/encoded'],
    // Names for something else
    ['file:///etc/passwd', 'path/url'],
    ['FILE:/etc/passwd', 'path/url'],
    ['file://localhost/etc/passwd', 'path/url'],
    ['file:///project/data/%2e%2e/x', 'path/url'],
    ['file://host/project/data/x', 'path/url'],
    ['~', 'path/home'],
    ['~/.ssh/id_rsa', 'path/home'],
    ['~root/x', 'path/home'],
    ['%7e/.ssh', 'path/home'],
    ['$HOME/.ssh', 'path/variable'],
    [`\${HOME}/.ssh`, 'path/variable'],
    ['%APPDATA%\\x', 'path/variable'],
    ['a'.repeat(9000), 'path/length'],
  ])('%j is refused', (candidate, rule) => {
    expect(ruleOf(candidate)).toBe(rule)
  })

  it.each([
    '',
    '.',
    'x',
    './x',
    'a/../x',
    'sub/dir/../dir/x',
    '/project/data',
    '/project/data/',
    '/project/data/x',
    '/project//data/./x',
    '/project/data/../data/x',
    '../data/x',
    '..hidden',
    'a..b',
    'weird..name.txt',
    '...',
    '....',
    'x/.../y',
    '100%.txt',
    '100%25.txt',
    'a%20b.txt',
    'caf%C3%A9.md',
    'caf%e9.md',
    '%2e/x',
    'a%2fb',
    'scope%2Fpackage',
    'C++/x',
    '-dash.txt',
    'ab:c.txt',
    '2026-11-28T12:30:00.log',
    'aux.c',
    'con',
    'nul.txt',
    'x. ',
    ' x',
    '"quoted".txt',
    "it's.txt",
    'back\\slash',
    'file~',
    '~$letter.docx',
    '~WRL0001.tmp',
    '$id.tsx',
    'routes/$user/$post.tsx',
    `\${name}.hbs`,
    '[id]/page.tsx',
    'https%3A%2F%2Fexample.com%2F',
    'PROGRA~1/x',
    'files:x',
    '\u65e5\u672c\u8a9e/\u30d5\u30a1\u30a4\u30eb.txt',
    'u\u0308mlaut',
    '1\u20442 cup.txt',
    'wait\u2026.txt',
    '\u{1f600}.png',
    `${'a/'.repeat(2500)}x`,
  ])('%j stays, and is let in', (candidate) => {
    expect(ruleOf(candidate)).toBe('inside')
  })
})

describe('where Windows reads the path', () => {
  it.each<[string, PathRule]>([
    ['..\\x', 'path/parent'],
    ['../x', 'path/parent'],
    ['C:\\project\\data-evil\\x', 'path/sibling'],
    ['C:\\Windows', 'path/absolute'],
    ['\\Windows', 'path/absolute'],
    ['/Windows', 'path/absolute'],
    ['D:\\project\\data\\x', 'path/drive'],
    ['C:x', 'path/drive'],
    ['D:x', 'path/drive'],
    ['\\\\host\\share\\x', 'path/unc'],
    ['//host/share/x', 'path/unc'],
    ['\\\\?\\UNC\\host\\share\\x', 'path/unc'],
    ['\\\\?\\C:\\Windows', 'path/absolute'],
    ['\\\\?\\C:\\project\\data\\..\\..\\x', 'path/absolute'],
    ['\\\\.\\PhysicalDrive0', 'path/device'],
    ['\\\\.\\pipe\\x', 'path/device'],
    ['\\\\?\\GLOBALROOT\\Device\\x', 'path/device'],
    ['\\??\\C:\\Windows', 'path/absolute'],
    ['CON', 'path/device'],
    ['sub\\nul', 'path/device'],
    ['nul.txt', 'path/device'],
    ['NUL .log', 'path/device'],
    ['com1:', 'path/device'],
    ['LPT9.tar.gz', 'path/device'],
    ['com\u00b9', 'path/device'],
    ['conin$', 'path/device'],
    ['aux.c', 'path/device'],
    ['nul. ', 'path/device'],
    ['data.txt::$DATA', 'path/stream'],
    ['a.txt:hidden', 'path/stream'],
    ['.. \\x', 'path/parent'],
    ['..%5cx', 'path/encoded'],
    ['%5c%5chost%5cshare', 'path/encoded'],
    ['file:///C:/Windows/win.ini', 'path/url'],
    ['file://host/share/x', 'path/url'],
    ['%USERPROFILE%\\x', 'path/variable'],
    ['~\\x', 'path/home'],
  ])('%j is refused', (candidate, rule) => {
    expect(ruleOf(candidate, DRIVE)).toBe(rule)
  })

  it.each([
    'x',
    'a\\b',
    'a/b',
    'C:\\project\\data\\x',
    'c:/PROJECT/Data/x',
    '\\project\\data\\x',
    '\\\\?\\C:\\project\\data\\x',
    'file:///C:/project/data/x',
    'x.',
    'x ',
    'console.log',
    'comet1',
    'com10',
    'auxiliary.c',
    'null.txt',
    '...',
    'PROGRA~1\\x',
  ])('%j stays, and is let in', (candidate) => {
    expect(ruleOf(candidate, DRIVE)).toBe('inside')
  })

  it('a server on Windows with a root without a drive refuses its devices too', () => {
    const policy: PathPolicy = { roots: ['/project'], flavour: 'windows' }
    expect(ruleOf('nul', policy)).toBe('path/device')
    expect(ruleOf('a:b', policy)).toBe('path/drive')
    expect(ruleOf('x/y', policy)).toBe('inside')
  })

  it('a path with a drive in the manner of Unix is on that drive', () => {
    expect(ruleOf('/c/Windows/win.ini', { roots: ['D:\\'] })).toBe('path/drive')
    expect(ruleOf('/d/x', { roots: ['D:\\'] })).toBe('inside')
    expect(ruleOf('/dir/x', { roots: ['D:\\'] })).toBe('inside')
  })

  it('a share holds what is on it, and not another share of the host', () => {
    const policy: PathPolicy = { roots: ['\\\\host\\share\\data'] }
    expect(ruleOf('\\\\HOST\\share\\data\\x', policy)).toBe('inside')
    expect(ruleOf('//host/share/data/x', policy)).toBe('inside')
    expect(ruleOf('\\\\host\\other\\data\\x', policy)).toBe('path/unc')
    expect(ruleOf('..\\..\\x', policy)).toBe('path/unc')
  })
})

describe('what a policy says', () => {
  it('a server that knows no Windows may have names that look like it', () => {
    const policy: PathPolicy = { roots: ['/project/data'], flavour: 'posix' }
    expect(ruleOf('D:x', policy)).toBe('inside')
    expect(ruleOf('..\\x', policy)).toBe('path/parent')
  })

  it('several roots are all allowed, and relative paths start from the first, or from the base', () => {
    const policy: PathPolicy = { roots: ['/a', '/b/c'] }
    expect(checkPath('x', policy)).toMatchObject({ inside: true, reading: '/a/x', root: '/a' })
    expect(checkPath('../b/c/x', policy)).toMatchObject({ inside: true, reading: '/b/c/x', root: '/b/c' })
    expect(ruleOf('/b/x', policy)).toBe('path/absolute')
    expect(checkPath('x', { ...policy, base: '/b/c/d' })).toMatchObject({ reading: '/b/c/d/x' })
    expect(ruleOf('x', { ...policy, base: '/elsewhere' })).toBe('path/outside')
  })

  it('no roots allow nothing', () => {
    expect(ruleOf('x', { roots: [] })).toBe('path/outside')
    expect(ruleOf('/x', { roots: [], base: '/' })).not.toBe('inside')
  })

  it('the root of everything allows everything that is a path', () => {
    expect(ruleOf('/etc/passwd', { roots: ['/'], flavour: 'posix' })).toBe('inside')
    expect(ruleOf('a\0b', { roots: ['/'] })).toBe('path/nul')
  })

  it('case counts, unless the file system ignores it', () => {
    const policy: PathPolicy = { roots: ['/Project/Data'], caseInsensitive: true }
    expect(ruleOf('/project/DATA/x', policy)).toBe('inside')
    expect(ruleOf('/project/data-evil', policy)).toBe('path/sibling')
    expect(ruleOf('/\u212aey', { roots: ['/key'], caseInsensitive: true })).not.toBe('inside')
    expect(ruleOf('/CAF\u00c9/x', { roots: ['/caf\u00e9'], caseInsensitive: true })).toBe('inside')
  })

  it.each([
    ['.env', '.env'],
    ['.env', 'sub/.ENV'],
    ['.env', '%2eenv'],
    ['.git', '.git/config'],
    ['.git', 'a/.g\u200cit/hooks/x'],
    ['*.pem', 'keys/server.PEM'],
    ['*.pem', 'server.pem/x'],
    ['config/*.yaml', 'config/a.yaml'],
    ['config/**', 'config/a/b'],
    ['**/secret?/x', 'a/b/secret1/x'],
    ['/top', 'top/x'],
  ])('%j denies %j', (pattern, candidate) => {
    expect(ruleOf(candidate, { ...DATA, deny: [pattern] })).toBe('path/denied')
  })

  it.each([
    ['.env', '.envrc'],
    ['.git', '.github/workflows/x'],
    ['*.pem', 'pem'],
    ['config/*.yaml', 'config/a/b.yaml'],
    ['config/*.yaml', 'x/config/a.yaml'],
    ['secret?', 'secret'],
    ['/top', 'a/top'],
  ])('%j does not deny %j', (pattern, candidate) => {
    expect(ruleOf(candidate, { ...DATA, deny: [pattern] })).toBe('inside')
  })

  it('short names are refused where they could stand for a denied one', () => {
    expect(ruleOf('GIT~1\\config', { ...DRIVE, deny: ['.git'] })).toBe('path/short-name')
    expect(ruleOf('.git.\\config', { ...DRIVE, deny: ['.git'] })).toBe('path/denied')
  })

  it('folders that are not absolute are a mistake of the caller', () => {
    expect(() => checkPath('x', { roots: ['data'] })).toThrow(TypeError)
    expect(() => checkPath('x', { roots: ['/data'], base: './x' })).toThrow(TypeError)
    expect(() => checkPath('x', { roots: ['\\\\.\\pipe'] })).toThrow(TypeError)
  })
})

it('a decision names the place and the way to read it there', () => {
  expect(checkPath('../data-evil/x', DATA)).toEqual({
    inside: false,
    rule: 'path/parent',
    reading: '/project/data-evil/x',
    by: 'posix/raw',
    explain:
      'The path "../data-evil/x" leads to /project/data-evil/x; allowed is what lies in /project/data.',
  })
  expect(checkPath('..%2fx\u202e', DATA)).toMatchObject({
    by: 'posix/percent',
    explain: expect.stringContaining('\\u{202e}'),
  })
  expect(checkPath('a%2fb\\c', DATA)).toEqual({
    inside: true,
    reading: '/project/data/a%2fb\\c',
    readings: [
      '/project/data/a%2fb\\c',
      '/project/data/a%2fb/c',
      '/project/data/a/b\\c',
      '/project/data/a/b/c',
    ],
    climbing: [],
    root: '/project/data',
  })
  expect(checkPath('a%2f../b', DATA)).toMatchObject({
    reading: '/project/data/a%2f../b',
    climbing: ['/project/data/a%2f../b', '/project/data/a/../b'],
  })
})

it('every rule has its sentence', () => {
  for (const [rule, sentence] of Object.entries(PATH_RULES)) {
    expect(rule).toMatch(/^path\/[a-z-]+$/)
    expect(sentence).toMatch(/\.$/)
  }
})

/** Computed elsewhere, row by row, for eight ways to read a path. */
const TRUTH = new URL(
  '../../../../shared/reference/data/vectors/payload_path_traversal.jsonl',
  import.meta.url,
)
const READINGS = {
  posix_literal: ['posix', 'raw'],
  posix_urldecode1: ['posix', 'percent'],
  posix_urldecode2: ['posix', 'percent2'],
  posix_urldecode3: ['posix', 'percent3'],
  posix_backslash_as_slash: ['backslash', 'percent'],
  posix_nfkc: ['posix', 'nfkc'],
  win32_literal: ['windows', 'raw'],
  win32_urldecode1: ['windows', 'percent'],
} as const

// Not part of the repository: the rows have licences of their own.
describe.skipIf(!existsSync(TRUTH))('the computed truth of the path vectors', () => {
  interface Row {
    readonly payload: string
    readonly root: string
    readonly escapes: Record<keyof typeof READINGS, boolean>
  }
  const rows = existsSync(TRUTH)
    ? readFileSync(TRUTH, 'utf8')
        .trim()
        .split('\n')
        .map((line): Row => JSON.parse(line))
    : []

  it('is what every one of the eight readings says', () => {
    const wrong = rows.flatMap(({ payload, root, escapes }) => {
      const read = readPath(payload, { roots: [root] })
      return Object.entries(READINGS).flatMap(([name, [family, decoding]]) => {
        // A decoding that changes nothing is not listed beside the raw text.
        const named = read.filter(({ by }) => by === `${family}/${decoding}`).length > 0 ? decoding : 'raw'
        const inside = read.filter(({ by }) => by === `${family}/${named}`)[0]?.inside
        return inside === !escapes[name as keyof typeof READINGS] ? [] : [`${name}: ${payload}`]
      })
    })
    expect(wrong).toEqual([])
  })

  it('is never more lenient than the decision', () => {
    const missed = rows.filter(
      ({ payload, root, escapes }) =>
        Object.values(escapes).includes(true) && checkPath(payload, { roots: [root] }).inside,
    )
    expect(missed).toEqual([])
  })
})
