/** What may come in and what goes out. Every text has a bound: a schema without one is an invitation. */
import { z } from 'zod'

export const TAG = z.string().regex(/^[a-z0-9-]{1,24}$/, 'lower case letters, digits and dashes, at most 24')
export const NOTE_ID = z.string().regex(/^[0-9a-f]{12}$/, 'an id as the other tools return it')
const TITLE = z.string().trim().min(1).max(120)
const BODY = z.string().max(8_000)
const TAGS = z.array(TAG).max(8)

export const DRAFT = z.strictObject({
  title: TITLE.describe('One line.'),
  body: BODY.describe('The text of the note.'),
  tags: TAGS.default([]).describe('Words to find it by.'),
})

export const NOTE = z.object({
  id: NOTE_ID,
  title: TITLE,
  body: BODY,
  tags: TAGS,
  reminder: z.object({ on: z.string(), urgency: z.string() }).optional(),
})

export const NOTES = z.object({ notes: z.array(NOTE), total: z.int() })

/** What a person is asked before a reminder is set. */
export const REMINDER = z.object({
  on: z.iso.date().describe('The day to be reminded.'),
  urgency: z.enum(['low', 'normal', 'high']).default('normal').describe('How much it matters.'),
})
