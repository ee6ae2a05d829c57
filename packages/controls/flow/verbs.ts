/**
 * What the words in the name of a tool say of what it does. Tables, so that whoever finds a tool misread adds a word.
 *
 * A word stands in one table only. Words that are as often a noun (`post`, `comment`, `report`) decide only where no
 * other verb does: `get_post` reads, `slack_post_message` posts.
 */
const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Reads, and what is asked for stays with the server that has it. */
export const READS = words(`
  get gets list lists read reads show view describe find lookup count inspect retrieve peek tail cat head stat stats
  dump info details detail status health ping whoami enumerate discover explore poll monitor watch observe preview
  summarize summarise explain analyze analyse compare diff blame detect evaluate measure estimate assess review
  check verify validate lint test audit scan trace is has are can exists who what when
  download export grep glob tree ls select load snapshot screenshot capture history recall
  generate render draw plot optimize optimise aggregate sample decrypt unseal suggest recommend
  calculate compute convert format parse decode encode hash think sequentialthinking sequential thinking reason
  plan wait sleep echo help introspect query rank score classify profile hover collect access map print logs log top
`)

/** Only reads, but its arguments travel to the open world. */
export const CARRIES = words(`
  search searches fetch fetches browse resolve translate crawl scrape navigate goto visit research geocode whois
  websearch webfetch extract ask consult chat
`)

/** Changes something, and leaves what was there. */
export const ADDS = words(`
  create creates add adds insert append new make register init initialize clone copy duplicate fork import
  draft open start begin schedule book reserve install enable subscribe follow attach link assign commit stage checkout branch
  tag label star watchlist remember store save record track upsert build provision spawn mount connect join
  transition resume retry trigger click tap type press fill drag
  lock unlock pin unpin mark react vote like rate setup undo redo restart reboot activate handle
  expand annotate sign accept login logout authenticate choose switch use
`)

/** Changes what is there. */
export const CHANGES = words(`
  update updates refresh edit modify change set sets patch alter adjust configure write writes rename move put toggle resize
  reorder replace refactor fix close reopen archive unarchive restore migrate apply merge rebase
  sync manage upgrade scale rotate disable unsubscribe unfollow detach unlink unassign stop pause complete finish
  rollback revert rewrite standardize unmerge protect regenerate approve reject dismiss swap increment cherry stash
`)

/** Takes away or overwrites what was there. */
export const DESTROYS = words(`
  delete deletes remove removes rm rmdir drop purge clear erase destroy kill terminate overwrite truncate uninstall
  wipe revoke cancel prune reset unpublish discard forget evict ban kick block expire shutdown unset
  cleanup clean deactivate decommission disconnect logoff
`)

/** What it writes is seen by others, or leaves for good. */
export const SENDS = words(`
  send sends publish push share invite upload submit deploy forward broadcast notify announce pay transfer purchase
  buy refund charge dial tweet retweet emails repost crosspost syndicate promote
  whatsapp sms dm
`)

/** Whatever the arguments say: nothing can be excluded. */
export const RUNS = words(`
  run runs exec execute eval invoke interact shell bash powershell terminal dispatch automate
`)

export type AmbiguousAction = 'sends' | 'adds' | 'changes' | 'runs' | 'reads'

/** Verbs as often as nouns: they decide where nothing else does. Value: the table they then count to. */
export const AMBIGUOUS: ReadonlyMap<string, AmbiguousAction> = new Map<string, AmbiguousAction>([
  ...pairs<AmbiguousAction>(
    'sends',
    'post comment reply message email mail call order release request respond answer',
  ),
  ...pairs<AmbiguousAction>(
    'adds',
    'note fork branch tag label star link book schedule draft record track store mark pin',
  ),
  ...pairs<AmbiguousAction>('changes', 'close archive lock transition fix merge sync pull'),
  ...pairs<AmbiguousAction>('runs', 'command script job workflow automation action'),
  ...pairs<AmbiguousAction>(
    'reads',
    'report review status history log logs stats info details preview view profile top score map trace sample print test plan summary schema usage version config metrics transcript directions forecast balance weather quote rates requests messages console tabs documentation docs statistics calculator overview',
  ),
])

function pairs<V>(value: V, text: string): (readonly [string, V])[] {
  return text.split(' ').map((word) => [word, value] as const)
}

/**
 * Products behind a network: what is written there is seen by others or has left. Words of tool names and server ids.
 */
export const REMOTE = words(`
  github gitlab gitea bitbucket azure devops slack discord teams telegram whatsapp signal matrix mattermost zulip
  gmail outlook email mail imap smtp sendgrid mailgun postmark resend mailchimp twilio sms
  notion linear jira confluence atlassian asana trello clickup monday todoist airtable coda basecamp
  stripe paypal square shopify plaid quickbooks xero hubspot salesforce zendesk intercom freshdesk crm pipedrive
  supabase neon planetscale firebase vercel netlify cloudflare heroku railway render fly aws gcp google gdrive drive
  gcal calendar sheets docs dropbox onedrive sharepoint box figma canva miro sentry datadog grafana pagerduty opsgenie
  newrelic honeycomb twitter tweet bluesky mastodon reddit linkedin facebook instagram youtube tiktok medium wordpress
  postman swagger pactflow hyperbrowser browserstack dynatrace zscaler zia zpa lark feishu ghl vonage
  ghost zapier ifttt pipedream npm pypi dockerhub huggingface asana bugsnag codacy qmetry zephyr fb
`)

