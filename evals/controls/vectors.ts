import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../../../shared/reference/data/vectors/', import.meta.url))

/** The vectors lie beside the repository and are not part of it: their rows have licences of their own. */
export function vectorsExist(): boolean {
  return existsSync(`${FOLDER}payload_path_traversal.jsonl`)
}

export function readVectors<Row>(name: string): Row[] {
  return readFileSync(`${FOLDER}${name}.jsonl`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
}
