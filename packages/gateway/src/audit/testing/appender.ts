/**
 * A process that appends records as fast as it can and prints the id of each that was acknowledged, until it is killed.
 *
 *     node appender.ts DIR STATE_DIR IN_FLIGHT PREFIX [DURABILITY] [MAX_SEGMENT_BYTES] [COUNT]
 */
import { writeSync } from 'node:fs'
import { silentLog } from '../../log.ts'
import { openAuditTrail } from '../openTrail.ts'
import { exchange } from './trailFixture.ts'

const [
  dir = '',
  stateDir = '',
  inFlight = '1',
  prefix = '',
  durability = 'write',
  maxBytes = '1000000',
  count = 'Infinity',
] = process.argv.slice(2)
const trail = await openAuditTrail({
  dir,
  stateDir,
  durability: durability === 'fsync' ? 'fsync' : 'write',
  maxSegmentBytes: Number(maxBytes),
  retainMs: 0,
  retainBytes: 0,
  now: Date.now,
  log: silentLog,
})
let next = 0
const caller = async () => {
  while (next < Number(count)) {
    const id = `${prefix}-${next++}`
    await trail.append(exchange(id))
    // At once and whole: what was printed was acknowledged, whatever happens to this process next.
    writeSync(1, `${id}\n`)
  }
}
await Promise.all(Array.from({ length: Number(inFlight) }, caller))
await trail.close()
