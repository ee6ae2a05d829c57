import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { JSON_RULES } from '../../packages/controls/json/fault.ts'
import { GATEWAY_RULES, rulesPage } from '../../packages/gateway/src/rules.ts'
import { SCAN_RULE_TEXTS } from '../../packages/gateway/src/scan/rules.ts'
import { RULE_SECTIONS } from '../../scripts/ruleSections.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(new URL(path, new URL('../../', import.meta.url)), 'utf8')

/** Rule ids that stand as literals where something is refused. */
function usedRules(): Map<string, string> {
  const used = new Map<string, string>()
  const areas =
    /'((?:answers|approvals|audit|bridge|daemon|elicitation|envelope|era|gateway|headers|host|http|identity|limits|listen|lists|message|method|names|pins|relay|resources|route|server-request|session|shape|surface|tasks|upstream)\/[a-z-]+)'/g
  const files = globSync('packages/gateway/src/**/*.ts', { cwd: root }).filter(
    (name) => !name.endsWith('.test.ts') && !name.endsWith('/rules.ts'),
  )
  for (const file of files) {
    for (const [, rule] of read(file).matchAll(areas)) if (rule !== undefined) used.set(rule, file)
  }
  return used
}

/** Methods of the protocol look like rules. */
const METHODS =
  /^resources\/(list|read|subscribe|unsubscribe|templates|updated|directory)$|^elicitation\/(create|complete)$|^tasks\/(get|list|cancel|result|update|status)$/

describe('the rules page', () => {
  it('has every rule the gateway refuses by, and nothing else', () => {
    const used = [...usedRules()].filter(([rule]) => !METHODS.test(rule))
    const missing = used.filter(([rule]) => !(rule in GATEWAY_RULES || rule in SCAN_RULE_TEXTS))
    expect(missing).toEqual([])
    const known = new Set(used.map(([rule]) => rule))
    const built = /^upstream\/|^route\/unknown-/ // put together from a fault's code or a kind
    expect(Object.keys(GATEWAY_RULES).filter((rule) => !known.has(rule) && !built.test(rule))).toEqual([])
  })

  it('has every rule of the JSON reader that the gateway gives for what it refuses itself', () => {
    const files = globSync('packages/gateway/src/**/*.ts', { cwd: root }).filter(
      (name) => !name.endsWith('.test.ts'),
    )
    const used = files.flatMap((file) =>
      [...read(file).matchAll(/'(json\/[a-z-]+)'/g)].map(([, rule]) => rule ?? ''),
    )
    expect(used.filter((rule) => !(rule in JSON_RULES))).toEqual([])
    expect(used).toContain('json/too-large')
  })

  it('has every rule that a scan finds by, and nothing else', () => {
    const files = globSync('packages/gateway/src/scan/**/*.ts', { cwd: root }).filter(
      (name) => !/\.(?:test|fixture)\.ts$|\/rules\.ts$|\/testing\//.test(name),
    )
    const literals = files.flatMap((file) =>
      [...read(file).matchAll(/'((?:bundle|config|inspect)\/[a-z-]+)'/g)].map(([, rule]) => rule ?? ''),
    )
    const used = new Set(literals.filter((rule) => rule !== 'config/file'))
    expect([...used].filter((rule) => !(rule in SCAN_RULE_TEXTS))).toEqual([])
    const unused = Object.keys(SCAN_RULE_TEXTS).filter(
      (rule) => !used.has(rule) && !rule.startsWith('surface/'),
    )
    expect(unused).toEqual([])
  })

  it('is what the code says', () => {
    expect(read('docs/rules.md')).toBe(rulesPage(RULE_SECTIONS))
  })
})
