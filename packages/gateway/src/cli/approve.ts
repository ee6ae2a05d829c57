/** `sallyport approve TARGET...`: lets through exactly the versions that were reviewed. */
import { visible } from '@sallyport/controls/text'
import { parseDuration } from '../config/units.ts'
import { approveItems } from '../pins/decide.ts'
import { knownRules } from '../pins/knownRules.ts'
import { changeSetDigest, type ReviewItem, reviewPins, serverVersion } from '../pins/review.ts'
import { parseTarget, showTarget, type Target } from '../pins/target.ts'
import { visibleJson } from '../pins/visibleJson.ts'
import { callFor } from './callFor.ts'
import { type DecisionOptions, decide, readDecider, readReason } from './decideOn.ts'
import { CommandError, EXIT } from './exit.ts'
import { paintFor } from './paint.ts'
import { type PinsAtHand, readPins, requireItem, requireServer } from './pinsAtHand.ts'
import { print } from './print.ts'
import { NOT_KEPT, printItem } from './printItem.ts'
import { printItems } from './printReview.ts'
import { columns } from './review.ts'
import { type Terminal, thisTerminal } from './terminal.ts'

export interface ApproveCommandOptions extends DecisionOptions {
  /** A span such as `30d`. */
  readonly expires?: string
  readonly except?: readonly string[]
  /** Of tickets alone. */
  readonly for?: string
  /** What was reviewed: the digest of the version, or of the change set. */
  readonly hash?: string
}

export async function runApprove(
  targets: readonly string[],
  options: ApproveCommandOptions,
  terminal: Terminal = thisTerminal(),
): Promise<number> {
  if (options.for !== undefined)
    throw new CommandError(EXIT.usage, '--for is for a ticket of "sallyport approvals", such as A7F2QK')
  const expiresMs = readExpiry(options.expires)
  readReason(options.reason)
  const pins = await readPins(options)
  try {
    const named = targets.map(parseTarget)
    const chosen = await choose(pins, named)
    checkHash(pins, named, chosen, options)
    checkExceptions(named, chosen, options.except ?? [])
    if (chosen.length === 0) return nothing(pins, named, options)
    requireShown(chosen, options)
    if (!options.dryRun && !options.yes) await confirm(named, chosen, terminal)
    const grave = chosen.some(({ hold }) => hold.state === 'blocked') || (options.except ?? []).length > 0
    const decider = await readDecider(options, terminal, grave)
    const versions = await versionsOf(pins, chosen)
    const decision = approveItems(chosen, pins.sources.lock, {
      ...decider,
      ...(expiresMs === undefined ? {} : { expires: decider.now + expiresMs }),
      except: options.except ?? [],
      versionOf: (server) => versions.get(server),
    })
    if (!options.dryRun) await decide(pins, decision, callFor(options)('review', ...targets))
    report(chosen, options)
    return EXIT.fine
  } finally {
    await pins.store.close()
  }
}

/** Of a server everything that waits; what is blocked, or need not be approved, only by its own name. */
async function choose(pins: PinsAtHand, targets: readonly Target[]): Promise<readonly ReviewItem[]> {
  const chosen = new Map<string, ReviewItem>()
  for (const { server, item } of targets) {
    requireServer(pins, server)
    const key = item === undefined ? undefined : requireItem(pins, server, item)
    const [review] = await reviewPins(pins.sources, server)
    const { waiting = [], blocked = [], optional = [] } = review ?? {}
    const meant =
      key === undefined ? waiting : [...waiting, ...blocked, ...optional].filter((one) => one.key === key)
    for (const one of meant) chosen.set(JSON.stringify([server, one.key]), one)
  }
  return [...chosen.values()]
}

function checkHash(
  pins: PinsAtHand,
  targets: readonly Target[],
  chosen: readonly ReviewItem[],
  options: ApproveCommandOptions,
): void {
  const { hash } = options
  if (hash === undefined) return
  const [target] = targets
  if (target === undefined || targets.length !== 1)
    throw new CommandError(
      EXIT.usage,
      '--hash names one reviewed version or change set: give one target with it',
    )
  if (!/^sha256-[0-9a-f]{64}$/.test(hash))
    throw new CommandError(EXIT.usage, '--hash takes the whole digest, sha256- and 64 hexadecimal digits')
  const [one] = chosen
  const found =
    target.item === undefined ? changeSetDigest(chosen) : (one?.hold.hash ?? approvedHash(pins, target, hash))
  if (found === hash) return
  const now = found === undefined ? 'it is not held any more' : `it is ${found} now`
  throw new CommandError(
    EXIT.refused,
    `nothing was changed: ${showTarget(target.server, target.item)} is not what was reviewed, ${now}. ` +
      `Look again: ${callFor(options)('review', target.server, ...(target.item === undefined ? [] : [target.item]))}`,
  )
}

/** The hash itself where this very version is approved already: then it was somebody faster, with the same decision. */
function approvedHash({ sources }: PinsAtHand, { server, item }: Target, hash: string): string | undefined {
  const versions = sources.lock.servers.get(server)?.items.get(item ?? '') ?? []
  return versions.find((version) => version.hash === hash)?.hash
}

