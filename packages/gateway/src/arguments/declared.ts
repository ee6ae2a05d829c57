/** What is refused where the configuration says what a parameter may be: everything that is not certainly within. */
import { checkCommand } from '@sallyport/controls/commands'
import { checkFormat } from '@sallyport/controls/formats'
import { checkPath } from '@sallyport/controls/paths'
import { checkSql } from '@sallyport/controls/sql'
import { checkUrl } from '@sallyport/controls/urls'
import type { ParameterCheck } from '../config/argumentChecks.ts'
import type { ArgumentEdges, ArgumentFault } from './edges.ts'

export type DeclaredOutcome = ArgumentFault | undefined | Promise<ArgumentFault | undefined>

/** `local`: the server runs here, so its links can be followed. */
export function checkDeclared(
  check: ParameterCheck,
  text: string,
  local: boolean,
  edges: ArgumentEdges,
): DeclaredOutcome {
  const { path, url, sql, command, format, integer, text: plain, maxLength } = check
  if (maxLength !== undefined && text.length > maxLength)
    return { rule: 'arguments/length', explain: `It is longer than ${maxLength} characters.` }
  for (const one of [format, integer, plain]) {
    if (one === undefined) continue
    const decision = checkFormat(text, one)
    if (!decision.ok) return decision
  }
  if (sql !== undefined) {
    const decision = checkSql(text, sql)
    if (!decision.ok) return decision
  }
  if (command !== undefined) {
    const decision = checkCommand(text, command)
    if (!decision.ok) return decision
  }
  const waits: Promise<ArgumentFault | undefined>[] = []
  if (url !== undefined) {
    const decision = checkUrl(text, url)
    if (!decision.allowed) return decision
    if (url.resolve && decision.target === 'name') waits.push(edges.host(decision.host, url))
  }
  if (path !== undefined) {
    const decision = checkPath(text, path)
    if (!decision.inside) return decision
    if (local) waits.push(edges.realPath(text, path))
  }
  if (waits.length === 0) return undefined
  return Promise.all(waits).then((faults) => faults.find((one) => one !== undefined))
}
