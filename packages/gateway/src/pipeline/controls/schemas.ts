/**
 * Schemas at the doors: arguments that are not as their tool declares them are not sent, and a structured result that is
 * not as its tool declares it is not shown.
 *
 * Evidence: the definition that was approved and is called (`ToolDefinitions`); what is not known yet is checked when the
 * server stands ready, after the pins. A task's result is held against the tool that began it. Costs about a microsecond for a
 * call of a kilobyte. Cannot know: whether the server checks by the same schema.
 */
import { isObject, type JsonObject, type JsonValue } from '@sallyport/controls/json'
import { visible } from '@sallyport/controls/text'
import { checkArguments, checkResult, type SchemaFinding, ToolSchemas } from '../../arguments/toolSchemas.ts'
import { schemasOf } from '../../config/argumentChecks.ts'
import type { Config } from '../../config/config.ts'
import { enforcement } from '../../config/trust.ts'
import type { Inbound } from '../../protocol/message.ts'
import { bodyOf } from '../body.ts'
import type { RequestControl, ResponseControl } from '../control.ts'
import { TOOL_CALL } from '../counted.ts'
import type { ToolDefinitions } from '../definitions.ts'
import type { Exchange } from '../exchange.ts'
import { PASS, type Refusal, type ResponseVerdict, type Verdict } from '../verdict.ts'

type Strictness = ReturnType<typeof schemasOf>

/** How strictly a server's schemas are taken, with what the profile makes of it. */
function strictnessOf(config: Config): (server: string) => Strictness {
  const observed = enforcement[config.profile] !== 'enforce'
  const servers = new Map(config.servers.map((server) => [server.id, schemasOf(server, config.profile)]))
  const otherwise: Strictness = { arguments: 'refuse', results: 'withhold' }
  return (server) => {
    const { arguments: args, results } = servers.get(server) ?? otherwise
    if (!observed) return { arguments: args, results }
    return { arguments: args === 'off' ? 'off' : 'report', results: results === 'off' ? 'off' : 'report' }
  }
}

/** Nobody writes an argument that a tool without parameters could take. */
const NO_ARGUMENTS: JsonObject = {}

/** Refuses arguments that are not as the tool declares them; reports those that it does not declare. */
export function schemaOnRequest(
  config: Config,
  definitions: ToolDefinitions,
  compiled: ToolSchemas = new ToolSchemas(),
): RequestControl {
  const strictness = strictnessOf(config)
  return {
    name: 'argument-schema',
    decide(exchange): Verdict {
      const { server, method, direction } = exchange
      if (method !== 'tools/call' || server === undefined || direction !== 'client-to-server') return PASS
      const { arguments: strict } = strictness(server)
      if (strict === 'off') return PASS
      const definition = definitions.of(exchange)
      // Not shown yet: the pins have it looked at first, and this runs again before it is sent.
      if (definition === undefined) return PASS
      const schema = compiled.of(definition, 'inputSchema')
      if (schema === undefined) return PASS
      const { fault, undeclared } = checkArguments(schema, exchange.arguments ?? NO_ARGUMENTS)
      if (fault === undefined) {
        for (const where of undeclared) note(exchange, 'schema/undeclared', 'low', where)
        return PASS
      }
      if (strict === 'refuse') return refusal(exchange, server, fault)
      note(exchange, fault.rule, 'medium', fault.where)
      return PASS
    },
  }
}

/**
 * Withholds a structured result that is not as the tool declares it, wherever in an answer it stands: what else an answer
 * says of itself (a task, a question, an error) is the server's word, and takes no structure past the schema.
 */
