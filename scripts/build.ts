/**
 * Bundles what is published: `dist/sallyport.js`, one file and what its commands load when they are used, and the
 * guardian's fallback, which runs as a program of its own.
 *
 *   npm run build                        into dist/
 *   node scripts/build.ts --out FOLDER
 */
import { chmod, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { out: { type: 'string', default: `${root}dist` } } })
const dist = resolve(values.out)

await rm(dist, { recursive: true, force: true })
await build({
  cwd: root,
  input: {
    sallyport: 'packages/gateway/src/cli/main.ts',
    guardianProcess: 'packages/gateway/src/upstream/guardianProcess.ts',
  },
  platform: 'node',
  logLevel: 'warn',
  output: {
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    minify: { compress: true, mangle: false, codegen: false },
  },
})
await chmod(`${dist}/sallyport.js`, 0o755)
const { size } = await stat(`${dist}/sallyport.js`)
process.stdout.write(`${dist}/sallyport.js ${Math.round(size / 1024)} KiB\n`)
