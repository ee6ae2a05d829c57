import { MODERN, modernRequest } from './httpDoor.ts'

/** A call that a scripted front answers. */
export const call = modernRequest('tools/call', { name: 'a' })

/** The same, or one like it, as bytes for a raw client. */
export function rawCall(
  port: number,
  headers = '',
  body = String(call.body),
  line = 'POST /mcp HTTP/1.1',
): string {
  return [
    line,
    `Host: 127.0.0.1:${port}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `MCP-Protocol-Version: ${MODERN}`,
    'Mcp-Method: tools/call',
    'Mcp-Name: a',
    ...(headers === '' ? [] : [headers]),
    ...(/transfer-encoding/i.test(headers) ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    '',
    body,
  ].join('\r\n')
}

/** A subscription, as bytes for a raw client. */
export function rawListen(port: number): string {
  const listen = String(modernRequest('subscriptions/listen').body)
  return rawCall(port, '', listen)
    .replace('Mcp-Method: tools/call', 'Mcp-Method: subscriptions/listen')
    .replace('Mcp-Name: a\r\n', '')
}
