/**
 * Bundles what is published: `dist/sallyport.js`, which hosts start and which is the relay and nothing else, in one file;
 * all other commands beside it, loaded when they are used; the daemon, the guardian's fallback and the threads of `inspect`,
 * programs of their own.
 *
 *   npm run build                        into dist/
 *   node scripts/build.ts --out FOLDER
 */
import { chmod, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build, type Plugin } from 'rolldown'
import { asciiText } from './asciiText.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { out: { type: 'string', default: `${root}dist` } } })
const dist = resolve(values.out)

const shared = {
  cwd: root,
  platform: 'node',
  // Optional, with a binary for each system.
  external: '@napi-rs/keyring',
  logLevel: 'warn',
  // `depd`, below the authorization server, makes a function of text; only for functions that it marks as deprecated.
  checks: { eval: false },
} as const
const output = {
  dir: dist,
  format: 'esm',
  entryFileNames: '[name].js',
  // In the same folder: programs of our own are looked for beside the module that starts them.
  chunkFileNames: '[name]-[hash].js',
  // Names of classes stay: the authorization server finds the lifetime of a token by that of its class.
  minify: { compress: { keepNames: { function: false, class: true } }, mangle: false, codegen: false },
  // Whoever reads the code reads the repository; V8 keeps what is here in memory.
  comments: { legal: true, annotation: false, jsdoc: false },
} as const
const ascii: Plugin = {
  name: 'ascii',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) if (file.type === 'chunk') file.code = asciiText(file.code)
  },
}

await rm(dist, { recursive: true, force: true })
await build({
  ...shared,
  input: {
    runProgram: 'packages/gateway/src/cli/runProgram.ts',
    startDaemon: 'packages/gateway/src/daemon/startDaemon.ts',
    daemonProcess: 'packages/gateway/src/daemon/daemonProcess.ts',
    guardianProcess: 'packages/gateway/src/upstream/guardianProcess.ts',
    keychainProcess: 'packages/gateway/src/credentials/stores/keychainProcess.ts',
    inspectWorker: 'packages/gateway/src/scan/inspect/inspectWorker.ts',
  },
  plugins: [ascii],
  output,
})
await build({
  ...shared,
  input: { sallyport: 'packages/gateway/src/cli/main.ts' },
  plugins: [
    ascii,
    {
      // Not even `node:child_process` is loaded by a relay that finds its daemon.
      name: 'rest-apart',
      resolveId(source) {
        const name = /\/(runProgram|startDaemon)\.ts$/.exec(source)?.[1]
        return name === undefined ? null : { id: `./${name}.js`, external: true }
      },
    },
  ],
  output: { ...output, codeSplitting: false },
})
await chmod(`${dist}/sallyport.js`, 0o755)
const { size } = await stat(`${dist}/sallyport.js`)
process.stdout.write(`${dist}/sallyport.js ${Math.round(size / 1024)} KiB\n`)