/** An exception is for what was found, in one item that was named, by a rule there is. */
function checkExceptions(
  targets: readonly Target[],
  chosen: readonly ReviewItem[],
  except: readonly string[],
): void {
  if (except.length === 0) return
  if (targets.some(({ item }) => item === undefined))
    throw new CommandError(EXIT.usage, '--except is for one item: name it as SERVER/ITEM')
  const rules = knownRules()
  for (const rule of except) {
    if (!rules.has(rule))
      throw new CommandError(
        EXIT.usage,
        `no rule "${visible(rule)}" finds anything in a surface: docs/rules.md has them all`,
      )
    for (const { server, key, hold } of chosen) {
      if (hold.findings.some((finding) => finding.rule === rule)) continue
      const found = [...new Set(hold.findings.map((finding) => finding.rule))].map(visible).join(', ')
      const there = found === '' ? 'nothing was found in it' : `found in it: ${found}`
      throw new CommandError(
        EXIT.usage,
        `${visible(rule)} was not found in ${showTarget(server, key)}: ${there}`,
      )
    }
  }
}

/** What cannot be shown can only be approved by somebody who has its digest from elsewhere. */
function requireShown(chosen: readonly ReviewItem[], { hash }: ApproveCommandOptions): void {
  if (hash !== undefined) return
  for (const { server, key, item } of chosen)
    if (item === undefined) throw new CommandError(EXIT.unchecked, `${showTarget(server, key)}: ${NOT_KEPT}`)
}

async function confirm(
  targets: readonly Target[],
  chosen: readonly ReviewItem[],
  terminal: Terminal,
): Promise<void> {
  if (!terminal.attended)
    throw new CommandError(
      EXIT.usage,
      `nobody is there to confirm it: give --yes, best with --hash ${digestOf(targets, chosen) ?? 'DIGEST'} as it was reviewed`,
    )
  const paint = paintFor(process.stderr)
  const width = columns(process.stderr)
  const showAll = () => say(chosen.flatMap((item) => printItem(item, { paint, width })))
  const batch = targets.some(({ item }) => item === undefined)
  if (batch) {
    say(printItems(chosen, { paint, width }))
    for (const server of new Set(chosen.map((item) => item.server)))
      say([
        `change set of ${showTarget(server)}: ${changeSetDigest(chosen.filter((item) => item.server === server))}`,
      ])
  } else showAll()
  const these = chosen.length === 1 ? 'this version' : `these ${chosen.length}`
  for (;;) {
    const choices = batch ? '[y]es, [s]how them in full, [N]o' : '[y]es, [N]o'
    const answer = (await terminal.ask(`Approve ${these}? ${choices}: `)).trim().toLowerCase()
    if (answer === 'y' || answer === 'yes') return
    if (!batch || (answer !== 's' && answer !== 'show'))
      throw new CommandError(EXIT.refused, 'nothing was changed')
    showAll()
  }
}

function digestOf(targets: readonly Target[], chosen: readonly ReviewItem[]): string | undefined {
  if (targets.length !== 1) return undefined
  return targets[0]?.item === undefined ? changeSetDigest(chosen) : chosen[0]?.hold.hash
}

async function versionsOf(
  { sources, store }: PinsAtHand,
  chosen: readonly ReviewItem[],
): Promise<Map<string, string>> {
  const versions = new Map<string, string>()
  for (const server of new Set(chosen.map((item) => item.server))) {
    const version = serverVersion(await store.contents(server), sources, server)
    if (version !== undefined) versions.set(server, version)
  }
  return versions
}

function nothing(pins: PinsAtHand, targets: readonly Target[], options: ApproveCommandOptions): number {
  if (options.json) print([`${visibleJson({ approved: [] })}`])
  else
    for (const { server, item } of targets) {
      const blocked = [...(pins.sources.holds.get(server)?.values() ?? [])].length
      const named = item === undefined && blocked > 0 ? `; ${blocked} blocked must be named` : ''
      print([`nothing of ${showTarget(server, item)} waits${named}`])
    }
  return EXIT.fine
}

function report(
  chosen: readonly ReviewItem[],
  { json, dryRun, except = [], expires }: ApproveCommandOptions,
): void {
  if (json) {
    const approved = chosen.map(({ server, key, hold }) => ({
      server,
      item: key,
      hash: hold.hash,
      was: hold.state,
    }))
    print([`${visibleJson({ approved, except, dryRun: dryRun === true })}`])
    return
  }
  const verb = dryRun ? 'would approve' : 'approved'
  const until = expires === undefined ? '' : ` for ${expires}`
  const without = except.length === 0 ? '' : `, except ${except.map(visible).join(', ')}`
  for (const { server, key, hold } of chosen)
    print([`${verb} ${showTarget(server, key)} ${visible(hold.hash)}${until}${without}`])
}

/** Longer than anybody remembers what was excepted for. */
const MAX_EXPIRY_MS = 3_650 * 86_400_000

function readExpiry(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDuration(text)
  if (ms === undefined || ms > MAX_EXPIRY_MS)
    throw new CommandError(EXIT.usage, `--expires takes a span such as 12h or 30d, not "${visible(text)}"`)
  return ms
}

function say(lines: readonly string[]): void {
  process.stderr.write(`${lines.join('\n')}\n`)
}
