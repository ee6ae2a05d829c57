// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source code is the data of these tests
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkImports } from './checkImports.ts'
import { codeOnly } from './codeOnly.ts'
import { scanImports } from './scanImports.ts'
import { ROOT, trackedFiles } from './trackedFiles.ts'

it('imports point downwards only, controls are pure, nothing goes in circles', () => {
  const modules = trackedFiles().filter((path) => /\.[cm]?ts$/.test(path) && !path.endsWith('.d.ts'))
  expect(modules.length).toBeGreaterThan(20)
  expect(checkImports(ROOT, modules)).toEqual([])
})

describe('a bad import is found', () => {
  let root = ''
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'sallyport-house-'))
    plant('package.json', '{"name":"x","devDependencies":{"vitest":"1.0.0"}}')
    plant('packages/controls/package.json', '{"name":"@sallyport/controls"}')
    plant('packages/gateway/package.json', '{"name":"@sallyport/gateway","dependencies":{"undici":"1.0.0"}}')
    plant('packages/controls/text/index.ts', '')
    for (const path of [
      'protocol/era.ts',
      'ingress/port.ts',
      'upstream/stdio.ts',
      'cli/main.ts',
      'gateway.ts',
      'state/sha256.ts',
      'upstream/testing/fake.ts',
    ]) {
      plant(`packages/gateway/src/${path}`, '')
    }
  })
  afterAll(() => rmSync(root, { recursive: true }))

  function plant(path: string, source: string): string {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), source)
    return path
  }

  const gateway = (path: string) => `packages/gateway/src/${path}`
  const CONTROL = 'packages/controls/paths/index.ts'

  it.each([
    [CONTROL, "import { readFile } from 'node:fs/promises'", 'controls are pure'],
    [CONTROL, "import { randomBytes } from 'node:crypto'", 'controls are pure'],
    [CONTROL, "import * as crypto from 'node:crypto'", 'controls are pure'],
    [CONTROL, "const fs = await import('node:fs')", 'controls are pure'],
    [CONTROL, "import type { Era } from '../../gateway/src/protocol/era.ts'", 'used by gateway and toolkit'],
    [CONTROL, "import undici from 'undici'", 'undici is not in packages/controls'],
    [CONTROL, 'export const now = () => Date.now()', 'uses a clock'],
    [CONTROL, 'const x = `${process.env.HOME}`', 'uses the process'],
    [gateway('protocol/bad.ts'), "export * from '../ingress/port.ts'", 'text and tables'],
    [gateway('pipeline/bad.ts'), "import { x } from '../upstream/stdio.ts'", 'neither how it came'],
    [gateway('ingress/bad.ts'), "import '../upstream/stdio.ts'", 'never reaches door 2'],
    [gateway('upstream/bad.ts'), "import type { Gateway } from '../gateway.ts'", 'reach every other part'],
    [
      gateway('audit/bad.ts'),
      "import { sha256 } from '../state/sha256.ts'",
      'else needs a hash uses node:crypto',
    ],
    [gateway('audit/bad.ts'), "import { main } from '../cli/main.ts'", 'the command line is the top'],
    [gateway('audit/bad.ts'), "import { x } from '../upstream/testing/fake.ts'", 'code made for tests'],
    [gateway('audit/bad.ts'), "import { x } from '../../../../bench/run.ts'", 'without the harnesses'],
    [gateway('audit/bad.ts'), "import { x } from '../../../controls/text/index.ts'", 'by its name'],
    [
      gateway('audit/bad.ts'),
      "import { x } from './missing.ts'",
      'there is no packages/gateway/src/audit/missing.ts',
    ],
    [gateway('audit/bad.ts'), "import { it } from 'vitest'", "not in packages/gateway's package.json"],
    [gateway('audit/bad.ts'), "import { join } from 'path'", 'written node:path'],
    [gateway('audit/bad.ts'), 'await import(name)', 'must stand in the text'],
    [gateway('audit/bad.ts'), "import { x } from '/tmp/x.ts'", 'one machine only'],
  ])('%s: %s', (path, source, rule) => {
    const faults = checkImports(root, [plant(path, `// first line\n${source}\n`)])
    expect(faults.join('\n')).toContain(rule)
    expect(faults.join('\n')).toContain(`${path}:2 `)
    rmSync(join(root, path))
  })

  it.each([
    [CONTROL, "import { createHash } from 'node:crypto'"],
    [CONTROL, "import { x } from '../text/index.ts'"],
    [CONTROL, '// Date.now() and process.env stay outside\nconst said = "process.exit"'],
    [gateway('pipeline/good.ts'), "import type { Principal } from '../ingress/port.ts'"],
    [gateway('audit/good.ts'), "import { Pool } from 'undici'\nimport { x } from '@sallyport/controls/text'"],
    [gateway('audit/good.test.ts'), "import { it } from 'vitest'"],
  ])('and a good one is not: %s: %s', (path, source) => {
    expect(checkImports(root, [plant(path, source)])).toEqual([])
    rmSync(join(root, path))
  })

  it('files that import each other in a circle are named in its order', () => {
    const paths = ['a', 'b', 'c'].map((name, index, all) =>
      plant(gateway(`audit/${name}.ts`), `import '../audit/${all[(index + 1) % 3]}.ts'\n`),
    )
    expect(checkImports(root, paths)).toEqual([
      expect.stringMatching(/audit\/a\.ts -> .*audit\/b\.ts -> .*audit\/c\.ts -> .*audit\/a\.ts: .*circle/),
    ])
    for (const path of paths) rmSync(join(root, path))
  })

  it('also a circle of types, unless a part names its whole', () => {
    const circle = (other: string) => [
      plant(gateway('audit/whole.ts'), `import { part } from '${other}'\n`),
      plant(posix.join(gateway('audit'), other), `import type { Whole } from '../audit/whole.ts'\n`),
    ]
    expect(checkImports(root, circle('./part.ts'))).toEqual([])
    expect(checkImports(root, circle('../state/part.ts'))).toEqual([expect.stringContaining('circle')])
    for (const path of ['audit/whole.ts', 'audit/part.ts', 'state/part.ts']) rmSync(join(root, gateway(path)))
  })
})

