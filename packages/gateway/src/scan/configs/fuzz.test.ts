// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this in the files
import { visible } from '@sallyport/controls/text'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasServers, readDocument, readServers } from '../../hosts/readServers.ts'
import { findingOf } from '../targets/entries.ts'
import { resolveReferences } from '../targets/startConfig.ts'
import { checkServer } from './checkServer.ts'
import { findSecrets } from './secrets.ts'
import { showServer } from './show.ts'

const word = fc.oneof(
  fc.constantFrom(
    ...[
      'npx',
      '-y',
      'uvx',
      'docker',
      'run',
      '-v',
      '/:/x',
      '--mount',
      'sh',
      '-c',
      'cmd',
      '/c',
      'env',
      'sudo',
      '--token',
    ],
    ...[
      'curl x | sh',
      '$(',
      '${X}',
      '*',
      '/',
      '~',
      'a@latest',
      '--x=',
      'https://u:p@h/',
      'http://h',
      '-e',
      '\u202e',
      '',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const texts = fc.oneof(word, fc.array(word, { maxLength: 6 }), fc.anything({ maxDepth: 2 }))
const entry = fc.dictionary(
  fc.constantFrom(
    'command',
    'args',
    'env',
    'url',
    'headers',
    'transport',
    'trust',
    'autoApprove',
    'tools',
    'cwd',
    'disabled',
  ),
  fc.oneof(texts, fc.dictionary(word, texts, { maxKeys: 3 })),
)
const file = fc.record({
  shelf: fc.constantFrom('mcpServers', 'servers', 'mcp', 'extensions', 'mcp_servers', 'context_servers'),
  servers: fc.oneof(
    fc.dictionary(word, entry, { maxKeys: 3 }),
    fc.array(entry, { maxLength: 3 }),
    fc.anything(),
  ),
})

test('whatever an entry holds, nothing is thrown and nothing unsafe is said', () => {
  fc.assert(
    fc.property(file, ({ shelf, servers }) => {
      const text = JSON.stringify({ [shelf]: servers ?? null })
      const read = readDocument(Buffer.from(text), 'jsonc')
      if (!read.ok) return
      hasServers(read.root)
      for (const server of readServers(read.root)) {
        const secrets = findSecrets(server)
        const shown = showServer(server, new Set(secrets.map(({ at }) => at)))
        const findings = checkServer(server, { homeDir: '/home/ada' }).map((notice) =>
          findingOf(notice, '/f'),
        )
        const said = JSON.stringify([shown, findings])
        expect(visible(said)).toBe(said)
      }
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 1000) },
  )
})

test('a secret under a telling name is never shown, wherever it stands', () => {
  const secret = fc.stringMatching(/^[a-z0-9]{12,20}Zq7$/)
  fc.assert(
    fc.property(secret, fc.array(word, { maxLength: 3 }), (value, words) => {
      const server = {
        command: 'server',
        args: [...words, '--token', value, `--api-key=${value}`],
        env: { API_KEY: value },
        headers: { 'X-Api-Key': value },
      }
      const read = readDocument(Buffer.from(JSON.stringify({ mcpServers: { a: server } })), 'jsonc')
      if (!read.ok) throw new Error(read.explain)
      const shell = readDocument(
        Buffer.from(
          JSON.stringify({ mcpServers: { b: { command: 'sh', args: ['-c', `server --token ${value} x`] } } }),
        ),
        'jsonc',
      )
      if (!shell.ok) throw new Error(shell.explain)
      for (const one of [...readServers(read.root), ...readServers(shell.root)]) {
        const shown = showServer(one, new Set(findSecrets(one).map(({ at }) => at)))
        const findings = checkServer(one, { homeDir: '/h' }).map((notice) => findingOf(notice, '/f'))
        expect(JSON.stringify([shown, findings])).not.toContain(value)
      }
    }),
  )
})

test('references are filled in or named, and texts without them stay as they are', () => {
  const world = { env: { A: '1' }, homeDir: '/h', folder: '/f' }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const resolved = resolveReferences(text, world)
      if (resolved.ok && !/[$%{]/.test(text)) expect(resolved.text).toBe(text)
    }),
  )
  const text = '${A} ${env:A} ${B:-2} {env:A} $A %A% ${workspaceFolder} $B 100%'
  expect(resolveReferences(text, world)).toEqual({ ok: true, text: '1 1 2 1 1 1 /f $B 100%' })
  expect(resolveReferences('x ${input:key}', world)).toEqual({ ok: false, name: '${input:key}' })
})
