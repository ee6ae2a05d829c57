/**
 * A process that uses local servers as the gateway does, to be killed by a test:
 * `node gatewayLike.ts WAY MODE...` starts one fault server for each mode, prints one line with the markers and ids once
 * all of them are ready, and then, by WAY: `wait` waits to be killed, `close` closes everything and leaves by itself,
 * `exit` calls `process.exit` with everything open, `idle` starts only the guardian and has nothing left to do.
 */
import { fileURLToPath } from 'node:url'
import { silentLog } from '../../log.ts'
import { serverEnvironment } from '../environment.ts'
import { makeGuardian } from '../guardian.ts'
import { openStdio } from '../stdio.ts'
import { recordEvents } from './recordEvents.ts'

const [way = 'wait', ...modes] = process.argv.slice(2)
const script = fileURLToPath(new URL('faultServer.ts', import.meta.url))
const shell = process.env.TEST_SHELL
const guardian = makeGuardian({ log: silentLog, ...(shell === undefined ? {} : { shell }) })

const servers = await Promise.all(
  modes.map(async (mode) => {
    const record = recordEvents()
    const server = openStdio(
      {
        serverId: 'fault',
        // `unmarked` runs without the marker, as a server does that is started by a wrapper with an environment of its own.
        command:
          mode === 'unmarked'
            ? ['/usr/bin/env', '-i', process.execPath, script, mode]
            : [process.execPath, script, mode],
        env: serverEnvironment({ parent: process.env, inherit: [], declared: {} }),
        maxMessageBytes: 1 << 20,
        log: silentLog,
        guardian,
        closeGraceMs: 300,
      },
      record.events,
    )
    await server.start()
    const ready = await record.next('message')
    return { server, ready: JSON.parse(ready.text).params }
  }),
)
await guardian.ready()
process.stdout.write(
  `${JSON.stringify({ guardian: guardian.pid, environment: guardian.environment, ready: servers.map((s) => s.ready) })}\n`,
)
if (way === 'wait') setInterval(() => {}, 1 << 30)
if (way === 'exit') process.exit(0)
if (way === 'close') {
  await Promise.all(servers.map((s) => s.server.close()))
  await guardian.close()
}
