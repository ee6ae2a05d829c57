import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findBudget, type HostSetting, hostBudgets, KNOWN_HOSTS } from './timeBudgets.ts'

const timeBudgets = (settings: readonly HostSetting[]) => {
  const budgets = hostBudgets(settings)
  return (name: string) => findBudget(budgets, name)
}

describe('what is known of a host', () => {
  it('is found by the name it gives itself, in any case, and by what it adds with a hyphen', () => {
    const budgets = timeBudgets([])
    expect(budgets('opencode')).toMatchObject({ silentMs: 60_000, progressExtends: true })
    expect(budgets('Cline')).toMatchObject({ silentMs: 60_000, progressExtends: false })
    expect(budgets('gemini-cli-mcp-client-gate')).toMatchObject({ title: 'Gemini CLI', silentMs: 600_000 })
    expect(budgets('gemini-cli-mcp-clients')).toBeUndefined()
    expect(budgets('inspector')).toBeUndefined()
    expect(budgets('')).toBeUndefined()
  })

  it('gives way to what the configuration says, member by member', () => {
    const budgets = timeBudgets([
      { name: 'Claude-Code', callTimeoutMs: 90_000, progressExtends: undefined },
      { name: 'opencode', callTimeoutMs: Number.POSITIVE_INFINITY, progressExtends: undefined },
      { name: 'my host', callTimeoutMs: 30_000, progressExtends: true },
      { name: 'gemini-cli-mcp-client-slow', callTimeoutMs: 7_000, progressExtends: undefined },
    ])
    expect(budgets('claude-code')).toEqual({
      name: 'claude-code',
      title: 'Claude Code',
      silentMs: 90_000,
      progressExtends: false,
    })
    expect(budgets('opencode')).toMatchObject({ silentMs: Number.POSITIVE_INFINITY, progressExtends: true })
    expect(budgets('My Host')).toMatchObject({ title: 'my host', silentMs: 30_000, progressExtends: true })
    expect(budgets('gemini-cli-mcp-client-slow-2')).toMatchObject({ silentMs: 7_000 })
    expect(budgets('gemini-cli-mcp-client-other')).toMatchObject({ silentMs: 600_000 })
  })

  it('names where each figure is from', () => {
    for (const host of KNOWN_HOSTS) expect(host.source).toMatch(/^(measured|documented), .*\d/)
  })

  it('never throws, whatever a client calls itself', () => {
    const budgets = timeBudgets([])
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => void budgets(name)))
  })
})
