/**
 * A copy of the gateway in which one control is missing: where `pipeline/order.ts` builds it stands something that everything
 * passes, and nothing else differs. It shows what that control is good for; it is no setting, and nobody can configure it.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ControlName } from '../../examples/stories/story.ts'
import { ROOT } from './home.ts'

/** What builds each control in `pipeline/order.ts`: on the way there, just before it is sent, and on the way back. */
const BUILT_BY: Readonly<Record<ControlName, RegExp>> = {
  access: /\baccess(?:OnRequest|AtDispatch|OnResponse)\(/g,
  pins: /\bpins(?:OnRequest|AtDispatch|OnResponse)\(/g,
  schemas: /\bschemaOn(?:Request|Response)\(/g,
  arguments: /\bargumentChecks\(/g,
  secrets: /\bsecretsOn(?:Request|Answer|Response)\(/g,
  flow: /\bflow\w*\(/g,
  approvals: /\bconfirm\w*\(/g,
  hiddenText: /\bhiddenText\(/g,
  serverRequests: /\bserverRequests\(/g,
  injection: /\binjection\(/g,
  links: /\blinks\(/g,
}

export const CONTROLS = Object.keys(BUILT_BY) as readonly ControlName[]

const ORDER = 'packages/gateway/src/pipeline/order.ts'

/** Stands in the place of a control that is gone: everything passes it. */
const GONE = `
function gone(..._parts: unknown[]) {
  const pass = () => ({ kind: 'pass' as const })
  return { name: 'gone', decide: pass, inspect: pass }
}
`

/** `order.ts` without a control. Throws where it has none of that name: a test of nothing would look like a success. */
export function withoutControl(order: string, control: ControlName): string {
  const without = order.replace(BUILT_BY[control], 'gone(')
  if (without === order) throw new Error(`${ORDER} builds no ${control}`)
  return without + GONE
}

export interface Mutant {
  /** The root of the copy. */
  readonly root: string
  remove(): void
}

export function makeMutant(control: ControlName): Mutant {
  const root = mkdtempSync(join(tmpdir(), `sallyport-without-${control}-`))
  cpSync(join(ROOT, 'packages/gateway'), join(root, 'packages/gateway'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(root, 'package.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  const file = join(root, ORDER)
  writeFileSync(file, withoutControl(readFileSync(file, 'utf8'), control))
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}
