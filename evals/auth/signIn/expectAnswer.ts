/** What cases expect of the answers of the gateway's own sign-in. */
import { expect } from '../expect.ts'
import { Browser, type Landing, textOf } from './browser.ts'
import type { Request, SignInWorld, TokenAnswer } from './world.ts'

/** A token endpoint's error by its code. */
export function expectError(answer: TokenAnswer, error: string, status?: number): void {
  const { body } = answer
  expect(
    body.error === error && (status === undefined || answer.status === status),
    `expected ${error}${status === undefined ? '' : ` (${status})`}, got ${answer.status} ${JSON.stringify(body)}`,
  )
  expect(body.access_token === undefined, 'there was a token beside the error')
}

/** The request is refused on a page: nobody is sent anywhere. */
export async function expectNoRedirect(request: Request): Promise<void> {
  const landing = await new Browser().open(request.url)
  expect(landing.kind === 'page', 'the browser was sent on')
  expect(landing.status >= 400, `the page is a good one (${landing.status}): ${said(landing)}`)
  expect(!landing.text.includes('<form'), 'the page asks for something')
}

/** No code comes of it, whether the error is on a page or goes to the client. */
export async function expectNoCode(world: SignInWorld, request: Request): Promise<void> {
  const landing = await world.goThrough(request.url)
  if (landing.kind === 'elsewhere') {
    // Answers to older kinds of requests come behind the `#`.
    const answer = new URLSearchParams(`${landing.url.search.slice(1)}&${landing.url.hash.slice(1)}`)
    expect(!answer.has('code') && !answer.has('access_token'), 'there was a code or a token')
    expect(answer.has('error'), 'there was no error')
  } else {
    expect(landing.status >= 400, `the page is a good one (${landing.status}): ${said(landing)}`)
  }
}

function said(landing: Landing): string {
  return landing.kind === 'page' ? textOf(landing).slice(0, 200) : landing.url.href
}
