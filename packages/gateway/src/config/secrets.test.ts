// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the file
import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseSecretText, resolveSecret, SecretError, secretText } from './secrets.ts'

const secret = (source: string) => ({ source, secret: true })
const VALUE = 'correct-horse-battery'

describe('references', () => {
  test.each([
    ['plain', [{ kind: 'literal', text: 'plain' }]],
    ['', []],
    [
      'Bearer ${env:A_1}!',
      [
        { kind: 'literal', text: 'Bearer ' },
        { kind: 'env', name: 'A_1' },
        { kind: 'literal', text: '!' },
      ],
    ],
    [
      '${file:/run/a b}${env:B}',
      [
        { kind: 'file', path: '/run/a b' },
        { kind: 'env', name: 'B' },
      ],
    ],
    [
      '${keychain:git.hub-1}${exec:op}${vault:secret/a/b#c}',
      [
        { kind: 'keychain', name: 'git.hub-1' },
        { kind: 'exec', name: 'op' },
        { kind: 'vault', path: 'secret/a/b', field: 'c' },
      ],
    ],
    ['a$b $$ {c} $${d}', [{ kind: 'literal', text: 'a$b $$ {c} ${d}' }]],
  ])('%s', (source, parts) => {
    expect(parseSecretText(source)).toEqual({ ok: true, parts })
  })

  test.each([
    ['${keychain:}', /without a name/],
    ['${keychain:a b}', /without a name/],
    ['${keychain:..}', /without a name/],
    ['${exec:$(id)}', /without a name/],
    ['${vault:a}', /without a path and a field/],
    ['${vault:a/b}', /without a path and a field/],
    ['${vault:a#b}', /without a path and a field/],
    ['${vault:a/../b#c}', /without a path and a field/],
    ['${vault:a//b#c}', /without a path and a field/],
    ['${vault:a/b?x#c}', /without a path and a field/],
    ['${vault:a/b#c#d}', /without a path and a field/],
    ['${op:vault/item}', /\$\{op/],
    ['${HOME}', /where it is from/],
    ['${env:}', /variable name/],
    ['${env:A B}', /variable name/],
    ['${env:A', /never closed/],
    ['${file:}', /without a path/],
    ['${file: /x}', /without a path/],
    ['${}', /no known reference/],
    ['${env:${env:A}}', /variable name/],
  ])('%s cannot work and is refused', (source, says) => {
    const parsed = parseSecretText(source)
    expect(parsed.ok ? '' : parsed.advice.explain).toMatch(says)
  })

  test('what is put together means the same as what was taken apart', () => {
    const part = fc.constantFrom(
      'a',
      '$',
      '$${',
      '{',
      '}',
      '${env:A}',
      '${file:/x}',
      '${keychain:k}',
      '${vault:a/b#c}',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(part), (pieces) => {
        const parsed = parseSecretText(pieces.join(''))
        if (!parsed.ok) return
        const text = secretText(parsed.parts, (path) => path)
        const again = text.secret
          ? parseSecretText(text.source)
          : { ok: true, parts: text.source === '' ? [] : [{ kind: 'literal', text: text.source }] }
        expect(again).toEqual(parsed)
      }),
    )
  })
})

describe('values are fetched when they are used', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-secret-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function file(name: string, content: string | Buffer, mode = 0o600): Promise<string> {
    const path = join(folder, name)
    await writeFile(path, content)
    await chmod(path, mode)
    return path
  }
  /** The message of the refusal, proven not to hold the value. */
  async function refusal(source: string, sources = {}): Promise<string> {
    const error = await resolveSecret(secret(source), { env: { OTHER: VALUE }, ...sources }).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (!(error instanceof SecretError)) throw new Error('it was resolved', { cause: error })
    expect(error.message).not.toContain(VALUE)
    return error.message
  }

  test('from the environment', async () => {
    expect(await resolveSecret(secret('Bearer ${env:A}$${x}'), { env: { A: VALUE } })).toBe(
      `Bearer ${VALUE}\${x}`,
    )
    expect(await resolveSecret({ source: '${env:A}', secret: false }, { env: { A: VALUE } })).toBe('${env:A}')
  })

  test('a value is not looked into: it may hold what looks like a reference', async () => {
    expect(await resolveSecret(secret('${env:A}'), { env: { A: '${env:B}', B: VALUE } })).toBe('${env:B}')
  })

  test('a variable that is not set is named', async () => {
    expect(await refusal('${env:MISSING}')).toMatch(/^\$\{env:MISSING\}: the variable is not set/)
    expect(await refusal('${env:__proto__}')).toMatch(/not set/)
    expect(await refusal('${env:constructor}')).toMatch(/not set/)
  })

  test.each([
    ['v\n', 'v'],
    ['v\r\n', 'v'],
    ['v\n\n', 'v\n'],
    [' v ', ' v '],
    ['', ''],
  ])('from a file, %j without one newline at its end', async (content, value) => {
    const path = await file('newline', content)
    expect(await resolveSecret(secret(`\${file:${path}}`), { env: {} })).toBe(value)
  })

  test('a file of ours that others may read is refused (SEC-003)', async () => {
    const path = await file('shared', VALUE, 0o644)
    const says = /others on this machine may read the file: run chmod 600/
    expect(await refusal(`\${file:${path}}`)).toMatch(says)
    expect(await refusal(`\${file:${path}}`, { warn: () => undefined })).toMatch(says)
  })

  test.each([
    ['that is not ours to close', '/etc/creds/token', false],
    ['that a container runtime mounted', '/run/secrets/token', true],
  ])('a file %s is used with a warning, where that was decided', async (_what, path, own) => {
    const readFile = async () => ({ text: VALUE, mode: 0o644, own })
    const warnings: string[] = []
    const warn = (text: string) => warnings.push(text)
    expect(await resolveSecret(secret(`\${file:${path}}`), { env: {}, readFile, warn })).toBe(VALUE)
    expect(warnings).toEqual([expect.stringContaining('may read the file')])
    expect(warnings.join()).not.toContain(VALUE)
    await expect(resolveSecret(secret(`\${file:${path}}`), { env: {}, readFile })).rejects.toThrow(
      'chmod 600',
    )
  })

  test.each([0o620, 0o602, 0o666])(
    'a file that others may write (%o) is refused in any case',
    async (mode) => {
      const path = await file('writable', VALUE, mode)
      expect(await refusal(`\${file:${path}}`, { warn: () => {} })).toMatch(/others may write/)
    },
  )

  test('what is no readable text file is refused with the reason', async () => {
    const path = (name: string) => `\${file:${join(folder, name)}}`
    await file('large', Buffer.alloc(70_000, 'a'))
    await file('binary', Buffer.from([0xff, 0xfe, 0]))
    await symlink('/dev/zero', join(folder, 'device'))
    execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')])
    expect(await refusal(path('missing'))).toMatch(/no such file/)
    expect(await refusal(path('large'))).toMatch(/larger than/)
    expect(await refusal(path('binary'))).toMatch(/not text in UTF-8/)
    expect(await refusal(path('device'))).toMatch(/not a regular file/)
    expect(await refusal(path('pipe'))).toMatch(/not a regular file/)
    expect(await refusal(`\${file:${folder}}`)).toMatch(/not a regular file|folder/)
  })
})
