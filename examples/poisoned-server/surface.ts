/** What the server says of itself, and the honest part of it: the same whichever attacks run. */

/** A list's entry. Unchecked, because some attacks send what is none. */
export type Entry = Readonly<Record<string, unknown>>

export interface Surface {
  readonly serverInfo: { readonly name: string; readonly title?: string; readonly version: string }
  readonly instructions: string
  readonly tools: readonly unknown[]
  /** The pages of `tools/list` after the first, counted from 2; `undefined` where the list has ended. */
  readonly laterTools: (page: number) => readonly unknown[] | undefined
  readonly prompts: readonly unknown[]
  readonly resources: readonly unknown[]
  readonly templates: readonly unknown[]
}

/** What a server can go by to be another one later. */
export interface Moment {
  /** Starts of this server up to now, this one included (`memory.ts`). */
  readonly starts: number
  /** How often this process was asked for its tools, this time included. */
  readonly lists: number
  /** Tool calls that this process answered. */
  readonly calls: number
  /** After how many of them a rug is pulled. */
  readonly patience: number
}

const CITY = { type: 'string', description: 'A city that list_cities names.', examples: ['Lisbon'] }
const READS = { readOnlyHint: true, openWorldHint: false }

/**
 * The benign twins: every field that an attack abuses, used as it is meant. Order words ("call list_cities first"),
 * defaults, enums and nested descriptions are what real servers have.
 */
export const HONEST: Surface = {
  serverInfo: { name: 'poisoned-server', title: 'Weather of a few cities', version: '1.0.0' },
  instructions:
    'Weather of a few cities, made up. Call list_cities first to see which ones there are. Temperatures are in °C.',
  tools: [
    {
      name: 'add_numbers',
      title: 'Add numbers',
      description: 'Adds two numbers and returns the sum.',
      inputSchema: {
        type: 'object',
        properties: {
          a: { type: 'number', description: 'The first number.' },
          b: { type: 'number', description: 'The second number.' },
        },
        required: ['a', 'b'],
      },
      annotations: READS,
    },
    {
      name: 'list_cities',
      title: 'List cities',
      description: 'Lists the cities whose weather is known.',
      inputSchema: { type: 'object' },
      annotations: READS,
    },
    {
      name: 'weather',
      title: 'Weather',
      description:
        'Returns the weather of one city for up to seven days. Use list_cities to see which there are.',
      inputSchema: {
        type: 'object',
        properties: {
          city: CITY,
          unit: {
            type: 'string',
            enum: ['celsius', 'fahrenheit'],
            default: 'celsius',
            description: 'Unit of temperatures.',
          },
          options: {
            type: 'object',
            properties: {
              days: { type: 'integer', minimum: 1, maximum: 7, default: 1, description: 'How many days.' },
              note: { type: 'string', description: 'Free text that is returned with the answer.' },
            },
          },
        },
        required: ['city'],
      },
      outputSchema: {
        type: 'object',
        properties: { degrees: { type: 'number', description: 'In the unit that was asked for.' } },
      },
      annotations: READS,
    },
  ],
  laterTools: () => undefined,
  prompts: [
    {
      name: 'plan_day',
      title: 'Plan a day',
      description: 'Proposes what to do in a city by its weather.',
      arguments: [{ name: 'city', description: 'Where.', required: true }],
    },
  ],
  resources: [
    {
      uri: 'weather://cities',
      name: 'cities',
      title: 'Cities',
      description: 'The cities whose weather is known, one a line.',
      mimeType: 'text/plain',
    },
  ],
  templates: [
    {
      uriTemplate: 'weather://city/{name}',
      name: 'city',
      title: 'One city',
      description: 'The weather of one city.',
      mimeType: 'text/plain',
    },
  ],
}

/** A tool without parameters. */
export function plainTool(name: string, description: string, more: Entry = {}): Entry {
  return { name, description, inputSchema: { type: 'object' }, ...more }
}

/** The surface with these tools after its own. */
export function withTools(surface: Surface, ...tools: readonly unknown[]): Surface {
  return { ...surface, tools: [...surface.tools, ...tools] }
}

/** A schema inside as many objects. */
export function nested(levels: number, inner: Entry): Entry {
  let schema = inner
  for (let level = levels; level > 0; level--)
    schema = { type: 'object', properties: { [`level_${level}`]: schema } }
  return schema
}
