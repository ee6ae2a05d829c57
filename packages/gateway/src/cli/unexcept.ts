/** `sallyport unexcept TARGET RULE`: ends an exception before its time. */
import { visible } from '@sallyport/controls/text'
import { endExceptions } from '../pins/decide.ts'
import { findItem, parseTarget, showTarget } from '../pins/target.ts'
import { visibleJson } from '../pins/visibleJson.ts'
import { callFor } from './callFor.ts'
import { type DecisionOptions, decide, readDecider, readReason } from './decideOn.ts'
import { CommandError, EXIT } from './exit.ts'
import { readPins } from './pinsAtHand.ts'
import { print } from './print.ts'
import { type Terminal, thisTerminal } from './terminal.ts'

export async function runUnexcept(
  target: string,
  rule: string,
  options: DecisionOptions,
  terminal: Terminal = thisTerminal(),
): Promise<number> {
  readReason(options.reason)
  const pins = await readPins(options)
  try {
    const { server, item = '' } = parseTarget(target)
    const { lock } = pins.sources
    const own = lock.exceptions.filter((one) => one.server === server)
    const found = findItem(item, [...new Set(own.map((one) => one.item))])
    const ended = own.filter((one) => found.kind === 'found' && one.item === found.key && one.rule === rule)
    const list = callFor(options)('review', '--exceptions')
    if (ended.length === 0)
      throw new CommandError(
        EXIT.usage,
        `no exception from ${visible(rule)} for ${showTarget(server, item)}: ${list} has them all`,
      )
    const decider = await readDecider(options, terminal, false)
    if (!options.dryRun) await decide(pins, endExceptions(ended, decider), list)
    if (options.json) print([`${visibleJson({ ended, dryRun: options.dryRun === true })}`])
    else {
      const verb = options.dryRun ? 'would end' : 'ended'
      for (const one of ended)
        print([`${verb} the exception from ${one.rule} for ${showTarget(server, one.item)} ${one.hash}`])
      print(['What is approved stays approved: `sallyport deny` takes that back.'])
    }
    return EXIT.fine
  } finally {
    await pins.store.close()
  }
}
