import { META } from './era.ts'

/**
 * The names that the protocol gives to members, in every revision: whoever reads one of them in disguise (`Name`,
 * `name\0`) reads another message than the gateway decided on. Tool arguments and results are not among them.
 */

/** JSON-RPC 2.0: members of a message. There are no others. */
export const MESSAGE_MEMBERS: ReadonlySet<string> = new Set([
  'jsonrpc',
  'id',
  'method',
  'params',
  'result',
  'error',
])

/** JSON-RPC 2.0: members of an error. */
export const ERROR_MEMBERS: ReadonlySet<string> = new Set(['code', 'message', 'data'])

/** Members of `params` of all methods, both ways. */
export const PARAMS_MEMBERS: ReadonlySet<string> = new Set([
  ...['_meta', 'name', 'arguments', 'uri', 'cursor', 'task', 'inputResponses', 'requestState'],
  // initialize, subscriptions/listen
  ...['protocolVersion', 'capabilities', 'clientInfo', 'notifications'],
  // completion/complete
  ...['ref', 'argument', 'context'],
  // tasks
  ...['taskId', 'status', 'statusMessage', 'createdAt', 'lastUpdatedAt', 'ttl', 'pollInterval'],
  // logging, progress, cancellation
  ...['level', 'logger', 'data', 'progressToken', 'progress', 'total', 'message', 'requestId', 'reason'],
  // elicitation/create
  ...['mode', 'requestedSchema', 'url', 'elicitationId'],
  // sampling/createMessage
  ...[
    'messages',
    'modelPreferences',
    'systemPrompt',
    'includeContext',
    'temperature',
    'maxTokens',
    'stopSequences',
  ],
  ...['metadata', 'tools', 'toolChoice'],
])

/** Members of `params._meta` that mean something to the protocol; everything else there is free. */
export const META_MEMBERS: ReadonlySet<string> = new Set([...Object.values(META), 'progressToken'])
