/**
 * How well each control does over its vectors: what is caught, missed, and refused without need. See the control's page in docs/.
 *
 *   npm run eval:controls [NAME...]
 */

import { measureCommands } from './commands.ts'
import { type ControlMeasure, type Figures, jsonOf, tableOf } from './figures.ts'
import { measurePaths } from './paths.ts'
import { measureSecrets } from './secrets.ts'
import { measureSql } from './sql.ts'
import { measureSsrf } from './ssrf.ts'
import { vectorsExist } from './vectors.ts'

/** One line a control, in the order in which they are printed. */
const MEASURES: readonly ControlMeasure[] = [
  { name: 'paths', measure: measurePaths },
  { name: 'ssrf', measure: measureSsrf },
  { name: 'sql', measure: async () => ({ ...(await measureSql()) }) },
  { name: 'commands', measure: async () => ({ ...(await measureCommands()) }) },
  { name: 'secrets', measure: async () => ({ ...(await measureSecrets()) }) },
]

/** Measured against vectors that are not part of the repository; the others bring their own. */
const NEEDS_VECTORS: ReadonlySet<string> = new Set(['paths', 'ssrf', 'secrets'])

const wanted = process.argv.slice(2)
const measured = new Map<string, Figures>()
for (const { name, measure } of MEASURES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  if (NEEDS_VECTORS.has(name) && !vectorsExist()) {
    process.stderr.write(
      `eval:controls could not check ${name}: its vectors are not there (../shared/reference/data beside the repository)\n`,
    )
    process.exitCode = 3
  } else measured.set(name, await measure())
}
process.stdout.write(`${tableOf(measured)}\n${jsonOf(measured)}\n`)
