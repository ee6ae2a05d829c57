/**
 * A browser as far as signing in needs one: cookies by their rules, forms, redirects, and pages that go on by themselves.
 */

export interface Page {
  readonly url: string
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

interface Cookie {
  readonly value: string
  readonly path: string
  readonly line: string
}

/** Where a browser ends up: at a page, or sent to an address that is not followed. */
export type Landing =
  | ({ readonly kind: 'page' } & Page)
  | { readonly kind: 'elsewhere'; readonly url: URL; readonly from: string }

export class Browser {
  readonly #cookies = new Map<string, Map<string, Cookie>>()
  /** What it says of where a request comes from. */
  site: 'none' | 'cross-site' | undefined = 'none'

  /** Opens an address as a person does, and goes where it leads as long as that is at `within`. */
  async open(url: string, within: string | readonly string[] = new URL(url).origin): Promise<Landing> {
    return await this.#go(url, { method: 'GET', headers: this.#siteHeader(this.site) }, [within].flat())
  }

  /** Presses a button of a page's form. */
  async press(
    page: Page,
    button: string,
    fields: Readonly<Record<string, string>> = {},
    within: string | readonly string[] = new URL(page.url).origin,
  ): Promise<Landing> {
    const action = /<form[^>]* action="([^"]+)"/.exec(page.text)?.[1]
    if (action === undefined) throw new Error(`no form on the page at ${page.url}: ${page.text}`)
    const form = new URLSearchParams()
    for (const [, name = '', value = ''] of page.text.matchAll(
      /<input type="hidden" name="([^"]+)" value="([^"]*)">/g,
    ))
      form.set(name, unescaped(value))
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    form.set('do', button)
    const url = new URL(unescaped(action), page.url)
    return await this.#go(
      url.href,
      {
        method: 'POST',
        body: form,
        headers: { origin: new URL(page.url).origin, 'sec-fetch-site': 'same-origin' },
      },
      [within].flat(),
    )
  }

  /** The lines that set the cookies it has for an origin, for tests of their attributes. */
  cookieLines(origin: string): readonly string[] {
    return [...(this.#cookies.get(new URL(origin).host)?.values() ?? [])].map(({ line }) => line)
  }

  async #go(url: string, first: RequestInit, within: readonly string[]): Promise<Landing> {
    let next = url
    let init: RequestInit = first
    for (let steps = 0; steps < 20; steps++) {
      const { host, pathname, protocol } = new URL(next)
      const cookie = [...(this.#cookies.get(host) ?? [])]
        .filter(([, { path }]) => pathname.startsWith(path))
        .map(([name, { value }]) => `${name}=${value}`)
        .join('; ')
      const response = await fetch(next, {
        ...init,
        redirect: 'manual',
        headers: { ...(init.headers as Record<string, string>), ...(cookie === '' ? {} : { cookie }) },
      })
      for (const line of response.headers.getSetCookie()) this.#keep(host, protocol, line)
      const text = await response.text()
      const location = response.headers.get('location') ?? undefined
      const refresh = /<meta http-equiv="refresh" content="0;url=([^"]*)">/.exec(text)?.[1]
      const to = location ?? (refresh === undefined ? undefined : unescaped(refresh))
      if (to === undefined)
        return { kind: 'page', url: next, status: response.status, text, headers: response.headers }
      const target = new URL(to, next)
      if (!within.includes(target.origin)) return { kind: 'elsewhere', url: target, from: next }
      // What a redirect keeps saying, a page that goes on by itself says anew.
      const site =
        location === undefined ? 'same-origin' : (init.headers as Record<string, string>)['sec-fetch-site']
      next = target.href
      init = { method: 'GET', headers: this.#siteHeader(site) }
    }
    throw new Error(`too many redirects from ${url}`)
  }

  #siteHeader(site: string | undefined): Record<string, string> {
    return site === undefined ? {} : { 'sec-fetch-site': site }
  }

  #keep(host: string, protocol: string, line: string): void {
    const [pair = '', ...rest] = line.split(';').map((part) => part.trim())
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals)
    const value = pair.slice(equals + 1)
    const attribute = (wanted: string) =>
      rest.find((part) => part.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)
    const path = attribute('path') ?? '/'
    const secure = rest.some((part) => part.toLowerCase() === 'secure')
    if (name.startsWith('__Host-') && (!secure || path !== '/' || attribute('domain') !== undefined))
      throw new Error(`a browser does not take this cookie: ${line}`)
    if (secure && protocol !== 'https:')
      throw new Error(`a browser does not take this cookie over http: ${line}`)
    const expires = attribute('expires')
    const jar = this.#cookies.get(host) ?? new Map<string, Cookie>()
    this.#cookies.set(host, jar)
    if (attribute('max-age') === '0' || (expires !== undefined && Date.parse(expires) < Date.now()))
      jar.delete(name)
    else jar.set(name, { value, path, line })
  }
}

/** A page, or an error that shows where the browser was sent instead. */
export function pageOf(landing: Landing): Page {
  if (landing.kind === 'page') return landing
  throw new Error(`sent to ${landing.url.href} where a page was expected`)
}

/** The answer that a client gets, or an error with the page that came instead. */
export function answerOf(landing: Landing): URLSearchParams {
  if (landing.kind === 'elsewhere') return landing.url.searchParams
  throw new Error(`a page (${landing.status}) where an answer was expected: ${textOf(landing)}`)
}

/** What a page says, without its markup. */
export function textOf({ text }: Page): string {
  return unescaped(text.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
