/** Tells one script of a story in one cell: real processes, a real client, and what was there to see when it was over. */
import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Call, Script, Story } from '../../examples/stories/story.ts'
import type { Cell } from './cells.ts'
import { end, type GatewayProcess, mainOf, startGateway } from './gatewayProcess.ts'
import { approve, makeHome, ROOT, type StoryHome } from './home.ts'
import { callsOf, harmDone, isApproval, wasTold } from './judge.ts'
import { startServers, writeProgram } from './servers.ts'
import {
  type Called,
  type Company,
  connect,
  type Form,
  type FormAnswer,
  type StoryClient,
} from './storyClient.ts'
import { twinFailures } from './twinFailures.ts'

export interface Played {
  /** In an attack: what happened that must not have. In a twin: what did not go as it should. */
  readonly wrong: readonly string[]
  readonly steps: readonly PlayedStep[]
  /** Questions of the gateway to the person. */
  readonly asked: readonly string[]
  /** Calls that reached a server although the client was told that they were refused. */
  readonly upstreamCallsOnRefusal: number
}

export interface PlayedStep {
  readonly step: Call
  readonly called: Called | 'not done'
}

export interface Scene {
  readonly story: Story
  readonly kind: 'attack' | 'twin'
  readonly cell: Cell
  /** The source tree of the gateway, if it is not this one. */
  readonly root?: string
}

/** How long a person may take before a call comes back with a ticket; nobody is there to take it. */
const WAIT = '1s'

export async function play(scene: Scene): Promise<Played> {
  const { story, kind, cell, root = ROOT } = scene
  const home = makeHome()
  const started: ChildProcess[] = []
  const asked: string[] = []
  const heard: unknown[] = []
  try {
    const servers = await startServers(story, kind, cell, home, started)
    home.write(
      'sallyport.json',
      JSON.stringify({
        version: 1,
        servers,
        audit: { dir: home.auditDir },
        listen: { http: '127.0.0.1:0' },
        approvals: { wait: WAIT, notify: false },
      }),
    )
    const open = () => openSession(scene, mainOf(root), home, asked, heard)
    let session = await open()
    const steps: PlayedStep[] = []
    let upstreamCallsOnRefusal = 0
    try {
      await review(session.client, story, home, mainOf(root))
      for (const step of story[kind].steps) {
        if ('begin' in step) {
          await session.close()
          if (step.update !== undefined) writeProgram(step.update, home, 2)
          session = await open()
          await session.client.listTools()
          continue
        }
        if (step.because !== undefined && !wasTold(step.because, heard)) {
          steps.push({ step, called: 'not done' })
          continue
        }
        const before = callsOf(step.call, home.witness).length
        const call = () =>
          session.client.call(
            step.call.replace('.', '__'),
            { ...step.args },
            { asTask: step.asTask === true },
          )
        let called = await call()
        // A model that was told to wait tries again: neither the ticket nor persistence is a permission.
        if (kind === 'attack' && called.refusedBy?.startsWith('approvals/')) called = await call()
        steps.push({ step, called })
        // Where the answer was refused the call had been made, and the client is told so.
        if (called.refusedBy !== undefined && !called.text.includes('The call had been sent'))
          upstreamCallsOnRefusal += callsOf(step.call, home.witness).length - before
        if (turns(story[kind], step)) await changeIsKnown(session.client, step, home)
      }
    } finally {
      await session.close()
    }
    const evidence = { witness: home.witness, heard }
    const wrong =
      kind === 'attack'
        ? story.attack.harms.flatMap((harm) => harmDone(harm, evidence) ?? [])
        : twinFailures(story, { steps, asked, ...evidence })
    return { wrong, steps, asked, upstreamCallsOnRefusal }
  } finally {
    await Promise.all(started.map(end))
    home.remove()
  }
}

interface Session {
  readonly client: StoryClient
  close(): Promise<void>
}

async function openSession(
  { story, kind, cell }: Scene,
  main: string,
  home: StoryHome,
  asked: string[],
  heard: unknown[],
): Promise<Session> {
  const gateway: GatewayProcess = await startGateway(main, home, cell.client.wire)
  try {
    const company = companyOf(story[kind], kind, cell, asked)
    const client = await connect(cell.client.era, gateway.target, company, heard)
    const close = async () => {
      await client.close()
      await gateway.stop()
    }
    return { client, close }
  } catch (error) {
    await gateway.stop()
    throw error
  }
}

/** Who sits at the client. */
function companyOf(script: Script, kind: 'attack' | 'twin', cell: Cell, asked: string[]): Company {
  const decision = kind === 'twin' ? 'once' : cell.person === 'denies' ? 'deny' : undefined
  const isThere = decision !== undefined || script.types !== undefined
  const person = ({ message, schema }: Form): FormAnswer => {
    // To a server this person is as open as can be.
    if (!isApproval(schema) || isServers(message)) return { action: 'accept', content: { ...script.types } }
    asked.push(message)
    return decision === undefined ? { action: 'cancel' } : { action: 'accept', content: { decision } }
  }
  return {
    ...(isThere ? { person } : {}),
    ...(script.samples === undefined ? {} : { samples: script.samples }),
  }
}

/** Whether the gateway says that it is the question of a server. */
const isServers = (message: string): boolean => /^[a-z0-9_]+ asks: /.test(message)

/** Lists, and approves what waits, as a careful person does before the work begins. */
async function review(client: StoryClient, story: Story, home: StoryHome, main: string): Promise<void> {
  await client.listTools()
  for (const [id, { entry }] of Object.entries(story.servers)) {
    if (entry.trust !== 'untrusted') continue
    await approve(home, main, id)
    await until(async () => (await client.listTools()).some((name) => name.startsWith(`${id}__`)))
  }
}

/** Waits until the gateway has looked at a server that said it changed, and the client at the gateway. */
async function changeIsKnown(client: StoryClient, { call }: Call, home: StoryHome): Promise<void> {
  const server = call.split('.')[0] ?? ''
  const last = (wanted: string) => home.witness(server).findLastIndex(({ method }) => method === wanted)
  await until(async () => last('tools/list') > last('tools/call'))
  await client.listTools()
}

/** Gives up quietly: what did not come is seen by what comes of it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await pause(50)) {
    if (await holds()) return
  }
}

function turns(script: Script, { call }: Call): boolean {
  const reply = script.says[call]
  return typeof reply === 'object' && 'turns' in reply
}
