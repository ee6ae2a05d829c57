/**
 * Asks the system's keychain one thing and ends. Run as `node keychainProcess.ts get|set|remove NAME`, with the value of `set`
 * on standard input; answers on standard output with one `KeychainReply`.
 */
import { text } from 'node:stream/consumers'
import type { KeychainReply } from './keychain.ts'

const SERVICE = 'sallyport'

async function ask(what: string | undefined, name: string): Promise<KeychainReply> {
  let keyring: typeof import('@napi-rs/keyring')
  try {
    keyring = await import('@napi-rs/keyring')
  } catch {
    return {
      kind: 'unavailable',
      why: 'the package @napi-rs/keyring is not installed, or not for this system',
    }
  }
  try {
    const entry = new keyring.AsyncEntry(SERVICE, name, { linux: { store: 'secret-service' } })
    switch (what) {
      case 'get': {
        const value = await entry.getPassword()
        return value === null ? { kind: 'missing' } : { kind: 'value', value }
      }
      case 'set':
        await entry.setPassword(await text(process.stdin))
        return { kind: 'done' }
      case 'remove':
        return { kind: (await entry.deleteCredential()) ? 'done' : 'missing' }
      default:
        return { kind: 'unavailable', why: 'started by the gateway only' }
    }
  } catch (error) {
    // Words of the keychain's library: of stores and buses, never of values.
    const why = error instanceof Error ? error.message.slice(0, 200) : 'unknown'
    return { kind: 'unavailable', why: `the keychain cannot be used: ${why}` }
  }
}

const reply = await ask(process.argv[2], process.argv[3] ?? '')
process.stdout.write(JSON.stringify(reply), () => process.exit(0))