export function schemaOnResponse(
  config: Config,
  definitions: ToolDefinitions,
  compiled: ToolSchemas = new ToolSchemas(),
): ResponseControl {
  const strictness = strictnessOf(config)
  /** What is wrong with a result, and where; `undefined` where it may be shown. */
  const faultIn = (
    exchange: Exchange,
    server: string,
    { tool, result, isWhole }: HeldResult,
  ): { readonly refused: Refusal; readonly where: string } | undefined => {
    const { structuredContent, isError } = result
    if (structuredContent === undefined && (!isWhole || isError === true || isPending(result)))
      return undefined
    const ofCall = exchange.method === TOOL_CALL
    const call = ofCall ? exchange : { ...exchange, method: TOOL_CALL, name: tool }
    const definition = tool === undefined ? undefined : definitions.of(call)
    if (definition === undefined)
      return ofCall || structuredContent === undefined
        ? undefined
        : { refused: unknownTool(server), where: '/structuredContent' }
    const schema = compiled.of(definition, 'outputSchema')
    if (schema === undefined) return undefined
    const fault = isPending(result) ? NOT_YET : checkResult(schema, structuredContent)
    return fault && { refused: withheld(call, server, fault), where: fault.where }
  }
  return {
    name: 'result-schema',
    inspect(exchange, message): ResponseVerdict {
      const { server, direction } = exchange
      if (server === undefined || direction !== 'client-to-server') return PASS
      const { method } = exchange
      if (method !== TOOL_CALL && !method.startsWith('tasks/') && message.method !== TASK_NEWS) return PASS
      let leftOut: { readonly body: JsonObject; readonly rule: string } | undefined
      for (const held of resultsIn(exchange, server, message, compiled)) {
        const { results: strict } = strictness(server)
        const fault = strict === 'off' ? undefined : faultIn(exchange, server, held)
        if (fault === undefined) continue
        const { refused, where } = fault
        const { rule } = refused
        const mayLeaveOut = held.result.isError === true && held.without !== undefined
        if (strict === 'withhold' && !mayLeaveOut) return refused
        note(exchange, rule, 'medium', where)
        // The text of an error says what went wrong: it is shown without its structure.
        if (strict === 'withhold' && held.without !== undefined)
          leftOut = { body: held.without(leftOut?.body ?? bodyOf(message)), rule }
      }
      return leftOut === undefined ? PASS : { kind: 'rewrite', ...leftOut }
    },
  }
}

/** A task of a modern server with all that is known of it, its result too, on a subscription (2026-07-28, "Tasks"). */
const TASK_NEWS = 'notifications/tasks'

const NOT_YET: SchemaFinding = {
  rule: 'schema/output',
  where: '',
  explain: 'the answer is a task or a question and no result yet, but has "structuredContent"',
}

/** A place of a message where the structured result of a tool can stand. */
interface HeldResult {
  /** `undefined` where nobody knows what began the task. */
  readonly tool: string | undefined
  readonly result: JsonObject
  /** Is it a result of the tool, which has to have structure? Elsewhere only structure that is there is looked at. */
  readonly isWhole: boolean
  /** The body of the message without this structure. */
  readonly without?: (body: JsonObject) => JsonObject
}

/**
 * The results of tools that a message has, and of which tool: of a call itself; of a task, which names none, by what began
 * it (`TaskTools`).
 */
function resultsIn(
  exchange: Exchange,
  server: string,
  message: Inbound,
  { tasks }: ToolSchemas,
): readonly HeldResult[] {
  const { method, name, principal } = exchange
  const body = message.kind === 'error' ? undefined : bodyOf(message)
  if (body === undefined) return NOTHING
  const toolOf = (taskId: JsonValue | undefined) =>
    typeof taskId === 'string' ? tasks.of({ server, principal, taskId }) : undefined
  if (message.kind === 'notification')
    return message.method === TASK_NEWS ? ofTask(toolOf(body.taskId), body) : NOTHING
  if (message.kind !== 'result') return NOTHING
  if (method === TOOL_CALL) {
    const taskId = begunIn(body)
    if (taskId !== undefined && name !== undefined) tasks.note({ server, principal, taskId }, name)
    return inBody(name, body, true)
  }
  if (method === 'tasks/list' && Array.isArray(body.tasks)) {
    const listed = body.tasks.filter(isObject).flatMap((task) => ofTask(toolOf(task.taskId), task))
    // One of many is not taken out: the list is withheld.
    return [
      ...listed.map(({ tool, result, isWhole }) => ({ tool, result, isWhole })),
      ...ofTask(undefined, body),
    ]
  }
  const tool = toolOf(name)
  return method === 'tasks/result' ? inBody(tool, body, true) : ofTask(tool, body)
}

