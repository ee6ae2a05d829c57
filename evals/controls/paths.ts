import { link, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix, win32 } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPath, type PathRefusal, readPath } from '../../packages/controls/paths/index.ts'
import { checkRealPath } from '../../packages/gateway/src/arguments/realPath.ts'
import type { Figures } from './figures.ts'
import { readVectors } from './vectors.ts'

interface Row {
  readonly payload: string
  readonly root: string
  /** Does it leave the root, read in each of eight ways? Computed elsewhere. */
  readonly escapes: Readonly<Record<string, boolean>>
  readonly benign?: boolean
}

/** The eight ways, as this repository calls them. */
const READINGS: Readonly<Record<string, readonly [string, string]>> = {
  posix_literal: ['posix', 'raw'],
  posix_urldecode1: ['posix', 'percent'],
  posix_urldecode2: ['posix', 'percent2'],
  posix_urldecode3: ['posix', 'percent3'],
  posix_backslash_as_slash: ['backslash', 'percent'],
  posix_nfkc: ['posix', 'nfkc'],
  win32_literal: ['windows', 'raw'],
  win32_urldecode1: ['windows', 'percent'],
}

/** Files that people have, with all that packages call them. */
const PACKAGES = fileURLToPath(new URL('../../node_modules/', import.meta.url))

/** Names that only look like an escape: ours, beside those among the vectors. */
const TWINS = [
  ...[
    'a..b',
    '..hidden',
    '...',
    'x/.../y',
    'a/../b',
    './x',
    '100%.txt',
    '100%25.txt',
    'a%20b.txt',
    'caf%C3%A9.md',
    'caf%e9.md',
  ],
  ...[
    'a%2fb',
    '%2e/x',
    'C++/x',
    '-dash',
    'ab:c.txt',
    '12:30.log',
    'aux.c',
    'con',
    'nul.txt',
    'x. ',
    'back\\slash',
    'file~',
  ],
  ...[
    '~$letter.docx',
    '$id.tsx',
    '[...slug].tsx',
    'PROGRA~1/x',
    'wait\u2026.txt',
    '1\u20442 cup.txt',
    '\u65e5\u672c.txt',
    'u\u0308.md',
  ],
]

/**
 * Paths against computed truth, three times: each of the eight readings by itself; the decision, which must not be inside where one of
 * them escapes; and what the decision refuses beyond them (overlong UTF-8, `%u`, `file:`, `~`, NUL ...), where the place it names must
 * really lie outside. Then names that are in use: every file of the installed packages has to be inside. Then links and second names of files,
 * in a real folder.
 */
