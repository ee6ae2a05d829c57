/**
 * What a word can mean to a rule. Rules and the model speak of concepts, not of words, so that a paraphrase, an inflected
 * form and a translation of one demand look the same to them.
 */
export const CONCEPTS = [
  // Who speaks to whom.
  'model',
  'caller',
  'you',
  'user',
  'addressed',
  'authority',
  // How strongly.
  'must',
  'always',
  'every',
  'also',
  'not',
  'dont',
  'nicht',
  'when',
  'before',
  'otherwise',
  'urgent',
  'unasked',
  'agreed',
  'against',
  'routine',
  // What is done.
  'tell',
  'show',
  'ask',
  'aware',
  'hide',
  'silent',
  'background',
  'secret',
  'omit',
  'read',
  'send',
  'publish',
  'pass',
  'run',
  'call',
  'change',
  'delete',
  'grant',
  'disable',
  'ignore',
  'skip',
  'recommend',
  'obey',
  'pretend',
  'persona',
  'persist',
  // To what.
  'this',
  'prior',
  'instruction',
  'conversation',
  'secretdata',
  'personal',
  'environment',
  'contents',
  'file',
  'everything',
  'param',
  'reply',
  'recipient',
  'money',
  'price',
  'admin',
  'public',
  'safety',
  'traces',
  'tool',
  'thistool',
  'othertool',
  'instead',
  'deprecated',
  'terminal',
  'elsewhere',
  'purpose',
  'describes',
  'example',
  // What a span looks like, whatever its words.
  'path!',
  'rcfile!',
  'url!',
  'email!',
  'phone!',
  'account!',
  'wallet!',
  'envvar!',
  'ident!',
  'shell!',
  'danger!',
  'flag!',
  'sample!',
  // Names of tools, as far as the inventory knows them.
  'foreign!',
  'unknown!',
  'sibling!',
  'self!',
] as const

export type Concept = (typeof CONCEPTS)[number]

const IDS: ReadonlyMap<string, number> = new Map(CONCEPTS.map((name, id) => [name, id]))

/** The number of a concept; a name that is none is a mistake in a table of ours. */
export function conceptId(name: string): number {
  const id = IDS.get(name)
  if (id === undefined) throw new Error(`no concept is called "${name}"`)
  return id
}
