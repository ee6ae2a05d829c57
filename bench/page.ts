/** The measured part of docs/performance.md, between two comments; the words around it are written by hand. */
import { spreadText } from './report.ts'
import type { Results, Row } from './results.ts'

const BEGIN = '<!-- measured: written by `npm run bench -- --write`, not by hand -->'
const END = '<!-- end of measured -->'

/** The page with these results in the place of those before. Throws when it has no such place. */
export function pageWith(page: string, results: Results): string {
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from < 0 || to < from)
    throw new Error(`docs/performance.md has no part between "${BEGIN}" and "${END}"`)
  return `${page.slice(0, from + BEGIN.length)}\n\n${measuredPart(results)}\n${page.slice(to)}`
}

function measuredPart(results: Results): string {
  const { node, processors, pinning, rounds, others, rows, tables, missing } = results
  const missed = rows.filter(({ standing }) => standing === 'MISSED').length
  const unread = rows.filter(({ standing }) => standing === 'no reading').length
  const parts = [
    `Node ${node}, ${processors}; ${pinning}. ${rounds} rounds; other processes used ${Math.round(others * 100)} % of the machine.`,
    '',
    '| figure | measured | gate | goal | holds | what it is |',
    '|---|---|---|---|---|---|',
    ...rows.map(rowText),
    '',
    `${rows.length - missed - unread} of ${rows.length} hold their gate, ${rows.filter(({ standing }) => standing === 'goal').length} of them reach the goal; ${missed} missed, ${unread} without a reading.`,
    '',
    ...(missing.length === 0 ? [] : ['Not measured:', '', ...missing.map((line) => `- ${line}`), '']),
    ...tables.flatMap(({ title, text }) => [`### ${title}`, '', '```', text, '```', '']),
  ]
  return parts.join('\n')
}

function rowText({ label, value, better, gate, goal, standing, means }: Row): string {
  const sign = better === 'lower' ? '≤' : '≥'
  return `| ${label} | ${spreadText(value, 2)} | ${sign} ${gate} | ${sign} ${goal} | ${standing} | ${means} |`
}