export async function measurePaths(): Promise<Figures> {
  const rows = readVectors<Row>('payload_path_traversal')
  const misread: string[] = []
  const missedCases: string[] = []
  const alarmCases: string[] = []
  const beyond = new Map<string, number>()
  let caught = 0
  for (const row of rows) {
    misread.push(...misreadings(row))
    const decision = checkPath(row.payload, { roots: [row.root] })
    const escapes = Object.values(row.escapes).includes(true)
    if (decision.inside) {
      if (escapes) missedCases.push(row.payload)
    } else if (escapes) {
      caught++
    } else if (row.benign === true || !isOutside(decision, row)) {
      alarmCases.push(row.payload)
    } else {
      const reading = decision.rule === 'path/encoded' ? decision.by.replace(/^.*?\//, '') : decision.rule
      beyond.set(reading, (beyond.get(reading) ?? 0) + 1)
    }
  }
  for (const twin of TWINS) {
    if (!checkPath(twin, { roots: ['/srv/project/data'] }).inside) alarmCases.push(twin)
  }
  const names = await readdir(PACKAGES, { recursive: true })
  const policy = { roots: ['/srv/project/data'] }
  for (const name of names) if (!checkPath(name, policy).inside) alarmCases.push(name)
  const links = await measureLinks()
  missedCases.push(...links.missed)
  alarmCases.push(...links.alarms)
  return {
    cases: rows.length + TWINS.length + links.cases,
    wrong: misread.length + missedCases.length + alarmCases.length,
    caught: caught + links.caught,
    missed: missedCases.length,
    falseAlarms: alarmCases.length,
    realNames: names.length,
    readings: rows.length * Object.keys(READINGS).length,
    readingsWrong: misread.length,
    refusedByFurtherReadings: [...beyond.values()].reduce((sum, count) => sum + count, 0),
    misread,
    missedCases,
    alarmCases,
    furtherReadings: [...beyond]
      .sort(([, one], [, other]) => other - one)
      .map(([name, count]) => `${name}: ${count}`),
  }
}

function misreadings({ payload, root, escapes }: Row): string[] {
  const read = readPath(payload, { roots: [root] })
  return Object.entries(READINGS).flatMap(([name, [family, decoding]]) => {
    // A decoding that changes nothing is not listed beside the raw text.
    const reading =
      read.find(({ by }) => by === `${family}/${decoding}`) ?? read.find(({ by }) => by === `${family}/raw`)
    return reading?.inside === !escapes[name] ? [] : [`${name}: ${payload}`]
  })
}

/** Does what the decision names really lie outside? Asked of Node, not of what decided. */
function isOutside({ rule, reading }: PathRefusal, { payload, root }: Row): boolean {
  switch (rule) {
    case 'path/nul':
      return payload.includes('\0')
    case 'path/home':
      return /^~(?:\w*\/|\w*$)/.test(reading)
    case 'path/variable':
      return /^[$%]/.test(reading)
    default: {
      const [place, folder, separator] = /^[A-Z]:|^\\/.test(reading)
        ? [win32.resolve(reading), win32.resolve('C:\\', root), '\\']
        : [posix.resolve(reading), root, '/']
      return place !== folder && !place.startsWith(folder + separator)
    }
  }
}

/** Links in a folder of this machine: what leads outside is refused, what stays inside is not. */
async function measureLinks() {
  const box = await realpath(await mkdtemp(join(tmpdir(), 'sallyport-eval-')))
  try {
    const root = join(box, 'data')
    await mkdir(join(root, 'sub', 'deep'), { recursive: true })
    await mkdir(join(box, 'data-evil'))
    await writeFile(join(box, 'data-evil', 's.txt'), 'outside')
    await writeFile(join(root, 'own.txt'), 'inside')
    await link(join(box, 'data-evil', 's.txt'), join(root, 'hardlink'))
    await symlink('../data-evil', join(root, 'dirlink'))
    await symlink('../data-evil/s.txt', join(root, 'filelink'))
    await symlink('../new', join(root, 'dangling'))
    await symlink('dirlink', join(root, 'chain'))
    await symlink('sub', join(root, 'inner'))
    await symlink(root, join(root, 'self'))
    const policy = { roots: [root] }
    const attacks = [
      'dirlink/s.txt',
      'filelink',
      'dangling',
      'chain/s.txt',
      'self/chain/s.txt',
      'dirlink/../x',
      'dirlin%6b/s.txt',
      'hardlink',
    ]
    const twins = ['own.txt', 'inner/deep/x', 'self/own.txt', 'sub/../own.txt', 'new/file', 'inner/../sub']
    const missed: string[] = []
    for (const path of attacks) {
      const decision = await checkRealPath(path, policy, { refuseHardLinks: true })
      if (decision.inside) missed.push(path)
    }
    const alarms: string[] = []
    for (const path of twins) {
      const decision = await checkRealPath(path, policy, { refuseHardLinks: true })
      if (!decision.inside) alarms.push(path)
    }
    return { cases: attacks.length + twins.length, caught: attacks.length - missed.length, missed, alarms }
  } finally {
    await rm(box, { recursive: true, force: true })
  }
}
