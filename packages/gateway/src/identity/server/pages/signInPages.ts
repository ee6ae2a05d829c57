/** The pages of a sign-in, in the order they can come. */
import { attribute, type Html, html, page } from './html.ts'

export interface Asking {
  /** What the client calls itself: a stranger's words. */
  readonly client: string
  /** Where its metadata is, if it is known by that. */
  readonly clientId: string
  readonly place: string
  readonly resource: string
  /** In words. */
  readonly scopes: readonly string[]
}

export interface Form {
  readonly action: string
  readonly csrf: string
}

/** Sign in with the owner's passphrase. */
export function passphrasePage(form: Form, asking: Asking, fault: string | undefined): string {
  return page(
    'Sign in to Sallyport',
    html`<p>${asking.client} wants to connect. Sign in first; you are asked before anything is allowed.</p>
${fault === undefined ? html`` : html`<p class="warn" role="alert">${fault}</p>`}
<form method="post" action="${form.action}">${hidden(form)}
<label for="passphrase">Passphrase of the owner</label>
<input type="password" id="passphrase" name="passphrase" autocomplete="current-password" maxlength="200" required autofocus>
<button class="main" name="do" value="sign-in">Sign in</button>
<button name="do" value="deny" formnovalidate>Cancel</button></form>`,
  )
}

/** Allow it, as who is signed in; or, before anybody is, and on to where people sign in. */
export function consentPage(
  form: Form,
  asking: Asking,
  who: { readonly signedIn: string } | { readonly provider: string; readonly orOwner: boolean },
): string {
  const [notice, label, action] =
    'signedIn' in who
      ? [html`<p><small>Signed in as ${who.signedIn}.</small></p>`, 'Allow', 'allow']
      : [
          html`<p><small>Your organization signs you in at ${who.provider}.</small></p>`,
          `Allow and sign in at ${who.provider}`,
          'broker',
        ]
  return page(
    `Allow ${asking.client}?`,
    html`<p><b>${asking.client}</b> asks for access. Allow it only if you started this yourself, in a program that you know.</p>
<dl><dt>Program</dt><dd>${asking.client}<br><small>${asking.clientId}</small></dd>
<dt>The answer goes to</dt><dd><b>${asking.place}</b></dd>
<dt>Access to</dt><dd>${asking.resource}</dd>
<dt>It may</dt><dd>${asking.scopes.map((scope): Html => html`${scope}<br>`)}</dd></dl>
${notice}
<form method="post" action="${form.action}">${hidden(form)}
<button class="main" name="do" value="${action}">${label}</button>
<button name="do" value="deny">Cancel</button>
${'orOwner' in who && who.orOwner ? html`<p><button name="do" value="passphrase">Sign in as the owner</button></p>` : html``}</form>`,
  )
}

/** Stays here: whoever did not allow it is not sent to an address of a stranger's, unless they want that. */
export function notAllowedPage({
  client,
  place,
  to,
}: Pick<Asking, 'client' | 'place'> & { readonly to: string }): string {
  return page(
    'Not allowed',
    html`<p>Nothing was allowed. You can close this window.</p>
<p><small>If you know ${client} and it waits for an answer: <a href="${{ markup: attribute(to) }}">tell it</a> (you go to ${place}).</small></p>`,
  )
}

/** Goes on by itself: a form's own redirect would be cut off by `form-action` wherever the way leads on from there. */
export function onwardPage(title: string, to: string): string {
  return page(title, html`<p><a href="${{ markup: attribute(to) }}">Continue</a></p>`, to)
}

function hidden({ csrf }: Form): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}">`
}
