/** Puts results into docs/performance.md. As a program: `node bench/writePage.ts FILE`, with what `--save FILE` wrote. */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { pageWith } from './page.ts'
import type { Results } from './results.ts'

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url))

/** Rejects when the page has no place for them. */
export async function writePage(results: Results): Promise<void> {
  await writeFile(PAGE, pageWith(await readFile(PAGE, 'utf8'), results))
}

if (import.meta.main) {
  const [file] = process.argv.slice(2)
  if (file === undefined) {
    process.stderr.write('usage: node bench/writePage.ts FILE (what `npm run bench -- --save FILE` wrote)\n')
    process.exitCode = 2
  } else {
    await writePage(JSON.parse(await readFile(file, 'utf8')) as Results)
  }
}
