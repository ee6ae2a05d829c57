import { describe, expect, it } from 'vitest'
import { differencesOf, differencesText, failuresOf, figuresOf, tableOf } from './report.ts'
import type { Check, Requirements, SuiteRun } from './suite.ts'

const check = (id: string, status: Check['status'], errorMessage?: string): Check => ({
  id,
  description: `what ${id} says`,
  status,
  ...(errorMessage === undefined ? {} : { errorMessage }),
})

const requirements: Requirements = { required: ['ping', 'tools-list'], notScored: ['tasks'] }

const direct: SuiteRun = new Map([
  ['ping', [check('a', 'SUCCESS'), check('a', 'SUCCESS')]],
  ['tools-list', [check('b', 'SUCCESS')]],
  ['tasks', [check('c', 'FAILURE', 'not there'), check('d', 'SKIPPED')]],
])

describe('figures', () => {
  it('count required scenarios that pass, and the checks of all scenarios', () => {
    expect(figuresOf(direct, requirements)).toEqual({ required: 2, passed: 3 })
  })

  it('do not count a required scenario that did not run', () => {
    expect(figuresOf(new Map([['ping', []]]), requirements)).toEqual({ required: 1, passed: 0 })
  })
})

describe('differences', () => {
  it('are none between a run and itself', () => {
    expect(differencesOf(direct, direct)).toEqual([])
  })

  it('name a check that fails on one side only, with what the suite saw', () => {
    const gateway = new Map(direct).set('tools-list', [check('b', 'FAILURE', 'got 404')])
    expect(differencesText(differencesOf(direct, gateway), 'direct', 'gateway')).toBe(
      'tools-list / b: direct SUCCESS, gateway FAILURE\n  what b says\n  got 404',
    )
  })

  it('compare the nth use of an id with the nth, and see a check that is missing', () => {
    const gateway = new Map(direct).set('ping', [check('a', 'SUCCESS')])
    expect(differencesOf(direct, gateway)).toMatchObject([
      { scenario: 'ping', id: 'a (2)', before: 'SUCCESS', after: 'ABSENT' },
    ])
  })

  it('see a scenario that did not run at all', () => {
    const gateway = new Map(direct)
    gateway.delete('tools-list')
    expect(differencesOf(direct, gateway)).toMatchObject([{ scenario: 'tools-list', after: 'ABSENT' }])
  })

  it('leave out what only notes something', () => {
    const gateway = new Map(direct).set('tools-list', [check('b', 'SUCCESS'), check('seen', 'INFO')])
    expect(differencesOf(direct, gateway)).toEqual([])
  })

  it('from perfection are the failed checks', () => {
    expect(failuresOf(direct)).toMatchObject([{ scenario: 'tasks', id: 'c', evidence: 'not there' }])
  })
})

it('the table shows each run in a column of its own', () => {
  const gateway = new Map(direct).set('ping', [check('a', 'SUCCESS'), check('a', 'FAILURE')])
  const columns = [['direct', direct] as const, ['gateway', gateway] as const]
  const rows = tableOf('2025-11-25', columns, requirements)
    .split('\n')
    .map((row) => row.split(/\s{2,}/))
  expect(rows).toContainEqual(['ping', 'yes', '2/2', '1/2 ✗'])
  expect(rows).toContainEqual(['required scenarios passed', '2/2', '1/2'])
})
