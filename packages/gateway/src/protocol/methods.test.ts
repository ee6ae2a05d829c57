import { describe, expect, it } from 'vitest'
import type { Era } from './era.ts'
import { INPUT_REQUIRED_METHODS, METHODS, methodRow } from './methods.ts'

const asked = (
  method: string,
  era: Era,
  sender: 'client' | 'server',
  type: 'request' | 'notification' = 'request',
) => methodRow(method, { era, sender, type })

describe('the methods table', () => {
  it.each<[string, Era, 'client' | 'server', 'request' | 'notification']>([
    ['initialize', 'modern', 'client', 'request'],
    ['server/discover', 'legacy', 'client', 'request'],
    ['subscriptions/listen', 'legacy', 'client', 'request'],
    ['tools/call', 'legacy', 'server', 'request'],
    ['tools/call', 'modern', 'client', 'notification'],
    ['sampling/createMessage', 'legacy', 'client', 'request'],
    ['sampling/createMessage', 'modern', 'server', 'request'],
    ['notifications/message', 'legacy', 'client', 'notification'],
    ['notifications/tools/list_changed', 'modern', 'client', 'notification'],
    ['Tools/Call', 'legacy', 'client', 'request'],
    ['tools/call ', 'legacy', 'client', 'request'],
    ['constructor', 'legacy', 'client', 'request'],
    ['__proto__', 'modern', 'client', 'request'],
  ])('%s (%s) from a %s as a %s has no row', (method, era, sender, type) => {
    expect(asked(method, era, sender, type)).toBeUndefined()
  })

  it('and in its own era, from its own sender, each has one', () => {
    for (const [method, row] of METHODS) {
      for (const era of row.eras) {
        const sender = row.from === 'server' ? 'server' : 'client'
        expect(asked(method, era, sender, row.type), method).toBe(row)
      }
    }
  })

  it('what names a thing says where its name stands, and only requests do', () => {
    const named = [...METHODS].filter(([, row]) => row.name !== undefined)
    expect(named.every(([, row]) => row.type === 'request')).toBe(true)
    expect(named.map(([method]) => method)).toEqual(expect.arrayContaining([...INPUT_REQUIRED_METHODS]))
  })

  it('a notification is one by its name', () => {
    for (const [method, row] of METHODS)
      expect(method.startsWith('notifications/'), method).toBe(row.type === 'notification')
  })
})
