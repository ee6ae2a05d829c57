/**
 * When a person has to sign in, and when to allow something again.
 *
 * An earlier consent counts only where nothing could have changed behind it: the same person, client, address and resource,
 * no scope more; an address that proves who receives the answer (`https:`; RFC 8252, 8.6 for the others); and a browser
 * that says that no other site sent it here (`Sec-Fetch-Site`), since a site in between could have started the flow for a
 * client of its own ("AS in the middle").
 */
import type { Context, interactionPolicy } from 'oidc-provider'
import { isClaimed } from './clients/redirectRule.ts'
import type { ConsentKey, People } from './store/people.ts'

export function signInPolicy(
  { Prompt, Check }: typeof interactionPolicy,
  people: People,
): readonly { readonly name: string }[] {
  return [
    new Prompt(
      { name: 'login', requestable: true },
      // An account that is gone is nobody, whatever its session says.
      new Check(
        'no_session',
        'sign in first',
        ({ oidc }) => oidc.session.accountId === undefined || !oidc.account,
      ),
    ),
    new Prompt(
      { name: 'consent', requestable: true },
      new Check('not_allowed', 'a person has to allow it', (ctx) => {
        return ctx.oidc.result?.consent === undefined && !isRemembered(ctx, people)
      }),
    ),
  ]
}

export function isRemembered(ctx: Context, people: People): boolean {
  const { oidc } = ctx
  const key = consentKey(ctx)
  // A sign-in that just took place began with a request of which nothing is known any more.
  if (key === undefined || oidc.route !== 'authorization' || oidc.prompts.has('consent')) return false
  if (!['none', 'same-origin'].includes(ctx.get('sec-fetch-site')) || !isClaimed(key.redirect)) return false
  const allowed = people.allowed(key)
  const wanted = [...oidc.requestParamScopes]
  return wanted.length > 0 && wanted.every((scope) => allowed.includes(scope))
}

/**
 * Whether errors go to the client: a person allowed it in this browser, or had it answered just now. Whoever registers
 * itself could else have people sent wherever it likes, by an address of ours (RFC 9700, 4.11.2).
 */
export function isTrusted({ oidc }: Context, people: People): boolean {
  const { Interaction: interaction } = oidc.entities as {
    readonly Interaction?: { readonly result?: object }
  }
  if (interaction?.result !== undefined && 'answered' in interaction.result) return true
  const account = oidc.session?.accountId
  const client = oidc.client?.clientId
  return account !== undefined && client !== undefined && people.hasAllowed(account, client)
}

function consentKey({ oidc }: Context): ConsentKey | undefined {
  const { redirect_uri: redirect, resource } = oidc.params
  const account = oidc.session.accountId
  const client = oidc.client?.clientId
  if (account === undefined || client === undefined) return undefined
  if (typeof redirect !== 'string' || typeof resource !== 'string') return undefined
  return { account, client, redirect, resource }
}
