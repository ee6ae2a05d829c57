import { TOKEN_RULES } from './providers.ts'

/** What each rule finds, one sentence each: for `docs/rules.md`, and for exceptions that name a rule. */
export const SECRET_RULES: Readonly<Record<string, string>> = {
  'secret/own':
    'A value that the gateway itself keeps secret, as it is, encoded, or split over several texts. It has no exception.',
  'secret/private-key': 'A private key: PEM, OpenSSH, PGP, SSH2, PuTTY, OpenVPN.',
  'secret/jwt': 'A JSON Web Token.',
  'secret/authorization': 'A credential behind `Bearer` or `Basic`.',
  'secret/url-userinfo': "A password in an address, such as a database's.",
  'secret/connection-string': 'A password in a connection string (`Server=...;Password=...`).',
  'secret/assignment': 'A jumble of characters assigned to a name such as `api_key`. Likely, not certain.',
  'secret/member': 'A jumble of characters in a member with a name such as `api_key`. Likely, not certain.',
  'personal/card': 'The number of a payment card, with the right check digit. Only if asked for.',
  'personal/iban': 'The number of a bank account, with the right check digits. Only if asked for.',
  'personal/ssn': 'A social security number of the USA. Only if asked for.',
  'personal/email': 'An e-mail address. Only if asked for.',
  'personal/phone': 'A telephone number. Only if asked for.',
  ...Object.fromEntries(
    TOKEN_RULES.map(({ rule }) => [rule, `A token that has the form of ${rule.slice('secret/'.length)}.`]),
  ),
}
