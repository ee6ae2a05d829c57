/**
 * The daemon as a program of its own. Started by whichever relay comes first, never by hand:
 *
 *   node daemonProcess.ts [CONFIG]
 *
 * It becomes the daemon before it loads anything else: of several that are started at once all but one leave right away.
 */
import { homedir } from 'node:os'
import { openCompileCache } from '../state/compileCache.ts'
import { daemonAddress, programIdentity } from './address.ts'
import { DAEMON_EXIT } from './daemonExit.ts'
import { takeAddress } from './takeAddress.ts'

try {
  const [config] = process.argv.slice(2)
  const places = { env: process.env, homeDir: homedir(), ...(config === undefined ? {} : { config }) }
  const cache = openCompileCache(places)
  const program = programIdentity()
  const address = daemonAddress(places)
  const taken = await takeAddress(address)
  if (taken === undefined) process.exit(DAEMON_EXIT.another)
  const { runDaemon } = await import('./runDaemon.ts')
  const running = runDaemon({ places, address, taken, program })
  cache?.flush()
  process.exit(await running)
} catch (error) {
  process.stderr.write(`sallyport daemon: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(DAEMON_EXIT.failed)
}
