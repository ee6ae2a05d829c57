/**
 * What the controls cost, each and all together, with every one of them on: what of the main thread's profile is in a
 * control of the pipeline or called from there. None can be switched off, so they are attributed instead of left out; the
 * bare gate is what remains.
 */
import { inclusiveShare } from '../auditShare/inclusiveShare.ts'
import { type ProfiledRounds, profiledRounds } from '../auditShare/profiledRounds.ts'
import { Readings } from '../measure/readings.ts'

/** All of a call's CPU, and what of it is no control. */
export const WITH_CONTROLS = 'all controls on'
export const BARE_GATE = 'bare gate'

export type ControlShareSuite = Omit<ProfiledRounds, 'subject' | 'more'>

/** Rules and lists that look at every call and let it pass: what a careful operator writes. */
const POLICY = {
  access: [
    { tools: { deny: ['delete_*', 'drop_*'], ask: ['merge_*'] }, resources: { deny: ['file:///etc/*'] } },
  ],
  rules: [
    { when: 'tool.name.startsWith("delete_") && tool.destructive', do: 'ask' },
    { when: 'has(args.path) && args.path.startsWith("/etc/")', do: 'deny' },
  ],
}

const CONTROL = /\/packages\/gateway\/src\/pipeline\/controls\/([A-Za-z]+)\.ts$/

/** CPU relative to the bare gate's, which reads 1: of all together, and of each control by its name. */
export async function runControlShareSuite(suite: ControlShareSuite): Promise<Readings | undefined> {
  const rounds = await profiledRounds({ ...suite, subject: 'the controls', more: POLICY })
  if (rounds === undefined) return undefined
  const readings = new Readings()
  for (const { profile, times } of rounds) {
    const main = times.mainUs / times.totalUs
    const of = (within: (url: string) => boolean) => inclusiveShare(profile, within) * main
    const bare = 1 - of((url) => CONTROL.test(url))
    readings.add(BARE_GATE, 1)
    readings.add(WITH_CONTROLS, 1 / bare)
    const names = new Set(profile.nodes.flatMap(({ callFrame }) => CONTROL.exec(callFrame.url)?.[1] ?? []))
    for (const name of names) readings.add(name, of((url) => CONTROL.exec(url)?.[1] === name) / bare)
  }
  return readings
}
