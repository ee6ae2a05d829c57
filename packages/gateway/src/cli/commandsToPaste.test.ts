import { expect, test } from 'vitest'
import { commandsToPaste } from './commandsToPaste.ts'

const URL = 'https://gate.example/mcp'
const PASTE = `Paste:  claude mcp add --transport http gate ${URL}`
const TRY = `Try:    npx mcp-inspector --cli ${URL} --transport http --method tools/list`
const HEADER = '--header "Authorization: Bearer $SALLYPORT_KEY"'
const KEY = 'Key:    export SALLYPORT_KEY=$(sallyport keys create NAME)'
const keys = { pepper: [] }
const issuers = [] as const

test.each([
  ['nobody is asked who they are', undefined, [PASTE, TRY]],
  ['keys alone let in', { keys }, [KEY, `${PASTE} ${HEADER}`, `${TRY} ${HEADER}`]],
  ['people sign in', { issuers }, [`${PASTE}   (it is sent to sign in)`]],
  ['both do', { issuers, keys }, [`${PASTE}   (it is sent to sign in)`, KEY, `${TRY} ${HEADER}`]],
])('what is to be pasted works as it stands, where %s', (_, auth, expected) => {
  expect(commandsToPaste(URL, auth, 'sallyport keys create NAME')).toEqual(expected)
})
