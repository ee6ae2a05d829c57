import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../pipeline/exchange.ts'
import type { LogLevelName } from '../logLevels.ts'
import { FindingLog, type ServerNews } from './findingLog.ts'
import { FindingNews, type NewsListener } from './findingNews.ts'

const exchange = (more: Partial<Exchange> = {}): Exchange => ({
  principal: 'ann',
  conversation: 'a1',
  transport: 'http',
  direction: 'client-to-server',
  era: 'legacy',
  method: 'tools/list',
  row: undefined,
  server: 'files',
  params: {},
  bytes: 0,
  startedAt: 0,
  findings: [{ rule: 'answers/hidden-text', severity: 'high' }],
  ...more,
})

const HELD: ServerNews = {
  server: 'files',
  rule: 'pins/drift',
  severity: 'medium',
  explain: 'an item is held',
}

function world() {
  const news = new FindingNews(new FindingLog(() => 0))
  const heard: string[] = []
  const follow = (
    name: string,
    more: Partial<NewsListener> & { readonly asked?: LogLevelName | 'none' } = {},
  ) =>
    news.follow({
      principal: name[0] === 'a' ? 'ann' : 'bob',
      conversation: name,
      level: () => (more.asked === 'none' ? undefined : (more.asked ?? 'debug')),
      uses: () => true,
      send: (bytes, id) => {
        const { params } = JSON.parse(bytes.toString('utf8'))
        heard.push(`${name} ${params.level} ${params.data.rule}${id === undefined ? '' : ` on ${id}`}`)
      },
      ...more,
    })
  return { news, heard, follow }
}

describe('what was found for one conversation', () => {
  it('is told to that one, and to no other of its principal or of another', () => {
    const { news, heard, follow } = world()
    for (const name of ['a1', 'a2', 'b1']) follow(name)
    news.found(exchange({ requestId: '7' }), { rule: 'answers/injection', explain: 'it was withheld' })
    expect(heard).toEqual(['a1 error answers/hidden-text on 7', 'a1 warning answers/injection on 7'])
  })

  it('of two requests of one principal that name no conversation only its own hears it', () => {
    const { news, heard, follow } = world()
    follow('a1', { conversation: undefined, requestId: '1' })
    follow('a2', { conversation: undefined, requestId: '2' })
    follow('a3')
    news.found(exchange({ conversation: undefined, requestId: '2' }), undefined)
    expect(heard).toEqual(['a2 error answers/hidden-text on 2'])
  })

  it('of a process that conversations share, each of its principal that uses it hears it', () => {
    const { news, heard, follow } = world()
    for (const name of ['a1', 'b1']) follow(name)
    follow('a2', { uses: (server) => server !== 'files' })
    news.found(exchange({ conversation: undefined }), undefined)
    expect(heard).toEqual(['a1 error answers/hidden-text'])
  })

  it('is nothing where nothing was found', () => {
    const { news, heard, follow } = world()
    follow('a1')
    news.found(exchange({ findings: [] }), undefined)
    expect(heard).toEqual([])
  })
})

describe('what is known of a server', () => {
  it('is told to all who use it and asked for it, as long as they are there', () => {
    const { news, heard, follow } = world()
    const unfollow = follow('a1')
    follow('a2', { asked: 'error' })
    follow('a3', { asked: 'none' })
    follow('b1', { asked: 'warning' })
    follow('b2', { uses: (server) => server === 'mail' })
    news.ofServer(HELD)
    expect(heard).toEqual(['a1 warning pins/drift', 'b1 warning pins/drift'])
    unfollow()
    news.ofServer(HELD)
    expect(heard.slice(2)).toEqual(['b1 warning pins/drift'])
  })
})
