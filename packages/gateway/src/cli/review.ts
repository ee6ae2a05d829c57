/** `sallyport review`: what waits or is blocked, what is approved, and which findings are excepted. */
import { isPast, type RuleException } from '../pins/lock.ts'
import {
  type ApprovedItem,
  approvedItem,
  differencesOf,
  type ReviewItem,
  reviewPins,
  type ServerReview,
} from '../pins/review.ts'
import { parseTarget, showTarget } from '../pins/target.ts'
import { visibleJson } from '../pins/visibleJson.ts'
import { callFor } from './callFor.ts'
import type { GlobalOptions } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { paintFor } from './paint.ts'
import { type PinsAtHand, readPins, requireItem, requireServer } from './pinsAtHand.ts'
import { print } from './print.ts'
import { approvedLines, printItem, time, wholeItem } from './printItem.ts'
import { printReview, short } from './printReview.ts'
import { table } from './table.ts'
import { runWithheld } from './withheld.ts'

export interface ReviewOptions extends GlobalOptions {
  /** Every item in full. */
  readonly show?: boolean
  readonly approved?: boolean
  readonly exceptions?: boolean
  /** Texts of answers that were kept from clients; what is named are their ids then. */
  readonly withheld?: boolean
}

/** Of a server whose review was not asked for by itself. */
const MAX_ITEMS = 20
const DEFAULT_COLUMNS = 100
const MAX_COLUMNS = 140

export async function runReview(
  named: string | undefined,
  items: readonly string[],
  options: ReviewOptions,
): Promise<number> {
  if (options.withheld) return await runWithheld(named === undefined ? [] : [named, ...items], options)
  const pins = await readPins(options)
  try {
    const target = named === undefined ? undefined : parseTarget(named)
    if (target !== undefined) requireServer(pins, target.server)
    if (options.approved && options.exceptions)
      throw new CommandError(EXIT.usage, '--approved and --exceptions are two lists: ask for one')
    if (options.exceptions) return listExceptions(pins, target?.server, options)
    if (options.approved) return listApproved(pins, target?.server, options)
    if (target === undefined) return await listReviews(pins, undefined, options)
    const wanted = [...(target.item === undefined ? [] : [target.item]), ...items]
    if (wanted.length === 0) return await listReviews(pins, target.server, options)
    return await showItems(pins, target.server, wanted, options)
  } finally {
    await pins.store.close()
  }
}

async function listReviews(
  pins: PinsAtHand,
  server: string | undefined,
  options: ReviewOptions,
): Promise<number> {
  const reviews = await reviewPins(pins.sources, server)
  const asks = reviews.some(({ waiting, blocked }) => waiting.length + blocked.length > 0)
  const exit = asks ? EXIT.findings : EXIT.fine
  if (options.json) {
    print([visibleJson({ lock: pins.store.lockPath, servers: reviews.map(plainReview) })])
    return exit
  }
  if (reviews.length === 0) {
    print([nothingHeld(pins, server)])
    return exit
  }
  const paint = paintFor(process.stdout)
  const width = columns()
  const maxItems = server === undefined ? MAX_ITEMS : Number.POSITIVE_INFINITY
  const about = (id: string) => aboutServer(pins, id)
  for (const review of reviews) {
    if (options.show)
      for (const item of [...review.waiting, ...review.blocked, ...review.optional])
        print(printItem(item, { paint, width }))
    print(
      printReview(review, {
        paint,
        width,
        about,
        maxItems,
        shown: options.show === true,
        call: callFor(options),
      }),
    )
  }
  return exit
}

function nothingHeld({ sources }: PinsAtHand, only: string | undefined): string {
  const servers = [...sources.lock.servers].filter(([id]) => only === undefined || id === only)
  const approved = servers.reduce((sum, [, { items }]) => sum + items.size, 0)
  const of = only === undefined ? '' : ` of ${showTarget(only)}`
  return `Nothing waits${of}: ${approved} items are approved.`
}

async function showItems(
  pins: PinsAtHand,
  server: string,
  named: readonly string[],
  options: ReviewOptions,
): Promise<number> {
  const keys = named.map((item) =>
    requireItem(pins, server, item.startsWith(`${server}/`) ? bare(pins, server, item) : item),
  )
  const [review] = await reviewPins(pins.sources, server)
  const held = review === undefined ? [] : [...review.waiting, ...review.blocked, ...review.optional]
  const shown: (ReviewItem | ApprovedItem)[] = []
  for (const key of new Set(keys)) {
    const item = held.find((one) => one.key === key) ?? (await approvedItem(pins.sources, server, key))
    if (item !== undefined) shown.push(item)
  }
  if (options.json) print([visibleJson({ lock: pins.store.lockPath, items: shown.map(plainItem) })])
  else {
    const paint = paintFor(process.stdout)
    for (const item of shown)
      print('hold' in item ? printItem(item, { paint, width: columns() }) : approvedItemLines(item))
  }
  return shown.some((item) => 'hold' in item && item.hold.state !== 'optional') ? EXIT.findings : EXIT.fine
}

