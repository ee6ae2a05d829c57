/**
 * Start-up: from starting the program to its first answered `tools/list`, against a Node that does nothing. The first
 * start of each, which fills the caches that later ones use, is not counted.
 */
import { fileURLToPath } from 'node:url'
import { writeConfig } from '../gateway.ts'
import { shuffled } from '../measure/figures.ts'
import { Readings } from '../measure/readings.ts'
import { makePrivateWorld } from '../privateWorld.ts'
import { listOnce, runOnce } from './firstList.ts'

export const BARE_NODE = 'bare node'
/** The whole gateway in the host's child. */
export const STANDALONE = 'stdio --standalone'
/** A relay to a gateway that runs already. */
export const RELAY = 'stdio, daemon running'

export interface StartSuite {
  /** The bundled program. */
  readonly program: string
  readonly rounds: number
  progress(text: string): void
}

interface StartSubject {
  readonly name: string
  /** Milliseconds of one start. */
  start(): Promise<number>
}

/** Milliseconds of every start. */
export async function runStartSuite({ program, rounds, progress }: StartSuite): Promise<Readings> {
  await using stack = new AsyncDisposableStack()
  const server = fileURLToPath(new URL('../stdio/server.ts', import.meta.url))
  const setup = await writeConfig({ command: [process.execPath, server] })
  stack.defer(setup.remove)
  const world = makePrivateWorld()
  stack.defer(() => world.remove(program))
  const stdio = (...more: string[]) =>
    [process.execPath, program, '--config', setup.configPath, 'stdio', ...more] as const
  const list = async (...more: string[]) => {
    const listed = await listOnce(stdio(...more), world.env)
    await listed.end()
    if (listed.tools === 0) throw new Error('the first list has no tools: nothing was measured')
    return listed.ms
  }
  const subjects: StartSubject[] = [
    { name: BARE_NODE, start: () => runOnce([process.execPath, '-e', '0'], world.env) },
    { name: STANDALONE, start: () => list('--standalone') },
  ]
  // Whoever serves a relay runs on after it: without a daemon nobody is left.
  await list()
  if (world.gateways(program).length > 0) subjects.push({ name: RELAY, start: () => list() })
  for (const { start } of subjects) await start()

  const readings = new Readings()
  for (let round = 1; round <= rounds; round++) {
    progress(`start-up, round ${round} of ${rounds}`)
    for (const { name, start } of shuffled(subjects, Math.random)) readings.add(name, await start())
  }
  return readings
}
