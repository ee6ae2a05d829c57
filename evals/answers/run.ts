/**
 * What the controls over answers do to real results: how often a benign one is touched, by trust level, and how often one with
 * injected text gets through as it came. See docs/answers.md.
 *
 *   npm run eval:answers
 */
import { answerPolicies } from '../../packages/gateway/src/pipeline/controls/answerPolicy.ts'
import { hiddenText } from '../../packages/gateway/src/pipeline/controls/hiddenText.ts'
import { injection } from '../../packages/gateway/src/pipeline/controls/injection.ts'
import { links } from '../../packages/gateway/src/pipeline/controls/links.ts'
import type { Exchange } from '../../packages/gateway/src/pipeline/exchange.ts'
import { decideResponse } from '../../packages/gateway/src/pipeline/run.ts'
import type { ResponseDecision } from '../../packages/gateway/src/pipeline/verdict.ts'
import { readInbound } from '../../packages/gateway/src/protocol/message.ts'
import { corporaExist, readCorpus } from '../detection/corpora.ts'

const LEVELS = ['trusted', 'partial', 'untrusted'] as const
type Level = (typeof LEVELS)[number]

interface Counts {
  results: number
  /** Byte for byte as the server sent it. */
  untouched: number
  hidden: number
  links: number
  wrapped: number
  withheld: number
}

const config = {
  profile: 'balanced',
  servers: LEVELS.map((trust) => ({ id: trust, trust, kind: 'stdio' })),
} as unknown as Parameters<typeof answerPolicies>[0]
const policyOf = answerPolicies(config)
const controls = [
  hiddenText(policyOf),
  injection({ policyOf, keep: () => 'kept', secret: 'an evaluation' }),
  links(policyOf, (text) => text),
]

function measure(corpus: 'results_benign' | 'results_malicious', level: Level): Counts {
  const counts: Counts = { results: 0, untouched: 0, hidden: 0, links: 0, wrapped: 0, withheld: 0 }
  for (const { text = '' } of readCorpus(corpus)) {
    const bytes = Buffer.from(
      JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text }] } }),
    )
    const read = readInbound(bytes, { maxBytes: bytes.length })
    if (!read.ok) continue
    const exchange = {
      server: level,
      method: 'tools/call',
      direction: 'client-to-server',
      era: 'modern',
      params: {},
      findings: [],
    }
    const decision = decideResponse(
      controls,
      exchange as unknown as Exchange,
      read.message,
      (control, error) => {
        throw new Error(`${control} failed`, { cause: error })
      },
    ) as ResponseDecision
    counts.results++
    if (decision.kind === 'pass') counts.untouched++
    else {
      const shown = decision.kind === 'rewrite' ? JSON.stringify(decision.message.value) : ''
      const rules = (exchange.findings as { readonly rule: string }[]).map(({ rule }) => rule)
      if (rules.some((rule) => rule.startsWith('text/'))) counts.hidden++
      if (rules.some((rule) => rule.startsWith('links/'))) counts.links++
      if (shown.includes('[Sallyport withheld')) counts.withheld++
      else if (shown.includes('[Sallyport end')) counts.wrapped++
    }
  }
  return counts
}

if (!corporaExist()) {
  process.stderr.write(
    'eval:answers could not check: the corpora are not there (../shared/reference/data/detection beside the repository).\n',
  )
  process.exitCode = 3
} else {
  const figures: Record<string, Record<string, Counts>> = {}
  const columns = ['results', 'untouched', 'hidden', 'links', 'wrapped', 'withheld'] as const
  process.stdout.write(`${['corpus', 'level', ...columns].map((one) => one.padEnd(18)).join('')}\n`)
  for (const corpus of ['results_benign', 'results_malicious'] as const) {
    figures[corpus] = {}
    for (const level of LEVELS) {
      const counts = measure(corpus, level)
      figures[corpus][level] = counts
      process.stdout.write(
        `${[corpus, level, ...columns.map((one) => String(counts[one]))].map((one) => one.padEnd(18)).join('')}\n`,
      )
    }
  }
  process.stdout.write(`${JSON.stringify(figures)}\n`)
}
