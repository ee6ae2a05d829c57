/** `sallyport deny TARGET...`: refuses definitions, whatever they are called from now on. */

import { type Decision, denyApproved, denyItems } from '../pins/decide.ts'
import { type ApprovedItem, approvedItem, type ReviewItem, reviewPins } from '../pins/review.ts'
import { parseTarget, showTarget } from '../pins/target.ts'
import { visibleJson } from '../pins/visibleJson.ts'
import { callFor } from './callFor.ts'
import type { GlobalOptions } from './context.ts'
import { type DecisionOptions, decide, readDecider, readReason } from './decideOn.ts'
import { CommandError, EXIT } from './exit.ts'
import { type PinsAtHand, readPins, requireItem, requireServer } from './pinsAtHand.ts'
import { print } from './print.ts'
import { type Terminal, thisTerminal } from './terminal.ts'

export interface DenyCommandOptions extends DecisionOptions {
  /** Of tickets alone. */
  readonly always?: boolean
}

export async function runDeny(
  targets: readonly string[],
  options: DenyCommandOptions,
  terminal: Terminal = thisTerminal(),
): Promise<number> {
  if (options.always)
    throw new CommandError(EXIT.usage, '--always is for a ticket of "sallyport approvals", such as A7F2QK')
  readReason(options.reason)
  const pins = await readPins(options)
  try {
    const { held, approved } = await choose(pins, targets)
    if (held.length + approved.length === 0) return nothing(targets, options)
    // It only takes away, and `approve` undoes it: nobody is asked whether it is meant.
    const decider = await readDecider(options, terminal, true)
    const { lock } = pins.sources
    const decision = together(denyItems(held, lock, decider), denyApproved(approved, lock, decider))
    if (!options.dryRun) await decide(pins, decision, callFor(options)('review', ...targets))
    report(held, approved, options)
    return EXIT.fine
  } finally {
    await pins.store.close()
  }
}

interface Chosen {
  readonly held: readonly ReviewItem[]
  readonly approved: readonly ApprovedItem[]
}

/** Of a server everything that is held, but not what it is approved for. */
async function choose(pins: PinsAtHand, targets: readonly string[]): Promise<Chosen> {
  const held = new Map<string, ReviewItem>()
  const approved = new Map<string, ApprovedItem>()
  for (const { server, item } of targets.map(parseTarget)) {
    requireServer(pins, server)
    const key = item === undefined ? undefined : requireItem(pins, server, item)
    const [review] = await reviewPins(pins.sources, server)
    const all = [...(review?.waiting ?? []), ...(review?.blocked ?? [])]
    const meant = all.filter((one) => key === undefined || one.key === key)
    for (const one of meant) if (one.hold.rule !== 'pins/denied') held.set(`${server}/${one.key}`, one)
    if (key === undefined || meant.length > 0) continue
    const known = await approvedItem(pins.sources, server, key)
    if (known !== undefined) approved.set(`${server}/${key}`, known)
  }
  return { held: [...held.values()], approved: [...approved.values()] }
}

function together(one: Decision, other: Decision): Decision {
  return {
    events: [...one.events, ...other.events],
    change: {
      lock: [...(one.change.lock ?? []), ...(other.change.lock ?? [])],
      holds: [...(one.change.holds ?? []), ...(other.change.holds ?? [])],
      check: (before) => {
        one.change.check?.(before)
        other.change.check?.(before)
      },
    },
  }
}

function nothing(targets: readonly string[], { json }: GlobalOptions): number {
  if (json) print([`${visibleJson({ denied: [] })}`])
  else for (const target of targets) print([`nothing of ${showTarget(target)} is left to deny`])
  return EXIT.fine
}

function report(
  held: readonly ReviewItem[],
  approved: readonly ApprovedItem[],
  options: DecisionOptions,
): void {
  const lines = [
    ...held.map(({ server, key, hold }) => ({
      server,
      item: key,
      hash: hold.hash,
      was: hold.state,
      byName: false,
    })),
    ...approved.map(({ server, key, versions }) => ({
      server,
      item: key,
      hash: versions.at(-1)?.hash ?? '',
      was: 'approved',
      byName: versions.some(({ item }) => item === undefined),
    })),
  ]
  if (options.json) {
    print([`${visibleJson({ denied: lines, dryRun: options.dryRun === true })}`])
    return
  }
  const verb = options.dryRun ? 'would deny' : 'denied'
  for (const { server, item, hash, was, byName } of lines) {
    const revoked = was === 'approved' ? ', which was approved' : ''
    const only = byName ? ' (under this name only: a definition of it is not kept here)' : ''
    print([`${verb} ${showTarget(server, item)} ${hash}${revoked}${only}`])
  }
}
