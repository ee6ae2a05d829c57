import { describe, expect, it } from 'vitest'
import type { View } from '../ingress/port.ts'
import { runsAnywhere } from './placement.ts'

const servers = { ids: ['remote', 'local'], stateless: (server: string) => server === 'remote' }
const ALL: View = { kind: 'all' }

describe('where a modern request is carried out', () => {
  it.each([
    ['a call of a local server', 'tools/call', { name: 'local__run' }, ALL],
    ['a call of nobody we know', 'tools/call', { name: 'nobody__run' }, ALL],
    ['a call without a name', 'tools/call', {}, ALL],
    ['a list of them all', 'tools/list', {}, ALL],
    ['a resource, whose owner only the lists know', 'resources/read', { uri: 'x://remote__y' }, ALL],
    ['a stream of changes', 'subscriptions/listen', { notifications: {} }, ALL],
    ['anything of one local server', 'tools/list', {}, { kind: 'one', server: 'local' }],
    ['a server that is gone', 'tools/list', {}, { kind: 'one', server: 'gone' }],
  ] as const)('%s goes home', (_what, method, params, view) => {
    expect(runsAnywhere({ method, params }, view, servers)).toBe(false)
  })

  it.each([
    ['a call of a stateless server', 'tools/call', { name: 'remote__find' }, ALL],
    ['a prompt of one', 'prompts/get', { name: 'remote__ask' }, ALL],
    ['anything of one alone', 'subscriptions/listen', {}, { kind: 'one', server: 'remote' }],
  ] as const)('%s stays where it came', (_what, method, params, view) => {
    expect(runsAnywhere({ method, params }, view, servers)).toBe(true)
  })

  it('where every server is stateless, everything stays where it came', () => {
    const all = { ...servers, stateless: () => true }
    expect(runsAnywhere({ method: 'tools/list', params: {} }, ALL, all)).toBe(true)
  })
})
