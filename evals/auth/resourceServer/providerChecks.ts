/** Tokens as several identity providers write them. */
import { AUDIENCE, bearer } from '../../../tests/gateway/identityWorld.ts'
import type { AuthCheck } from '../check.ts'
import { expectMatch } from '../expect.ts'
import {
  authentik,
  call,
  check,
  entra,
  expectAccepted,
  expectRefused,
  keycloak,
  okta,
  world,
} from './stage.ts'

export const providerChecks: readonly AuthCheck[] = [
  check('IDP-001', 'Entra: the audience is api://APP, not our address', async () => {
    const claims = { oid: 'o-1', scp: 'mcp', scope: undefined, azp: 'app', client_id: undefined }
    await expectAccepted('it', bearer(entra.token(claims, { typ: 'JWT' })))
    await expectRefused('our address', bearer(entra.token({ ...claims, aud: AUDIENCE }, { typ: 'JWT' })))
  }),
  check('IDP-002', 'metadata without S256: a warning', async () => {
    await call(bearer(entra.token({ oid: 'o-1', scp: 'mcp' }, { typ: 'JWT' })))
    expectMatch('log', world.gateway.stderr(), /identity\.no-pkce/)
  }),
  check('IDP-003', 'Entra: another tenant, or the other version, is another issuer', async () => {
    const claims = { oid: 'o-1', scp: 'mcp' }
    for (const iss of [
      entra.url.replace('tenant-1', 'tenant-2'),
      entra.url.replace('/v2.0', '/'),
      `${entra.url}/`,
    ])
      await expectRefused(iss, bearer(entra.token({ ...claims, iss }, { typ: 'JWT' })))
  }),
  check('IDP-005', 'Okta: api://default and scp as a list', async () => {
    const claims = { cid: 'app', client_id: undefined, scope: undefined, scp: ['mcp'] }
    await expectAccepted('it', bearer(okta.token(claims, { typ: 'JWT' })))
  }),
  check('IDP-006', 'Keycloak: tokens whose audience a mapper wrote; an ID token is none', async () => {
    const claims = { azp: 'app', client_id: undefined, typ: 'Bearer' }
    await expectAccepted('it', bearer(keycloak.token(claims, { typ: 'JWT' })))
    await expectRefused('an ID token', bearer(keycloak.token({ ...claims, typ: 'ID' }, { typ: 'JWT' })))
    await expectRefused('no mapper', bearer(keycloak.token({ ...claims, aud: 'account' }, { typ: 'JWT' })))
  }),
  check('IDP-008', 'authentik: the audience is the client’s id, the issuer ends in a slash', async () => {
    await expectAccepted('it', bearer(authentik.token({}, { typ: 'JWT' })))
  }),
]
