import type { AnswerAction, Config, ServerConfig } from '../../config/config.ts'
import { enforcement, trustCell } from '../../config/trust.ts'

/** What may pass of what one server answers and asks: its trust level's row, and what the configuration says otherwise. */
export interface AnswerPolicy {
  /** False: only written down (profile `observe`). */
  readonly enforced: boolean
  /** A text with one sign of orders to a model. */
  readonly suspect: AnswerAction
  /** A text with several signs together. */
  readonly orders: AnswerAction
  readonly links: 'all' | 'no-data' | 'own-hosts'
  /** `host:port` of the server itself, and those that the configuration names. */
  readonly hosts: readonly string[]
  readonly asks: ReadonlySet<Question>
  /** How much of the conversation a sampling request may draw in. */
  readonly context: 'all' | 'own' | 'none'
}

export type Question = 'elicitation' | 'sampling' | 'roots'
const QUESTIONS: readonly Question[] = ['elicitation', 'sampling', 'roots']

/** The policy of each server, worked out once; of one that is not configured nothing is believed. */
export function answerPolicies(config: Config): (server: string) => AnswerPolicy {
  const policies = new Map(config.servers.map((server) => [server.id, policyOf(server, config)]))
  const least = policyOf(undefined, config)
  return (server) => policies.get(server) ?? least
}

const CONTEXT = { trusted: 'all', partial: 'own', untrusted: 'none' } as const

function policyOf(server: ServerConfig | undefined, { profile }: Config): AnswerPolicy {
  const trust = server?.trust ?? 'untrusted'
  const { injection, links, hosts = [] } = server?.answers ?? {}
  const row = trustCell('questions', trust, profile).split('-')
  const asks = QUESTIONS.filter((question) => server?.ask?.[question] ?? row.includes(question))
  return {
    enforced: enforcement[profile] === 'enforce',
    suspect: injection ?? trustCell('suspectAnswer', trust, profile),
    orders: injection ?? trustCell('injectedAnswer', trust, profile),
    links: links ?? trustCell('links', trust, profile),
    hosts: server?.kind === 'http' ? [...hostsOf(server.url), ...hosts] : hosts,
    asks: new Set(asks),
    context: CONTEXT[trust],
  }
}

function hostsOf(url: string): readonly string[] {
  const host = URL.parse(url)?.host
  return host === undefined ? [] : [host]
}
