/** `sallyport review --withheld`: texts of answers that gave orders to a model, as a person may read them. */
import { join } from 'node:path'
import { visible } from '@sallyport/controls/text'
import { visibleJson } from '../pins/visibleJson.ts'
import { statePaths } from '../state/paths.ts'
import { type KeptText, readWithheld } from '../withheld/withheldTexts.ts'
import { type GlobalOptions, place } from './context.ts'
import { CommandError, EXIT } from './exit.ts'
import { print } from './print.ts'
import { time } from './printItem.ts'
import { table } from './table.ts'

/** All that are kept, or those with these ids in full. */
export async function runWithheld(ids: readonly string[], options: GlobalOptions): Promise<number> {
  const folder = join(statePaths(place()).state, 'withheld')
  const kept = await readWithheld(folder)
  if (ids.length === 0) {
    print([
      options.json
        ? visibleJson({ folder, withheld: kept.map(({ text: _text, ...about }) => about) })
        : list(kept),
    ])
    return EXIT.fine
  }
  const shown = ids.map((id) => {
    const one = kept.find((text) => text.id === id)
    if (one === undefined)
      throw new CommandError(
        EXIT.usage,
        `no withheld text "${visible(id.slice(0, 64))}": "sallyport review --withheld" lists them`,
      )
    return one
  })
  print(options.json ? [visibleJson({ folder, withheld: shown })] : shown.flatMap(whole))
  return EXIT.fine
}

function list(kept: readonly KeptText[]): string {
  if (kept.length === 0) return 'No text is withheld.'
  return table(
    ['id', 'server', 'asked for', 'when', 'rules', 'characters'],
    kept.map((one) => [
      one.id,
      one.server,
      one.name ?? one.method,
      time(one.at),
      one.rules.join(', '),
      String(one.text.length + one.cut),
    ]),
  )
}

/** Line by line, so that nothing in it moves the cursor, hides, or looks like a line of ours. */
function whole({ id, server, method, name, where, rules, at, text, cut }: KeptText): string[] {
  return [
    `${id}  ${visible(server)}  ${visible(name ?? method)}  ${time(at)}`,
    `  ${rules.map((rule) => visible(rule)).join(', ')} at ${visible(where)}`,
    '',
    ...text.split(/\r?\n/).map((line) => `  | ${visible(line)}`),
    ...(cut === 0 ? [] : [`  (${cut} more characters were not kept)`]),
    '',
  ]
}
