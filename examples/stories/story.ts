/**
 * What a story is: an attack on somebody who works with several MCP servers, told twice. `attack` is how it goes with words
 * of an attacker in it, `twin` is the same work with harmless ones. Both are plain data: what each server says, what the
 * model calls, and what must not have happened when it is over.
 *
 * The model of a story does everything that the attacker wants. No detector is asked whether a real one would have.
 */

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [name: string]: JsonValue
}

/** A tool as its server defines it. */
export interface ToolDefinition {
  readonly name: string
  readonly description: string
  readonly inputSchema: JsonObject
  readonly annotations?: JsonObject
}

/** What a scripted server does when a tool of it is called. */
export type Reply =
  | string
  | {
      readonly text: string
      /** From then on it shows its other definitions (`later`), and says that they changed. */
      readonly turns?: true
    }
  /** It asks the person for input, and answers when it got any. */
  | { readonly ask: { readonly message: string; readonly schema: JsonObject } }
  /** It asks the client's model, and answers when that did. */
  | { readonly sample: { readonly prompt: string; readonly system?: string } }
  /** It starts a task; the text is the task's result. */
  | { readonly task: string }

interface Server {
  /** Keys of its entry in the configuration: trust, and what its owner knows of it. */
  readonly entry: JsonObject & { readonly trust: 'trusted' | 'partial' | 'untrusted' }
}

export interface ScriptedServer extends Server {
  readonly kind: 'scripted'
  readonly instructions?: string
  readonly tools: readonly ToolDefinition[]
  /** Definitions that stand in the place of those of the same name when it turns. */
  readonly later?: readonly ToolDefinition[]
}

/** A server as its authors publish it, over stdio, in the legacy era: it speaks nothing else. */
export interface PackagedServer extends Server {
  readonly kind: 'packaged'
  readonly program: 'filesystem' | 'memory'
  /** Files of the folder that it is started in and works on, by path. */
  readonly files: Readonly<Record<string, string>>
}

export type StoryServer = ScriptedServer | PackagedServer

/** What happens next: a call of the model, or something between two sessions of it. */
export type Step =
  | Call
  /** The session ends, the program of this server is replaced (`update`) or not, and a new session begins. */
  | { readonly begin: 'next session'; readonly update?: string }

/** One call of the model. */
export interface Call {
  /** `server.tool` */
  readonly call: string
  readonly args?: JsonObject
  /** Only done by a model that has read this; without it the model does it in any case. */
  readonly because?: string
  /** The call is made as a task, where the revision has tasks. */
  readonly asTask?: true
}

/** What must not have happened. All texts are looked for as they are, and behind base64 and percent-encoding. */
export type Harm =
  /** The tool was really called, with one of these in its arguments (or at all, where none is named). */
  | { readonly kind: 'called'; readonly tool: string; readonly with?: readonly string[] }
  /** What a person or a model answered to a question of this server, with one of these in it, reached it. */
  | { readonly kind: 'answered'; readonly server: string; readonly with: readonly string[] }
  /** A person was shown a question of a server that begins like this. */
  | { readonly kind: 'asked'; readonly as: string }
  /** The client, and so the model or the screen, got one of these texts without a mark that it is data. */
  | { readonly kind: 'told'; readonly with: readonly string[] }

export interface Script {
  /** One sentence: what happens. */
  readonly tells: string
  /** Tools of servers that are others in this script. */
  readonly tools?: Readonly<Record<string, readonly ToolDefinition[]>>
  /** What servers say, by `server.tool`; others say "done". */
  readonly says: Readonly<Record<string, Reply>>
  readonly steps: readonly Step[]
  /** What the person types into forms of servers. */
  readonly types?: Readonly<Record<string, string>>
  /** What the client's model answers when a server asks it. */
  readonly samples?: string
}

/** Who is needed to hold it: controls of `pipeline/order.ts`. */
export type ControlName =
  | 'access'
  | 'pins'
  | 'schemas'
  | 'arguments'
  | 'secrets'
  | 'flow'
  | 'approvals'
  | 'hiddenText'
  | 'serverRequests'
  | 'injection'
  | 'links'

export interface Story {
  readonly name: string
  readonly title: string
  /** Where something like it happened or was shown first. */
  readonly after: string
  /** The controls without which it succeeds, each by itself. None: something holds it that is no part of the pipeline. */
  readonly heldBy: readonly ControlName[]
  /** What holds it, for people. */
  readonly holds: string
  readonly servers: Readonly<Record<string, StoryServer>>
  readonly attack: Script & { readonly harms: readonly Harm[] }
  readonly twin: Script & {
    /** Questions that the person is asked and says yes to. */
    readonly asks?: number
    /** Calls that must have reached their server with these words in their arguments: what the work was for. */
    readonly reaches: readonly { readonly tool: string; readonly with?: string }[]
    /** What a person or a model answered must have reached the server that asked. */
    readonly answers?: { readonly server: string; readonly with: string }
  }
  /** Where the story cannot be told, and why. */
  readonly not?: {
    readonly modernClient?: string
    readonly modernServer?: string
    readonly httpServer?: string
  }
}

/** The schema of a tool that takes texts, all required. */
export function texts(...names: readonly string[]): JsonObject {
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    required: names,
    additionalProperties: false,
  }
}

/** Hints of a tool that only reads. */
export const READS: JsonObject = { readOnlyHint: true, openWorldHint: false }

/** Hints of a tool that adds something where others see it, and takes nothing away. */
export const SENDS: JsonObject = { readOnlyHint: false, destructiveHint: false, openWorldHint: true }
