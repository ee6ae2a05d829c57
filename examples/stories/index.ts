/** All stories, in the order in which they are told. */
import { borrowedModel } from './borrowed-model/story.ts'
import { calendarInvite } from './calendar-invite/story.ts'
import { changedProgram } from './changed-program/story.ts'
import { copiedNote } from './copied-note/story.ts'
import { droppedTable } from './dropped-table/story.ts'
import { emailBcc } from './email-bcc/story.ts'
import { extraParameter } from './extra-parameter/story.ts'
import { forbiddenMerge } from './forbidden-merge/story.ts'
import { forgedDialog } from './forged-dialog/story.ts'
import { githubIssue } from './github-issue/story.ts'
import { hiddenLine } from './hidden-line/story.ts'
import { leakedKey } from './leaked-key/story.ts'
import { messageRedirect } from './message-redirect/story.ts'
import { metadataService } from './metadata-service/story.ts'
import { ownWords } from './own-words/story.ts'
import { pageOrders } from './page-orders/story.ts'
import { passwordForm } from './password-form/story.ts'
import { pictureLink } from './picture-link/story.ts'
import { poisonedReadme } from './poisoned-readme/story.ts'
import { rugPull } from './rug-pull/story.ts'
import { shadowingTool } from './shadowing-tool/story.ts'
import type { Story } from './story.ts'
import { supportTicket } from './support-ticket/story.ts'
import { taskResult } from './task-result/story.ts'

export const stories: readonly Story[] = [
  githubIssue,
  messageRedirect,
  supportTicket,
  emailBcc,
  changedProgram,
  rugPull,
  shadowingTool,
  poisonedReadme,
  calendarInvite,
  copiedNote,
  ownWords,
  passwordForm,
  forgedDialog,
  borrowedModel,
  pageOrders,
  taskResult,
  hiddenLine,
  pictureLink,
  leakedKey,
  droppedTable,
  metadataService,
  forbiddenMerge,
  extraParameter,
]
