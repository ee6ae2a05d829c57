/**
 * Every rule the gateway itself refuses, withholds or drops by: one sentence each, from which `docs/rules.md` is made.
 * Ids are stable: people put them in exceptions and alerts. The rules of the controls and of the configuration stand
 * with them (`controls/json`, `controls/secrets`, `config/fault.ts`).
 */
export const GATEWAY_RULES = {
  'answers/free-words':
    'What a server says of itself had words where the protocol has none (`experimental`, `_meta`, members of its own): they were left out.',
  'answers/hidden-text': 'Text that hides was taken out of what a server said.',
  'answers/injection':
    'A text of a server gives orders to a model: it was marked, withheld for a person, or, in a question, refused.',
  'answers/links': 'Links or pictures of an answer that would carry data out were made inert (`hxxps://`).',
  'approvals/allowed': 'A person allowed this call; the record names the ticket.',
  'approvals/asked': 'The client was asked about its call: it calls again with the answer.',
  'approvals/denied': 'A person denied this call, or calls of this tool several times in a row.',
  'approvals/destructive':
    'The tool destroys or overwrites, or does not say that it does not: a person is asked.',
  'approvals/malformed': 'The answer to a question was none of the choices: it counts as no answer.',
  'approvals/not-covered':
    'What a person allowed does not cover the call as it would be sent: used up, or something changed.',
  'approvals/too-many': 'Too many questions wait for a person, or came within ten minutes.',
  'approvals/unavailable': 'What a person allowed cannot be read or kept: nothing is allowed.',
  'approvals/unknown':
    'The answer belongs to no open question about this call: forged, expired, of another caller, or for another call.',
  'approvals/waiting': 'A person has to allow this call; the text names the ticket. Nothing was sent.',
  'approvals/write': 'The tool writes: a person is asked.',
  'audit/unavailable': 'The audit trail cannot be written, and nothing passes unrecorded.',
  'bridge/handle':
    'The `requestState` belongs to no parked call of this caller: forged, expired, used, or for another call.',
  'bridge/input':
    'A modern server asked a legacy client for input that the client could not be asked for, or did not give.',
  'bridge/rounds': 'A server asked for input too many times within one call.',
  'bridge/tasks': 'The tasks of a legacy server are not those of the modern extension.',
  'bridge/unrelated':
    'A legacy server asked something that belongs to no call that can be told; it was refused.',
  'daemon/lost': 'The daemon behind `sallyport stdio` ended before it answered; a new start works at once.',
  'daemon/unavailable': 'No daemon could be reached or started; the message says why.',
  'elicitation/secret':
    'A server asked in a form for a password, a key, a one-time code or a card, which the specification forbids.',
  'elicitation/url':
    'The address that a server wants a person to open is not what it looks like, or not https.',
  'envelope/extension':
    'The method belongs to an extension that the request does not declare (2026-07-28, "Extensions").',
  'envelope/invalid':
    'The modern request envelope in `params._meta` is missing, malformed, or names an unknown revision.',
  'era/unsupported':
    'No server of this view can be reached now, or none is configured; the answer names those that cannot.',
  'gateway/control-failed': 'A control threw, hung, or gave no verdict: it fails closed.',
  'gateway/draining': 'The gateway is stopping and takes no new requests.',
  'gateway/failed': 'The gateway itself failed; its log says how.',
  'gateway/refused': 'A control refused a request of a server to the client.',
  'gateway/rewrite': 'A control wanted a rewritten request sent, which this release cannot do.',
  'gateway/worker':
    'A worker of the gateway that had to carry this out is not there, or ended before it answered.',
  'headers/method': 'Header `Mcp-Method` is missing or not what the body says.',
  'headers/mismatch':
    'A header that mirrors an argument (`Mcp-Param-*`) does not say the same as the argument.',
  'headers/name': 'Header `Mcp-Name` is missing or not what the body says.',
  'headers/name-encoding': 'Header `Mcp-Name` is not decodable: its base64 form is broken.',
  'headers/repeated': 'A mirrored header came more than once.',
  'headers/version': 'Header `MCP-Protocol-Version` is missing or not what the body says.',
  'headers/version-unsupported':
    'Header `MCP-Protocol-Version` names a revision this endpoint does not speak.',
  'host/deadline': 'The server did not answer within what the client is known to wait for a call (`hosts`).',
  'http/accept':
    'The client does not accept what MCP answers with (`application/json`, `text/event-stream`).',
  'http/body-size': 'The body is over `limits.maxMessage`.',
  'http/chunk-extensions': 'The body has chunk extensions, which parsers read differently.',
  'http/connect': 'CONNECT and upgrades are not served.',
  'http/content-encoding': 'Compressed bodies are not served: what is inspected is what came.',
  'http/content-length': 'The length of the body is not one plain number.',
  'http/content-type': 'The body is not `application/json` in UTF-8.',
  'http/expect': 'Header `Expect` asks for something other than `100-continue`.',
  'http/framing': 'The request is not well-formed HTTP/1.1.',
  'http/headers-size': 'The head of the request is over its limit.',
  'http/host': 'Header `Host` is missing, repeated, or not one of ours (DNS rebinding, CVE-2025-66414).',
  'http/keep-alive': 'An HTTP/1.0 request wants the connection kept.',
  'http/length-and-chunked': 'The request has both a length and chunks (request smuggling).',
  'http/method': 'This route does not serve this HTTP method.',
  'http/not-local': 'The caller is not on this machine and not authenticated.',
  'http/origin': 'Header `Origin` is not in `listen.allowedOrigins`.',
  'http/pipelined': 'A second request came before the first was answered.',
  'http/repeated-header': 'A header that counts came more than once.',
  'http/route': 'There is no such route or server.',
  'http/server': 'The door failed; the log says how.',
  'http/slow-request': 'The request did not arrive within its time.',
  'http/streams': '`listen.maxStreams` streams are open.',
  'http/transfer-encoding': 'The transfer encoding is not plain chunks.',
  'http/upgrade': 'Upgrades (WebSocket, h2c) are not served.',
  'http/version': 'The HTTP version is not served.',
  'identity/algorithm': 'The token is signed with an algorithm that its issuer is not configured for.',
  'identity/api-key': 'The API key is none that was made here.',
  'identity/api-key-address': 'The API key is not for requests from this address (`keys create --from`).',
  'identity/api-key-expired': 'The API key expired, or its overlap after a rotation is over.',
  'identity/api-key-rate': 'The API key was used more often than it may be (`keys create --rate`).',
  'identity/api-key-revoked': 'The API key was revoked.',
  'identity/api-keys-unavailable': 'The API keys cannot be read now, so none is good.',
  'identity/assertion':
    'The assertion for somebody (ID-JAG) is not valid here: issuer, audience, client, resource, time, or used before.',
  'identity/audience': 'The token was issued for somebody else, or for another server of this gateway.',
  'identity/authorization': 'A request to be allowed something was refused at the authorization endpoint.',
  'identity/binding':
    'The token is bound to a key or certificate that the request did not prove, or to something that cannot be checked.',
  'identity/broker':
    'The provider that people sign in at did not sign this one in, or this one may not come in (`auth.server.broker.allow`).',
  'identity/client-document': 'The document that a client is known by cannot be fetched or used.',
  'identity/csrf': 'A form of a sign-in came from another page, or is too old.',
  'identity/ended': 'The authority of a session or stream ended: it expired, or was revoked.',
  'identity/expired': 'The token has expired, is not good yet, is good for too long, or does not say.',
  'identity/foreign-sign-in': 'Somebody came back to a sign-in that another browser began, or that is over.',
  'identity/grant': 'A request for a token was refused.',
  'identity/in-query': 'A credential came in the address of a request: it has to be replaced.',
  'identity/inactive': 'The issuer was asked, and says that the token is no good.',
  'identity/issuer': 'The token names another issuer than the one that vouches for it.',
  'identity/issuer-unreachable':
    'The keys of the issuer, or its word, cannot be had: the credential can be checked by nobody now.',
  'identity/key': 'The issuer has no key that the token could be signed with.',
  'identity/malformed': 'The credential cannot be read.',
  'identity/none': 'The request carries no credential, and this gateway wants one.',
  'identity/passphrase': "That was not the owner's passphrase.",
  'identity/proof': 'The DPoP proof is missing, stale, used, or for another request, token or key.',
  'identity/refresh-reused':
    'A refresh token was used again after its time of grace: all that was given with it was revoked.',
  'identity/registration': 'A program could not register itself: what it said is not taken, or too many do.',
  'identity/revoked': 'The token was revoked.',
  'identity/scope': 'The scopes of the caller do not cover what was asked.',
  'identity/signature': 'The signature of the token is not right.',
  'identity/subject': 'The token does not say who its holder is.',
  'identity/token': 'The token is none that this gateway issued.',
  'identity/token-type': 'It is another kind of token: an ID token, a logout token, a proof.',
  'identity/too-large': 'Scopes and groups of the token take more room than there is.',
  'identity/too-many': 'Too many attempts to sign in.',
  'identity/too-many-failures': 'Too many credentials from one network, or in all, were not valid.',
  'identity/two-credentials': 'The request carries more than one credential.',
  'identity/unknown': 'No configured issuer or key store knows the credential.',
  'limits/conversation': 'The conversation has made all the calls it has (`limits.callsPerConversation`).',
  'limits/in-flight': 'Too many calls are in flight (`limits.maxInFlightPerClient`, `limits.maxInFlight`).',
  'limits/names': 'More different tools were called within their windows than can be counted.',
  'limits/rate':
    'Called more often than its rate (`servers.*.rate`, `servers.*.totalRate`, `limits.rate`); the answer says when to try again.',
  'limits/subscriptions':
    'The conversation is subscribed to all the resources it may have (`limits.maxSubscriptions`).',
  'limits/server-in-flight': 'Too many calls are under way at this server (`servers.*.maxInFlight`).',
  'listen/filter': 'The filter of `subscriptions/listen` is malformed.',
  'listen/unasked': 'A server sent an event that the client did not subscribe to; it was dropped.',
  'lists/cursor': 'The cursor was not made by this gateway.',
  'lists/headers':
    'A tool declares headers for its arguments that cannot be sent; it is left out of the list.',
  'lists/limit': 'A server lists more, or longer cursors, than is taken over; the rest is left out.',
  'message/ambiguous': 'The message is request and response at once, or result and error at once.',
  'message/batch': 'Batches are not part of MCP.',
  'message/duplicate-id': 'A request with this id is in flight on this connection.',
  'message/error': 'The error of a response is malformed.',
  'message/folded-member':
    'A member could be read as another by a parser that folds case or Unicode (CVE-2026-27896).',
  'message/id': 'The id is null, no text or whole number, or too long.',
  'message/method': 'The method is no text of sensible length.',
  'message/not-object': 'The message is not a JSON object.',
  'message/params': '`params` is not an object.',
  'message/response': 'A response came where none can belong.',
  'message/result': '`result` is not an object.',
  'message/shape': 'The message is neither request, notification nor response.',
  'message/unknown-member': 'The message has a member JSON-RPC 2.0 does not know.',
  'message/version': '`jsonrpc` is not "2.0".',
  'method/unknown': 'The method is not part of MCP for this era and direction, and not in `methods.allow`.',
  'names/collision':
    'Two tools or prompts of one server would be shown under one name; the second is left out.',
  'names/duplicate': 'A server lists one tool or prompt twice; it is shown once.',
  'pins/denied': 'A person refused this definition; it stays refused under any name (`sallyport deny`).',
  'pins/drift': 'The item is not what was approved; it waits until a person looked at the change.',
  'pins/expired': 'The approval of this version had an end, which has come.',
  'pins/finding': 'Something was found in the item that a person has to judge; the review shows it.',
  'pins/first-use':
    'The item was seen for the first time, and at this trust level nobody has approved it yet.',
  'pins/held': 'Items of an answer were left out because nobody approved them.',
  'pins/hints':
    'The tool claims more safety than was approved, or than a new name bears out (`readOnlyHint`, `destructiveHint`); the stricter hints count until a person approves its own.',
  'pins/identity': 'What runs under the entry of this server is not what was approved.',
  'pins/quota':
    'The server has shown more names than are kept of one server; what is more is neither shown nor kept.',
  'pins/renamed': 'The item is a blocked definition of the same server under another name.',
  'pins/unknown': 'The server does not list what was called, so nobody can have approved it.',
  'pins/unwritable': 'The pins could not be written, so nothing new counts as approved.',
  'relay/initialized-twice': 'The connection is initialized already.',
  'relay/not-initialized': 'A legacy connection begins with `initialize`.',
  'relay/progress-order': 'Progress of a server did not grow; it was dropped.',
  'relay/server-request': 'A modern server sent a request, which the revision does not have; it was dropped.',
  'relay/unknown-answer':
    'An answer came for nothing that is open: late, twice, or for somebody else; it was dropped.',
  'relay/unknown-progress': 'Progress came for nothing that is open; it was dropped.',
  'resources/collision':
    'Two servers offer the same resource URI; the more trusted, else the first, keeps it.',
  'route/ambiguous': 'The request names no server and several could answer: send it to `/mcp/SERVER`.',
  'route/no-server': 'No such server in this connection.',
  'route/shared':
    'A server that conversations share (`servers.*.share`) has no subscriptions for one of them.',
  'route/unknown-prompt': 'No server of this connection has a prompt of this name.',
  'route/unknown-resource': 'No server of this connection has this resource.',
  'route/unknown-tool': 'No server of this connection has a tool of this name.',
  'server-request/marked': 'A question of a server was marked with whose question it is.',
  'server-request/not-allowed':
    'A server asked something that it may not at its level of trust (`servers.*.ask`).',
  'server-request/rate':
    'A server has asked a principal as many questions as it may (`servers.NAME.ask.rate`).',
  'server-request/too-many': 'A server has too many questions to the client open.',
  'server-request/undeclared': 'A server asked something the client did not declare it can answer.',
  'session/full': "`listen.maxSessions` sessions are open; nobody else's is ended for it.",
  'session/missing': 'A legacy request lacks its `Mcp-Session-Id`.',
  'session/reopened': 'A session cannot be initialized twice.',
  'session/resume': 'What `Last-Event-ID` asks for is not kept any more.',
  'session/second-stream': 'The session has a GET stream already.',
  'session/unknown': "No such session, or not this caller's.",
  'shape/params': '`params` lacks what the method needs, or has it in the wrong type.',
  'shape/result': "A server's result is not what its method returns.",
  'shape/result-size': "A server's answer is over its limit (`servers.*.maxResult`).",
  'surface/changed':
    'A tool or prompt was listed from memory and its server, started for the call, has it otherwise now: list again.',
  'surface/malformed':
    'What a server says of itself is not what the specification has there; no client is shown it.',
  'surface/gone':
    'A tool or prompt was listed from memory and its server, started for the call, does not have it any more.',
  'tasks/unknown': "No such task, or not this caller's.",
  'tasks/unknown-tool':
    'The structured result of a task could not be held against its schema, since which tool began the task, or its definition, is not known.',
  'upstream/circuit':
    'The server failed several times in a row for this principal (`servers.*.circuit`), and is not called for a while.',
  'upstream/closed': 'The connection to the server was ended by the gateway.',
  'upstream/connect-failed': 'The server could not be reached.',
  'upstream/deadline': 'The server did not answer in time; the call was cancelled there.',
  'upstream/exited': "The server's process ended before it answered.",
  'upstream/http-status': 'The server answered with an HTTP error.',
  'upstream/malformed': 'The server answered with a message that has no single reading.',
  'upstream/not-acceptable': 'The server answered with a content type or framing that MCP does not allow.',
  'upstream/not-read':
    'The server does not read its input: too much waits for it already, and the call was not sent.',
  'upstream/secret': "A reference of the server's configuration cannot be resolved.",
  'upstream/session-lost': 'The server forgot the session; the next call opens a new one.',
  'upstream/spawn-failed': "The server's command could not be started.",
  'upstream/stream-ended': "The server's stream ended before the answer.",
  'upstream/link-credential':
    'Whoever opened a link to sign in at a server gave a credential that is not valid here.',
  'upstream/link-other':
    'A link to sign in at a server was opened by another user than the one it was made for.',
  'upstream/oauth-answer':
    'The answer of an authorization server does not belong to the sign-in: another issuer (`iss`), or none where one was promised.',
  'upstream/oauth-client': 'The gateway could not become a client of the authorization server of a server.',
  'upstream/oauth-endpoint': 'Metadata of an authorization server has an address that is not https.',
  'upstream/oauth-issuer':
    'A server names another authorization server than the one its client secret was used at: the secret is not sent there.',
  'upstream/oauth-metadata': 'A server, or its authorization server, has no metadata that can be used.',
  'upstream/oauth-pkce': 'An authorization server does not say that it checks PKCE with S256.',
  'upstream/oauth-refused': 'The authorization server of a server refused the sign-in or the token.',
  'upstream/oauth-resource': 'The metadata of a server is about another resource.',
  'upstream/oauth-state':
    'An answer came for no sign-in that is under way: forged, used, expired, or in another browser.',
  'upstream/oauth-token':
    'An authorization server issued a token that cannot be used: no Bearer token, or not fit for a header.',
  'upstream/oauth-unreachable':
    'The authorization server of a server cannot be reached, or may not be asked.',
  'upstream/scope-denied': 'A server asks for scopes that `oauth.allowScopes` does not have.',
  'upstream/scope-missing':
    'A server wants more scopes, although they were asked for: it is not asked again.',
  'upstream/sign-in': 'The server wants a person to sign in; the text says how.',
  'upstream/unauthorized': 'The server refused our credentials.',
  'upstream/unavailable':
    'The server cannot take a call now: it is failing, starting too slowly, or being stopped.',
} as const satisfies Readonly<Record<string, string>>

/** The page `docs/rules.md`. */
export function rulesPage(others: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const section = (title: string, rules: Readonly<Record<string, string>>) => {
    const rows = Object.entries(rules).map(([id, text]) => `| \`${id}\` | ${text} |`)
    return `## ${title}\n\n| rule | means |\n|---|---|\n${rows.join('\n')}\n`
  }
  const parts = Object.entries({ 'The gateway': GATEWAY_RULES, ...others }).map(([title, rules]) =>
    section(title, rules),
  )
  return `# Rules\n\nGenerated by \`node scripts/rules.ts --write\`. Every refusal and every finding names one of these.\n\n${parts.join('\n')}`
}
