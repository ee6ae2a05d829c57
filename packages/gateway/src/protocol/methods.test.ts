import { describe, expect, it } from 'vitest'
import type { Era } from './era.ts'
import { INPUT_REQUIRED_METHODS, METHODS, methodRow } from './methods.ts'

const asked = (
  method: string,
  era: Era,
  sender: 'client' | 'server',
  type: 'request' | 'notification' = 'request',
) => methodRow(method, { era, sender, type })

interface Sent {
  readonly clientAsks?: readonly string[]
  readonly serverAsks?: readonly string[]
  readonly clientTells?: readonly string[]
  readonly serverTells?: readonly string[]
}

const TASKS = ['tasks/get', 'tasks/result', 'tasks/list', 'tasks/cancel']
const SKILLS = ['skills/list', 'skills/get', 'resources/directory/read']
const OFFERED = [
  ...['tools/list', 'tools/call', 'prompts/list', 'prompts/get', 'completion/complete'],
  ...['resources/list', 'resources/templates/list', 'resources/read'],
]
const NEWS = [
  ...['notifications/cancelled', 'notifications/progress', 'notifications/message'],
  ...['notifications/tools/list_changed', 'notifications/prompts/list_changed'],
  ...['notifications/resources/list_changed', 'notifications/resources/updated'],
]

/**
 * Written out by hand from `ClientRequest`, `ServerRequest`, `ClientNotification` and `ServerNotification` of the
 * specification's schemas: what each revision added to the one before it. 2026-07-28 began anew, and stands here whole.
 */
const SPECIFIED: readonly (readonly [revision: string, era: Era, sent: Sent])[] = [
  [
    '2024-11-05',
    'legacy',
    {
      clientAsks: [
        ...['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe'],
        ...OFFERED,
      ],
      serverAsks: ['ping', 'sampling/createMessage', 'roots/list'],
      clientTells: [
        ...['notifications/initialized', 'notifications/roots/list_changed'],
        ...['notifications/cancelled', 'notifications/progress'],
      ],
      serverTells: NEWS,
    },
  ],
  ['2025-03-26', 'legacy', {}],
  ['2025-06-18', 'legacy', { serverAsks: ['elicitation/create'] }],
  [
    '2025-11-25',
    'legacy',
    {
      clientAsks: TASKS,
      serverAsks: TASKS,
      clientTells: ['notifications/tasks/status'],
      serverTells: ['notifications/tasks/status', 'notifications/elicitation/complete'],
    },
  ],
  [
    '2026-07-28',
    'modern',
    {
      clientAsks: ['server/discover', 'subscriptions/listen', ...OFFERED],
      clientTells: ['notifications/cancelled'],
      serverTells: ['notifications/subscriptions/acknowledged', ...NEWS],
    },
  ],
  // Its extensions: Tasks, and Skills (SEP-2640), which clients of either era may use.
  [
    '2026-07-28',
    'modern',
    {
      clientAsks: ['tasks/get', 'tasks/update', 'tasks/cancel', ...SKILLS],
      serverTells: ['notifications/tasks'],
    },
  ],
  ['2026-07-28', 'legacy', { clientAsks: SKILLS }],
]

/**
 * What the table allows beyond that, because a row has one direction for all its eras. It lets nothing through: no request of
 * a modern server and no notification of a modern client is looked up.
 */
const BEYOND = [
  'modern client notification notifications/progress',
  'modern server request tasks/get',
  'modern server request tasks/cancel',
]

/** Where the name of the thing asked for stands: in every request about one thing, and in no other. */
const NAMED: Readonly<Record<string, string>> = {
  'tools/call': 'tool name',
  'prompts/get': 'prompt name',
  'resources/read': 'resource uri',
  'resources/subscribe': 'resource uri',
  'resources/unsubscribe': 'resource uri',
  'skills/get': 'resource uri',
  'resources/directory/read': 'resource uri',
  'tasks/get': 'task taskId',
  'tasks/result': 'task taskId',
  'tasks/cancel': 'task taskId',
  'tasks/update': 'task taskId',
}

/** As words: who may send what, in which era. */
const wordsOf = (era: Era, { clientAsks, serverAsks, clientTells, serverTells }: Sent): string[] => [
  ...(clientAsks ?? []).map((method) => `${era} client request ${method}`),
  ...(serverAsks ?? []).map((method) => `${era} server request ${method}`),
  ...(clientTells ?? []).map((method) => `${era} client notification ${method}`),
  ...(serverTells ?? []).map((method) => `${era} server notification ${method}`),
]
const methodsOf = (sent: Sent): string[] => wordsOf('legacy', sent).map((words) => words.split(' ')[3] ?? '')

describe('the methods table against the specification', () => {
  it('allows each method of every revision to whom the specification allows it, and nothing more', () => {
    const allowed: string[] = []
    for (const method of METHODS.keys())
      for (const era of ['legacy', 'modern'] as const)
        for (const sender of ['client', 'server'] as const)
          for (const type of ['request', 'notification'] as const)
            if (asked(method, era, sender, type) !== undefined)
              allowed.push(`${era} ${sender} ${type} ${method}`)
    const specified = SPECIFIED.flatMap(([, era, sent]) => wordsOf(era, sent))
    expect(allowed.sort()).toEqual([...specified, ...BEYOND].sort())
  })

  it('says of each method since when there is one', () => {
    for (const [method, { since }] of METHODS) {
      const [first] = SPECIFIED.find(([, , sent]) => methodsOf(sent).includes(method)) ?? []
      // The one that was published before the first revision of this list had most of what that one has.
      expect(since === '2024-10-07' ? '2024-11-05' : since, method).toBe(first)
    }
  })

  it('says where the name of a thing stands', () => {
    const named = [...METHODS].flatMap(([method, { name }]) =>
      name === undefined ? [] : [[method, `${name.kind} ${name.member}`]],
    )
    expect(Object.fromEntries(named)).toEqual(NAMED)
  })
})

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
