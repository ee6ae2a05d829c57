/**
 * How sure a finding is, and whose it is; what is done about it depends on that.
 *
 * - `own`: a value that the gateway itself keeps secret.
 * - `token`: a secret by its form alone: a provider's token, a private key, a JWT, a password in a database's address.
 * - `likely`: a jumble of characters under a name such as `api_key`.
 * - `personal`: about a person: a card, a bank account, an address.
 */
export type SecretKind = 'own' | 'token' | 'likely' | 'personal'

/** A secret within a text, by the rule that found it. Nothing of the secret itself. */
export interface SecretFinding {
  readonly rule: string
  readonly kind: SecretKind
  /** Where it stands: UTF-16 units of the text, `end` not included. */
  readonly start: number
  readonly end: number
}

/** What is more certain wins where two findings overlap. */
const RANK: Readonly<Record<SecretKind, number>> = { own: 0, token: 1, likely: 2, personal: 3 }

/** In the order of the text, none over another: of two that overlap one stands for both, over all they cover. */
export function merged(findings: readonly SecretFinding[]): readonly SecretFinding[] {
  if (findings.length < 2) return findings
  const out: SecretFinding[] = []
  for (const one of [...findings].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = out.at(-1)
    if (last === undefined || one.start >= last.end) {
      out.push(one)
      continue
    }
    const chief = RANK[one.kind] < RANK[last.kind] ? one : last
    out[out.length - 1] = { ...chief, start: last.start, end: Math.max(last.end, one.end) }
  }
  return out
}
