/**
 * Names that the specification gives to members of every call and answer. There is nothing to find in them, and they are in each
 * message: controls that look at names pass them over. Names that a server or client makes up are never among them.
 */
export const PROTOCOL_MEMBERS: ReadonlySet<string> = new Set([
  'content',
  'type',
  'text',
  'isError',
  'structuredContent',
  '_meta',
  'uri',
  'name',
  'arguments',
  'resultType',
  'io.modelcontextprotocol/protocolVersion',
  'io.modelcontextprotocol/clientInfo',
  'io.modelcontextprotocol/clientCapabilities',
  'io.modelcontextprotocol/serverInfo',
  'io.modelcontextprotocol/logLevel',
  'io.modelcontextprotocol/subscriptionId',
  'io.modelcontextprotocol/related-task',
])