/** An item that was given with its server before it, as everything else prints it. */
function bare({ sources }: PinsAtHand, server: string, item: string): string {
  const known = sources.holds.get(server)?.has(item) || sources.lock.servers.get(server)?.items.has(item)
  return known ? item : item.slice(server.length + 1)
}

function approvedItemLines({ server, key, versions }: ApprovedItem): string[] {
  const paint = paintFor(process.stdout)
  return versions.flatMap((version) => [
    `${paint('name', showTarget(server, key))}  ${paint('good', 'approved')}`,
    ...approvedLines(version).map((line) => `  ${line}`),
    '',
    ...(version.item === undefined
      ? [`  ${paint('aside', 'its definition is not kept here')}`]
      : wholeItem(version.item, new Map(), { paint, width: columns() })),
    '',
  ])
}

function listApproved(pins: PinsAtHand, only: string | undefined, options: ReviewOptions): number {
  const { lock, now } = pins.sources
  const all = [...lock.servers]
    .filter(([id]) => only === undefined || id === only)
    .flatMap(([server, { items }]) =>
      [...items].flatMap(([item, versions]) =>
        versions.map((version) => ({ server, item, ...version, expired: isPast(version.expires, now) })),
      ),
    )
  if (options.json) {
    print([visibleJson({ lock: pins.store.lockPath, approved: all })])
    return EXIT.fine
  }
  const rows = all.map(({ server, item, by, at, version, hash, expires, expired, reason }) => [
    `${server}/${item}`,
    by,
    time(at),
    version ?? '',
    short(hash),
    until(expires, expired),
    reason ?? '',
  ])
  print([
    rows.length === 0
      ? 'Nothing is approved.'
      : table(['item', 'by', 'when', 'from', 'version', 'until', 'why'], rows),
  ])
  return EXIT.fine
}

function listExceptions(pins: PinsAtHand, only: string | undefined, options: ReviewOptions): number {
  const { lock, now } = pins.sources
  const all = lock.exceptions
    .filter(({ server }) => only === undefined || server === only)
    .map((exception): RuleException & { readonly expired: boolean } => ({
      ...exception,
      expired: isPast(exception.expires, now),
    }))
  if (options.json) {
    print([visibleJson({ lock: pins.store.lockPath, exceptions: all })])
    return EXIT.fine
  }
  const rows = all.map(({ server, item, rule, hash, by, at, expires, expired, reason }) => [
    `${server}/${item}`,
    rule,
    short(hash),
    by,
    time(at),
    until(expires, expired),
    reason ?? '',
  ])
  print([
    rows.length === 0
      ? 'There is no exception.'
      : table(['item', 'rule', 'version', 'by', 'when', 'until', 'why'], rows),
  ])
  return EXIT.fine
}

function until(expires: string | undefined, expired: boolean): string {
  if (expires === undefined) return ''
  return expired ? `expired ${time(expires)}` : time(expires)
}

function aboutServer({ config }: PinsAtHand, id: string): string {
  const server = config.servers.find((one) => one.id === id)
  return server === undefined ? 'not in this configuration' : server.trust
}

/** Everything that is known of a review, for programs. */
export function plainReview({ server, waiting, blocked, optional, changeSet }: ServerReview): object {
  return {
    server,
    changeSet,
    waiting: waiting.map(plainItem),
    blocked: blocked.map(plainItem),
    optional: optional.map(plainItem),
  }
}

function plainItem(item: ReviewItem | ApprovedItem): object {
  const { server, key } = item
  if (!('hold' in item)) {
    const versions = item.versions.map(({ item: definition, ...version }) => ({
      ...version,
      ...(definition === undefined ? {} : { definition: definition.value }),
    }))
    return { server, item: key, state: 'approved', versions }
  }
  const { hold, item: definition, base, excepted } = item
  const differences = differencesOf(item)
  return {
    server,
    item: key,
    state: hold.state,
    rule: hold.rule,
    explain: hold.explain,
    since: hold.since,
    hash: hold.hash,
    content: hold.content,
    classes: hold.classes,
    findings: hold.findings,
    excepted,
    ...(definition === undefined ? {} : { definition: definition.value }),
    ...(base === undefined ? {} : { approved: base.version }),
    ...(differences === undefined ? {} : { differences }),
  }
}

/** How wide lines may be on this stream. */
export function columns(stream: { readonly columns?: number } = process.stdout): number {
  // Some pseudo-terminals say they have none.
  return Math.min(MAX_COLUMNS, stream.columns || DEFAULT_COLUMNS)
}