/** Things that others see when they are written, wherever they are kept. */
export const SHARED_THINGS = words(`
  issue issues pull pr prs request requests mr comment comments message messages channel channels thread email emails
  mail event events invite invites invitation invitations ticket tickets card cards gist gists release releases
  discussion discussions invoice invoices payment payments customer customers deployment deployments
  webhook webhooks tweet tweets post posts reply replies review reviews repository repo repos reaction reactions
  attendee attendees member members guest collaborator collaborators permission permissions contact contacts meeting
  meetings appointment appointments order orders subscription subscriptions campaign campaigns blog wiki page pages
  remote upload site form forms refund coupon price product products
`)

/** Things of this machine or of the server alone: to write them shows them to nobody. */
export const LOCAL_THINGS = words(`
  file files directory directories folder path entity entities relation relations observation observations memory
  memories graph node nodes thought thoughts thinking local clipboard window cache temp tmp process processes session buffer
  cursor selection sqlite stash commit index tab browser cell notebook insight breakpoint simulator
  emulator container containers image volume network
  block blocks line lines code symbol symbols
`)

/** What holds words of strangers when it is read. */
export const STRANGERS = words(`
  web page pages url urls website site html browse browser fetch crawl scrape navigate snapshot extract research
  news feed rss
  issue issues pull pr prs mr comment comments discussion discussions review reviews commit commits
  mail mails email emails inbox message messages chat chats thread threads channel channels conversation conversations
  replies reply post posts tweet tweets ticket tickets invite invites invitation event events calendar
  notification notifications form forms submission submissions response survey feedback wiki
  readme repository repositories package transcript video videos youtube reddit
  sentry crash errors alert alerts contact contacts call calls request requests
  whatsapp imessage telegram signal docs documentation
`)

/** What is private when it is read. */
export const PRIVATE_THINGS = words(`
  mail mails email emails inbox gmail outlook message messages chat chats dm dms conversation conversations thread
  threads note notes memory memories file files document documents doc docs drive folder directory
  calendar event events contact contacts database db table rows sql postgres sqlite mysql mongo mongodb redis
  supabase secret secrets credential credentials password passwords vault env environment key keys token tokens
  customer customers invoice invoices payment payments account accounts balance transaction transactions charge charges
  payroll salary employee employees patient patients health photo photos clipboard logs session sessions
  graph nodes entities observations query record records sheet sheets spreadsheet attachment attachments
  contents content diary journal
  whatsapp imessage telegram signal crm hubspot salesforce notion confluence gdrive onedrive dropbox sharepoint order orders
  slack teams discord
`)

/** Pages and other things of the open world: never private, whatever word stands beside it. */
export const PUBLIC_THINGS = words(`
  web website websearch internet news weather wikipedia arxiv wiki public url urls html crawl scrape browse time timezone
  npm pypi package library youtube maps geocode stock stocks crypto hackernews reddit
`)

/** Parameters that only a tool that writes has. */
export const WRITE_PARAMETERS = words(`
  content contents body text message comment subject recipient recipients cc bcc attachments attachment
  newname newvalue replacement patch edits changes amount password
`)

/** What is hardly ever a noun: wherever it stands in a name, that is done as well (`get_delete_all`, `read_write`). */
export const DONE_ANYWHERE = words(`
  delete deletes remove removes rm rmdir drop purge erase destroy kill terminate overwrite truncate uninstall wipe revoke
  unset unpublish evict write writes rewrite modify insert append upsert replace rename exec execute eval invoke send sends
  sendmail publish
`)
/** After these, which are verbs elsewhere, `run` is a thing: `get_run`, `test_run`. */
export const HAS_RUNS = words(`
  get list show describe find view fetch search test build check query monitor count export compare download
`)

/** Parameters that say what is to be run. */
export const RUN_PARAMETERS = words(`
  command commands cmd cmds commandline shellcommand shell bash argv
`)
/** Those that do where the tool speaks of running, and are a name or a number elsewhere (`code` of an airport). */
export const CODE_PARAMETERS = words(`
  code script snippet expression program function javascript python source sourcecode
`)
export const SQL_PARAMETERS = words(`
  sql sqlquery sqlstatement sqltext statement statements query querystring querytext
`)
/** Of a reader that works on nothing it is given: what is to be kept or sent. */
export const BODY_PARAMETERS = words(`
  content contents body data payload attachment attachments newname newvalue replacement patch edits cc bcc recipients
`)
/** Where else the answer goes. */
export const HOOK_PARAMETERS = words(`
  webhook webhookurl callback callbackurl notifyurl
`)
