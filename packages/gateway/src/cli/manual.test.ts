import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commandsPage } from './manual.ts'
import { makeProgram } from './program.ts'

describe('docs/commands.md', () => {
  const program = makeProgram(() => undefined)
  const command = (...path: string[]) =>
    path.reduce((at, name) => at.commands.find((one) => one.name() === name) ?? at, program)
  const flags = (...path: string[]) => command(...path).options.map((option) => option.long)

  it('is what the program says', () => {
    const page = readFileSync(new URL('../../../../docs/commands.md', import.meta.url), 'utf8')
    expect(commandsPage(program), 'run node scripts/commands.ts --write').toBe(page)
  })

  it('tail, query and export take the same filters, and nothing that they would ignore', () => {
    const filters = flags('audit', 'query').filter((flag) => flag !== '--limit')
    expect(filters).toContain('--since')
    expect(flags('audit', 'tail')).toEqual([...filters, '--follow', '--lines'])
    expect(flags('audit', 'export')).toEqual([...filters, '--what', '--format'])
  })

  it('every option says what it is for', () => {
    const all = [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]
    const silent = all.flatMap((one) => one.options.filter((option) => option.description === ''))
    expect(silent.map((option) => option.flags)).toEqual([])
  })
})
