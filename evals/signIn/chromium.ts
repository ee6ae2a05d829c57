/** The sign-in in a real browser: the system's Chromium, driven as a person would use it. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** The browser of this machine; `undefined` where there is none. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync)
}

export interface Visited {
  /** Where the browser was sent in the end, at the client. */
  readonly answer: URL
  /** The words of the consent page. */
  readonly consent: string
  /** What a page asked of another host, or its own policy forbade. There must be nothing. */
  readonly complaints: readonly string[]
}

/** One person's browser: it stays signed in. */
export class Person {
  readonly #browser: Browser
  #page: Page | undefined

  private constructor(browser: Browser) {
    this.#browser = browser
  }

  static async open(executablePath: string): Promise<Person> {
    // Run as root in a container, Chromium has no sandbox of its own.
    return new Person(await chromium.launch({ executablePath, args: ['--no-sandbox'] }))
  }

  /**
   * Opens what a client sends its person to, signs in where that is asked, allows, and stops where the client waits.
   *
   * @param redirect address, without its query, that the client waits at
   */
  async allow(
    url: string,
    options: { readonly passphrase: string; readonly redirect: string },
  ): Promise<Visited> {
    this.#page ??= await (await this.#browser.newContext()).newPage()
    const page = this.#page
    const complaints: string[] = []
    const answered = Promise.withResolvers<URL>()
    const home = new URL(url).origin
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text())
    })
    page.on('request', (request) => {
      const asked = new URL(request.url())
      if (asked.origin + asked.pathname === options.redirect) answered.resolve(asked)
      else if (asked.origin !== home) complaints.push(`asked ${asked.origin}`)
    })
    let consent = ''
    await page.goto(url)
    for (let pages = 0; pages < 4; pages++) {
      if ((await page.locator('input[name=passphrase]').count()) > 0) {
        await page.locator('input[name=passphrase]').fill(options.passphrase)
        await page.locator('button[value=sign-in]').click()
      } else if ((await page.locator('button[value=allow]').count()) > 0) {
        consent = await page.locator('body').innerText()
        await page.locator('button[value=allow]').click()
      } else break
      await page.waitForLoadState('domcontentloaded').catch(() => undefined)
    }
    const late = setTimeout(() => answered.reject(new Error(`the browser stayed at ${page.url()}`)), 20_000)
    try {
      return { answer: await answered.promise, consent, complaints }
    } finally {
      clearTimeout(late)
      page.removeAllListeners()
    }
  }

  /** Another tab of the browser: what it is signed in to holds there. */
  async tab(): Promise<Page> {
    this.#page ??= await (await this.#browser.newContext()).newPage()
    return await this.#page.context().newPage()
  }

  /** A browser that was never signed in to anything. */
  async freshBrowser(): Promise<Page> {
    return await (await this.#browser.newContext()).newPage()
  }

  async close(): Promise<void> {
    await this.#browser.close()
  }
}
