import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { HostCookies, markOf } from './hostCookies.ts'

const GATE = new HostCookies(new URL('https://gate.example'))
const LOCAL = new HostCookies(new URL('http://127.0.0.1:7337'))

function sent(cookies: HostCookies, lines: readonly string[], uid?: string): string[] {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  cookies.outward(response, uid)
  response.setHeader('set-cookie', [...lines])
  response.writeHead(200)
  return [response.getHeader('set-cookie')].flat().map(String)
}

describe('cookies of the engine, outside', () => {
  it('are bound to the host, and name the sign-in by a mark', () => {
    const mark = markOf('UID')
    expect(
      sent(GATE, [
        'interaction=UID; path=/; httponly; samesite=lax',
        'interaction.sig=SIG; path=/; httponly',
        'resume=UID; path=/oauth/authorize/UID; httponly',
        'resume.sig=SIG2; path=/oauth/authorize/UID',
        'session=S; path=/; expires=Sun, 29 Nov 2026 00:00:00 GMT; httponly',
      ]),
    ).toEqual([
      `__Host-sallyport-interaction-${mark}=UID; Path=/; HttpOnly; SameSite=Lax; Secure`,
      `__Host-sallyport-interaction-${mark}.sig=SIG; Path=/; HttpOnly; SameSite=Lax; Secure`,
      `__Host-sallyport-resume-${mark}=UID; Path=/; HttpOnly; SameSite=Lax; Secure`,
      `__Host-sallyport-resume-${mark}.sig=SIG2; Path=/; HttpOnly; SameSite=Lax; Secure`,
      '__Host-sallyport-session=S; Path=/; HttpOnly; SameSite=Lax; Expires=Sun, 29 Nov 2026 00:00:00 GMT; Secure',
    ])
  })

  it('carry the port on this machine, where browsers take no prefix', () => {
    expect(sent(LOCAL, ['session=S; path=/'])).toEqual([
      'sallyport-7337-session=S; Path=/; HttpOnly; SameSite=Lax',
    ])
  })

  it('are taken back under the name that they had', () => {
    const gone = 'resume=; path=/oauth/authorize/UID; expires=Thu, 01 Jan 1970 00:00:00 GMT'
    expect(sent(GATE, [gone], 'UID')[0]).toContain(`resume-${markOf('UID')}=;`)
  })
})

describe('cookies of a browser, inside', () => {
  it('are those of one sign-in and of the session', () => {
    const [own, other] = [markOf('UID'), markOf('OTHER')]
    const header = [
      `__Host-sallyport-session=S`,
      `__Host-sallyport-session.sig=T`,
      `__Host-sallyport-interaction-${own}=UID`,
      `__Host-sallyport-interaction-${other}=OTHER`,
      `interaction=PLANTED`,
      `session=PLANTED`,
      `__Host-other=x`,
    ].join('; ')
    expect(GATE.inward(header, 'UID')).toBe('session=S; session.sig=T; interaction=UID')
    expect(GATE.inward(header, undefined)).toBe('session=S; session.sig=T')
    expect(LOCAL.inward(header, 'UID')).toBeUndefined()
  })
})
