/** What detection says of what is new in a change, beside what it said of the item before. */
import { type Inventory, inspectTexts, makeInventory, type TextFinding } from '@sallyport/controls/detection'
import { type ItemText, type SurfaceItem, textsOf } from '@sallyport/controls/surface'

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

/**
 * A finding that the approved item had as well, by the same rule on the same words, is not new: the neighbours of a new
 * sentence are scanned with it.
 */
export function scanNew(
  before: SurfaceItem | null,
  after: SurfaceItem,
  texts: readonly ItemText[],
  server: string,
  inventory: Inventory,
): ScanVerdict {
  const { verdict, findings } = inspectTexts(after, texts, { server, inventory })
  if (verdict === 'pass' || before === null) return verdict
  const idOf = ({ rule, evidence }: TextFinding) => `${rule} ${evidence}`
  const known = new Set(inspectTexts(before, textsOf(before), { server, inventory }).findings.map(idOf))
  return findings.some((finding) => !known.has(idOf(finding))) ? verdict : 'pass'
}
