import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../config/config.ts'
import { parseConfig } from '../config/load.ts'
import { addDenial, type DeniedCall, denialToAdd } from './denialToAdd.ts'

const WORLD = { env: {}, homeDir: '/home/ada' }
const CALL: DeniedCall = {
  server: 'mail',
  name: 'send',
  method: 'tools/call',
  reasons: [
    { rule: 'flow/private-to-outside', subject: 'x' },
    { rule: 'access/ask' },
    { rule: 'access/ask' },
  ],
}
const TEXT = 'version: 1\nservers:\n  mail: { command: x }\n'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  file = join(dir, 'sallyport.yaml')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function configOf(text: string, path = file): Config {
  writeFileSync(path, text)
  const read = parseConfig(Buffer.from(text), path, WORLD)
  if (!read.ok) throw new Error(JSON.stringify(read))
  return read.config
}

describe('what a no for good adds', () => {
  it('says of a call that flows and lists asked about that the rule refuses it, and every other', () => {
    const found = denialToAdd(configOf(TEXT), CALL, WORLD)
    expect(found).toMatchObject({ kind: 'add', path: file })
    if (found.kind !== 'add') return
    expect(found.lines.join('\n')).toContain(
      'this one too, about which flow/private-to-outside, access/ask asked',
    )
    expect(found.lines).not.toContainEqual(expect.stringContaining('profile'))
  })

  it('says where the profile would not refuse it', () => {
    const config = configOf(`${TEXT}profile: observe\n`)
    const found = denialToAdd(config, CALL, WORLD)
    expect(found.kind === 'add' && found.lines.at(-1)).toMatch(
      /^The profile is "observe": such calls are recorded/,
    )
  })

  it.each([
    ['prompts/get', 'servers.mail.prompts.deny: ["send"]'],
    ['resources/read', 'servers.mail.resources.deny: ["send"]'],
    ['tasks/cancel', 'no list is about tasks/cancel'],
  ])('is nothing for %s, but what to write', (method, says) => {
    expect(denialToAdd(configOf(TEXT), { ...CALL, method }, WORLD)).toEqual({
      kind: 'by-hand',
      explain: expect.stringContaining(says),
    })
  })

  it('is nothing where the configuration is of a wrapped command, whose path is no file', () => {
    const config = configOf(TEXT)
    if (config.source.kind !== 'file') throw new Error('it is a file')
    const wrapped: Config = { ...config, source: { ...config.source, within: config.source } }
    expect(denialToAdd(wrapped, CALL, WORLD).kind).toBe('by-hand')
    expect(denialToAdd({ ...config, source: { kind: 'built-in' } }, CALL, WORLD).kind).toBe('by-hand')
  })

  it('is written for whoever could read the file before, and behind a link where there is one', async () => {
    const kept = join(dir, 'kept.yaml')
    configOf(TEXT, kept)
    chmodSync(kept, 0o640)
    symlinkSync(kept, file)
    const found = denialToAdd(configOf(TEXT), CALL, WORLD)
    if (found.kind !== 'add') throw new Error(JSON.stringify(found))
    await addDenial(found, WORLD)
    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    expect(readFileSync(kept, 'utf8')).toContain('"deny": [ "send" ]')
    expect(statSync(kept).mode & 0o777).toBe(0o640)
    // Twice is once.
    await addDenial(found, WORLD)
    expect(readFileSync(kept, 'utf8').match(/"send"/g)).toHaveLength(1)
    expect(denialToAdd(configOf(readFileSync(kept, 'utf8')), CALL, WORLD).kind).toBe('there')
  })
})