const NOTHING: readonly HeldResult[] = []

/** A task: its result, if it has one. Structure beside that is none of its members. */
function ofTask(tool: string | undefined, task: JsonObject): readonly HeldResult[] {
  return inBody(tool, task, false)
}

function inBody(tool: string | undefined, body: JsonObject, isWhole: boolean): readonly HeldResult[] {
  const { result, structuredContent } = body
  const held: HeldResult[] = []
  if (isWhole || structuredContent !== undefined)
    held.push({ tool, result: body, isWhole, without: withoutStructure })
  if (isObject(result)) {
    const without = (all: JsonObject) => ({ ...all, result: withoutStructure(result) })
    held.push({ tool, result, isWhole: !isWhole, without })
  }
  return held
}

function withoutStructure({ structuredContent, ...rest }: JsonObject): JsonObject {
  return rest
}

/** The id of the task that an answer to a call says was begun, in either era, however badly it is said. */
function begunIn({ task, resultType, taskId }: JsonObject): string | undefined {
  const id = isObject(task) ? task.taskId : resultType === 'task' ? taskId : undefined
  return typeof id === 'string' ? id : undefined
}

/**
 * A task or a question, which is not the result yet. Only one that is as the specification has it: any other mark would take
 * a result past its schema, and clients that do not know the mark would read it as the result that it is.
 */
function isPending(body: JsonObject): boolean {
  const { task, resultType, inputRequests, requestState } = body
  if (resultType === 'input_required')
    return task === undefined && (isObject(inputRequests) || typeof requestState === 'string')
  if (resultType === 'task') return task === undefined && isTask(body)
  if (resultType !== undefined && resultType !== 'complete') return false
  // Nothing is looked for within a task that was just begun.
  return isObject(task) && isTask(task) && task.result === undefined && task.structuredContent === undefined
}

function isTask({ taskId, status }: JsonObject): boolean {
  return typeof taskId === 'string' && typeof status === 'string' && TASK_STATES.has(status)
}

const TASK_STATES: ReadonlySet<string> = new Set([
  'working',
  'input_required',
  'completed',
  'failed',
  'cancelled',
])

function note(exchange: Exchange, rule: string, severity: 'low' | 'medium', where: string): void {
  const known = exchange.findings.some((one) => one.rule === rule && one.where === where)
  // Asked twice where the server had to be started.
  if (!known) exchange.findings.push({ rule, severity, where })
}

function refusal(exchange: Exchange, server: string, { rule, explain }: SchemaFinding): Refusal {
  const remedy =
    rule === 'schema/unusable' || rule === 'schema/budget'
      ? `A person can let its calls through unchecked with "schemas: { arguments: report }" of server "${server}".`
      : 'Call it again with arguments as its schema has them.'
  return { kind: 'refuse', rule, explain: `${explain}${toolOf(exchange)}`, remedy }
}

function withheld(exchange: Exchange, server: string, { rule, explain }: SchemaFinding): Refusal {
  return {
    kind: 'refuse',
    rule,
    explain: `${explain}${toolOf(exchange)}, so it is not shown`,
    remedy: `A person can have it shown with "schemas: { results: report }" of server "${server}".`,
  }
}

function unknownTool(server: string): Refusal {
  return {
    kind: 'refuse',
    rule: 'tasks/unknown-tool',
    explain:
      'which tool began this task, or what that tool declares, is not known here, so its structured result is not shown',
    remedy: `List the tools of "${server}" and ask for the result again; a person can have it shown with "schemas: { results: report }" of server "${server}".`,
  }
}

function toolOf({ name }: Exchange): string {
  return name === undefined ? '' : ` (tool "${visible(name.slice(0, 128))}")`
}
