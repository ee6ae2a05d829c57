/** What detection says of a change, as the gateway asks it. */
import { type Inventory, inspectChange, makeInventory, wordsOf } from '@sallyport/controls/detection'
import { newTexts, type SurfaceItem, textsOf } from '@sallyport/controls/surface'

export type ScanVerdict = 'pass' | 'flag' | 'block'

/** Another server that most people have, for what steers its tools. */
const MAIL: readonly string[] = ['send_email', 'list_emails', 'read_email']

/** Names of the tools of a server as it is after its update, and of the other one. */
export function inventoryOf(server: string, items: readonly SurfaceItem[]): Inventory {
  const names = items.filter(({ kind }) => kind === 'tool').map(({ name }) => name)
  return makeInventory(
    new Map<string, readonly string[]>([
      [server, names],
      ['mail', MAIL],
    ]),
  )
}

/** Every word of what was approved of a server. */
export function wordsOfAll(server: string, items: readonly SurfaceItem[]): ReadonlySet<string> {
  const texts = items.flatMap((item) => textsOf(item).map(({ text }) => text))
  return new Set([server, ...texts].flatMap((text) => [...wordsOf(text)]))
}

/** What the change is to be judged by. */
export interface ScanContext {
  readonly server: string
  readonly inventory: Inventory
  readonly words: ReadonlySet<string>
}

/** Says nothing of what was there before, but where it stands beside what is new. */
export function scanChange(
  before: SurfaceItem | null,
  after: SurfaceItem,
  { server, inventory, words }: ScanContext,
): ScanVerdict {
  const texts = newTexts(before, after)
  return inspectChange(after, before ?? undefined, texts, { server, inventory, approvedWords: () => words })
    .verdict
}
