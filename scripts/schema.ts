/**
 * Writes, or checks, what is generated from packages/gateway/src/config/schema.ts: the JSON Schema and docs/config.md.
 *
 *   node scripts/schema.ts --write    after a change of the configuration
 *   node scripts/schema.ts --check    exits 1 and names each file that is not up to date
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { generatedFiles } from '../packages/gateway/src/config/generated.ts'

const root = new URL('..', import.meta.url)
const mode = process.argv[2]
if (mode !== '--check' && mode !== '--write') {
  process.stderr.write('usage: node scripts/schema.ts --check | --write\n')
  process.exit(2)
}

for (const [name, wanted] of generatedFiles()) {
  const file = fileURLToPath(new URL(name, root))
  if (mode === '--write') {
    await writeFile(file, wanted)
    process.stdout.write(`wrote ${name}\n`)
  } else if ((await readFile(file, 'utf8')) !== wanted) {
    process.stderr.write(`${name} is not up to date: run node scripts/schema.ts --write\n`)
    process.exitCode = 1
  }
}