describe('the scanner', () => {
  it('reads every form of import, and none in comments, texts, templates and patterns', () => {
    const source = [
      "import one, { two as too, type Three } from 'a'",
      "import type { Four } from 'b'",
      "export * from 'c'",
      'export {',
      '  five, // import { six } from "no1"',
      "} from 'd'",
      "const text = 'import x from \"no2\"' // import y from 'no3'",
      "const code = `import z from 'no4' ${nested(`import('no5') ${await import('e')}`)} import('no6')`",
      "const pattern = /'/; import 'f'",
      "/* import 'no7' */ const divided = a / b / c",
      "import 'g'",
      "import { type H } from 'h'",
    ].join('\n')
    expect(scanImports(source).map(({ specifier, line }) => `${specifier}:${line}`)).toEqual([
      'a:1',
      'b:2',
      'c:3',
      'd:4',
      'e:8',
      'g:11',
      'h:12',
    ])
    const [a, b] = scanImports(source)
    expect(a).toMatchObject({ names: ['two', 'Three', 'default'], typeOnly: false })
    expect(b).toMatchObject({ names: ['Four'], typeOnly: true })
    expect(scanImports(source).at(-1)).toMatchObject({ names: ['H'], typeOnly: true })
  })

  it('blanks out without moving anything', () => {
    const source = "a = 'b\\'c' + `d${e({ f: `g` })}h` / 2 /* i\n */ + /[/']/.test(j) // k"
    const code = codeOnly(source)
    expect(code).toHaveLength(source.length)
    expect(code.replace(/\s+/g, '')).toBe("a=''+`${e({f:``})}`/2+//.test(j)")
  })
})
