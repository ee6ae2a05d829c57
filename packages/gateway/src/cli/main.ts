#!/usr/bin/env node
/**
 * The command line: arguments in, exit code out. Hosts start `sallyport stdio` with themselves, and wait for it: nothing
 * but the relay is loaded for it, and in the bundle it is part of this file.
 */
import { homedir } from 'node:os'
import { readRelayArguments } from '../daemon/relayArguments.ts'
import { openCompileCache } from '../state/compileCache.ts'

const relay = process.platform === 'win32' ? undefined : readRelayArguments(process.argv.slice(2))
// The bundled relay is one small file: looking for its compiled form takes longer than compiling it.
if (relay === undefined || import.meta.url.endsWith('.ts'))
  openCompileCache({ env: process.env, homeDir: homedir() })
if (relay === undefined) {
  const { runProgram } = await import('./runProgram.ts')
  process.exitCode = await runProgram()
} else {
  const { runRelay } = await import('../daemon/relay.ts')
  // The client's pipe may still be open.
  process.exit(await runRelay(relay))
}
