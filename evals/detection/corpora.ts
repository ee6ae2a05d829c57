import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { JsonValue } from '../../packages/controls/json/index.ts'
import type { SurfaceItem } from '../../packages/controls/surface/index.ts'

/** One row of a corpus. */
export interface Row {
  readonly id: string
  readonly source: string
  readonly label: 'benign' | 'malicious'
  readonly server: string
  readonly tool?: { readonly name: string; readonly [member: string]: JsonValue }
  readonly text?: string
  readonly meta?: {
    readonly inj?: string
    readonly loc?: string
    readonly uni?: boolean
    readonly cat?: string
  } | null
}

export type CorpusName =
  | 'tools_benign'
  | 'tools_malicious'
  | 'results_benign'
  | 'results_malicious'
  | 'prompts_malicious'

const FOLDER = fileURLToPath(new URL('../../../shared/reference/data/detection/', import.meta.url))

/** The corpora lie beside the repository and are not part of it. */
export function corporaExist(): boolean {
  return existsSync(`${FOLDER}tools_benign.jsonl`)
}

export function readCorpus(name: CorpusName): Row[] {
  return readFileSync(`${FOLDER}${name}.jsonl`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
}

export function toolOf({ tool }: Row): SurfaceItem {
  return { kind: 'tool', name: tool?.name ?? '', value: tool ?? {} }
}

/** The names of each server's tools, as far as the benign corpus has them. */
export function toolNames(rows: readonly Row[]): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const { server, tool } of rows) names.set(server, [...(names.get(server) ?? []), tool?.name ?? ''])
  return names
}

/** Sources that one author or one grammar made are left out together. */
export function familyOf(source: string): string {
  return source.startsWith('generatorA') ? 'generatorA' : source
}
