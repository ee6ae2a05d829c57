/**
 * Every file that is made from the description of the configuration. `node scripts/schema.ts --write` writes them, a
 * test compares them.
 */
import { jsonSchema } from './jsonSchema.ts'
import { manual } from './manual.ts'
import { configFile } from './schema.ts'

/** Path from the root of the repository -> content. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['packages/gateway/sallyport.schema.json', `${JSON.stringify(jsonSchema(configFile), null, 2)}\n`],
    ['docs/config.md', manual(configFile)],
  ])
}
