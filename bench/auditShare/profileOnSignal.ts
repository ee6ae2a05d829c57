/**
 * Loaded into the gateway with `--import`: SIGUSR2 starts V8's profiler, a second one stops it and writes the profile to
 * the file named by `BENCH_PROFILE`. So only calls are profiled, and not the start; and the product has no switch for it.
 */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'

const session = new Session()
let running = false

process.on('SIGUSR2', () => {
  void (running ? stop() : start())
})

async function start(): Promise<void> {
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 200 })
  await session.post('Profiler.start')
  running = true
}

async function stop(): Promise<void> {
  const { profile } = await session.post('Profiler.stop')
  running = false
  session.disconnect()
  writeFileSync(process.env.BENCH_PROFILE ?? '', JSON.stringify(profile))
}
