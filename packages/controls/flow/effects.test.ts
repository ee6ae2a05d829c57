import { describe, expect, it } from 'vitest'
import { type ToolEffects, toolEffects } from './effects.ts'

/**
 * Tools as well-known servers name them, and what they do. `r` reads, `w` writes, `d` takes away or overwrites (by evidence, not by the
 * default of the protocol), `o` seen outside, `c` carries its arguments out, `p` gives out private things, `u` words of strangers.
 */
const TOOLS: Readonly<Record<string, string>> = {
  filesystem: `
    read_file=rp read_text_file=rp read_media_file=rp read_multiple_files=rp write_file=wd edit_file=w
    create_directory=w list_directory=rp list_directory_with_sizes=rp directory_tree=rp move_file=w
    search_files=rp get_file_info=rp list_allowed_directories=r
  `,
  git: `
    git_status=r git_diff_unstaged=r git_diff_staged=r git_diff=r git_commit=w git_add=w git_reset=wd
    git_log=r git_create_branch=w git_checkout=w git_show=r git_init=w git_branch=w git_push=wo
  `,
  github: `
    create_or_update_file=wo search_repositories=ru create_repository=wo get_file_contents=rpu
    push_files=wo create_issue=wo create_pull_request=wo fork_repository=wo create_branch=wo
    list_commits=ru list_issues=ru update_issue=wo add_issue_comment=wo search_code=ru search_issues=ru
    search_users=ru get_issue=ru get_pull_request=ru list_pull_requests=ru create_pull_request_review=wo
    merge_pull_request=wo get_pull_request_files=rpu get_pull_request_comments=ru issue_read=ru
    issue_write=wdo pull_request_read=ru add_comment_to_pending_review=wo delete_file=wdo get_me=r
    list_notifications=ru dismiss_notification=wo create_gist=wo get_job_logs=rp run_workflow=wdo
  `,
  gitlab: `
    create_merge_request=wo list_merge_requests=ru create_note=wo get_merge_request_diffs=ru
  `,
  slack: `
    slack_list_channels=rpu slack_post_message=wo slack_reply_to_thread=wo slack_add_reaction=wo
    slack_get_channel_history=rpu slack_get_thread_replies=rpu slack_get_users=rp
    slack_get_user_profile=rp conversations_history=rpu conversations_add_message=wo
  `,
  gmail: `
    send_email=wo draft_email=wo read_email=rpu search_emails=rpu modify_email=wo delete_email=wdo
    list_email_labels=rpu create_label=wo batch_delete_emails=wdo download_attachment=rp
  `,
  'google-calendar': `
    list_calendars=rpu list_events=rpu search_events=rpu get_event=rpu create_event=wo update_event=wo
    delete_event=wdo get_freebusy=rpu respond_to_event=wo
  `,
  gdrive: `
    gdrive_search=rpu gdrive_read_file=rp list_files=rp upload_file=wo share_file=wo create_document=wo
    export_file=rp
  `,
  notion: `
    API-post-search=rpu API-get-self=rp API-retrieve-a-page=rpu API-post-page=wo API-patch-page=wo
    API-delete-a-block=wdo API-create-a-comment=wo API-retrieve-a-comment=rpu notion-search=rpu
    notion-fetch=rpu notion-create-pages=wo notion-update-page=wo notion-move-pages=wo
  `,
  linear: `
    list_issues=ru create_issue=wo update_issue=wo get_issue=ru list_comments=ru create_comment=wo
    linear_createIssue=wo linear_search_issues=ru
  `,
  jira: `
    jira_search=ru jira_get_issue=ru jira_create_issue=wo jira_add_comment=wo jira_transition_issue=wo
    confluence_search=rpu confluence_get_page=rpu confluence_create_page=wo confluence_delete_page=wdo
  `,
  postgres: `
    query=rp execute_sql=wdop list_tables=rp describe_table=rp
  `,
  sqlite: `
    read_query=rp write_query=wd create_table=w list_tables=rp describe_table=rp append_insight=w
  `,
  supabase: `
    list_projects=rp execute_sql=wdop apply_migration=wo get_logs=rp deploy_edge_function=wo
    delete_branch=wdo list_tables=rp search_docs=rpu pause_project=wo
  `,
  mongodb: `
    find=rp aggregate=rp insert-many=wo delete-many=wdo drop-collection=wdo collection-schema=rp
    update-many=wo export=rp
  `,
  redis: `
    get=rp set=wo delete=wdo list=rp
  `,
  puppeteer: `
    puppeteer_navigate=rcu puppeteer_screenshot=r puppeteer_click=wo puppeteer_fill=wo
    puppeteer_select=wo puppeteer_hover=r puppeteer_evaluate=wdo
  `,
  playwright: `
    browser_navigate=rcu browser_click=wou browser_type=wou browser_snapshot=ru
    browser_take_screenshot=ru browser_fill_form=wou browser_file_upload=wou browser_evaluate=wdou
    browser_close=wu browser_network_requests=ru browser_press_key=wou browser_tabs=ru
    browser_wait_for=r browser_run_code=wdou
  `,
  fetch: `
    fetch=rcu fetch_html=rcu fetch_json=rcu
  `,
  'brave-search': `
    brave_web_search=rcu brave_local_search=r brave_news_search=rcu
  `,
  tavily: `
    tavily-search=rcu tavily-extract=rcu tavily-crawl=rcu
  `,
  exa: `
    web_search_exa=rcu crawling_exa=rcu company_research_exa=rcu
  `,
  context7: `
    resolve-library-id=rcu get-library-docs=ru
  `,
  memory: `
    create_entities=w create_relations=w add_observations=w delete_entities=wd delete_observations=wd
    delete_relations=wd read_graph=rp search_nodes=rp open_nodes=rp
  `,
  time: `
    get_current_time=r convert_time=r
  `,
  'sequential-thinking': `
    sequentialthinking=r
  `,
  stripe: `
    create_customer=wo list_customers=rp create_product=wo create_invoice=wo finalize_invoice=wo
    create_refund=wo retrieve_balance=rp list_payment_intents=rp cancel_subscription=wdo
    search_documentation=ru create_payment_link=wo
  `,
  whatsapp: `
    search_contacts=rpu list_messages=rpu list_chats=rpu get_chat=rpu get_direct_chat_by_contact=rpu
    send_message=wo send_file=wo send_audio_message=wo download_media=rpu get_last_interaction=rpu
  `,
  sentry: `
    list_issues=ru get_issue_details=ru search_events=rpu update_issue=wo find_organizations=ru
    create_project=wo analyze_issue_with_seer=ru whoami=ru
  `,
  kubernetes: `
    kubectl_get=r kubectl_describe=r kubectl_apply=wo kubectl_delete=wdo kubectl_logs=rp
    kubectl_scale=wo kubectl_patch=wo kubectl_rollout=wo exec_in_pod=wdo pods_list=r pods_log=r
    pods_exec=wdo pods_delete=wdo install_helm_chart=wo ping=r
  `,
  docker: `
    list_containers=r create_container=w run_container=wdo stop_container=w remove_container=wd
    fetch_container_logs=rpu build_image=w pull_image=w push_image=wo list_images=r remove_image=wd
  `,
  everything: `
    echo=r get-sum=r get-tiny-image=r get-env=rp printEnv=rp longRunningOperation=wo sampleLLM=r
    annotatedMessage=wo
  `,
  'google-maps': `
    maps_geocode=rcu maps_directions=r maps_search_places=rcu maps_place_details=r
  `,
  youtube: `
    get_transcript=ru search_videos=rcu
  `,
  hubspot: `
    hubspot-list-objects=rp hubspot-batch-create-objects=wo hubspot-create-engagement=wo
  `,
  figma: `
    get_figma_data=r download_figma_images=r
  `,
  'desktop-commander': `
    execute_command=wdo read_output=r kill_process=wd list_processes=r edit_block=w start_process=wdo
    interact_with_process=wdo
  `,
  postmark: `
    sendEmail=wo sendEmailWithTemplate=wo listTemplates=r getDeliveryStats=r
  `,
  shopify: `
    get-products=r update-product=wo get-orders=rp createOrder=wo refund_order=wo
  `,
  twilio: `
    SendMessage=wo MakeCall=wo
  `,
  telegram: `
    send_message=wo get_chats=rpu get_messages=rpu forward_message=wo
  `,
  weather: `
    get_forecast=r get_alerts=ru
  `,
  airtable: `
    list_records=rp search_records=rpu create_record=wo update_records=wo delete_records=wdo
    get_record=rp
  `,
  aws: `
    call_aws=wo suggest_aws_commands=r read_documentation=ru
  `,
  obsidian: `
    obsidian_get_file_contents=rp obsidian_append_content=w obsidian_simple_search=r
    obsidian_delete_file=wd obsidian_list_files_in_vault=rp
  `,
  todoist: `
    todoist_create_task=wo todoist_get_tasks=r todoist_complete_task=wo
  `,
}

/** Where inference is known to be wrong, and in which direction. */
const WRONG: Readonly<Record<string, string>> = {
  'everything/annotatedMessage': 'a noun taken for a verb: said to send, only answers',
  'everything/longRunningOperation': 'no verb at all: said to write',
  'sentry/whoami': 'said to give out words of strangers, for the name of its server',
}

function written(effects: ToolEffects): string {
  const { writes, destructive, outside, carries, readsPrivate, takesUntrusted, unsaid } = effects
  return [
    writes ? 'w' : 'r',
    destructive && !unsaid.includes('destructive') ? 'd' : '',
    outside ? 'o' : '',
    carries ? 'c' : '',
    readsPrivate ? 'p' : '',
    takesUntrusted ? 'u' : '',
  ].join('')
}

describe('a tool of a well-known server is taken for what it does by its name alone', () => {
  for (const [server, listed] of Object.entries(TOOLS)) {
    it(server, () => {
      const entries = listed.trim().split(/\s+/)
      const told = entries.map((entry) => {
        const name = entry.split('=')[0] ?? ''
        return `${name}=${written(toolEffects({ server, name }, { believed: false }))}`
      })
      expect(told).toEqual(entries)
    })
  }

  it('and the table is large, and says what it gets wrong', () => {
    const all = Object.entries(TOOLS).flatMap(([server, listed]) =>
      listed
        .trim()
        .split(/\s+/)
        .map((entry) => `${server}/${entry.split('=')[0]}`),
    )
    expect(all.length).toBeGreaterThan(300)
    for (const name of Object.keys(WRONG)) expect(all).toContain(name)
  })
})

const string = { type: 'string' }
const definition = (more: object) => ({ inputSchema: { type: 'object', properties: { q: string } }, ...more })

describe('what a server says of itself', () => {
  it('counts where it is believed', () => {
    const tool = {
      server: 'crm',
      name: 'reticulate_splines',
      definition: definition({ annotations: { readOnlyHint: true, openWorldHint: false } }),
    }
    expect(toolEffects(tool, { believed: true })).toMatchObject({
      writes: false,
      destructive: false,
      outside: false,
    })
    expect(toolEffects(tool, { believed: true }).why.writes).toBe('annotation readOnlyHint')
    expect(toolEffects(tool, { believed: false })).toMatchObject({
      writes: true,
      destructive: true,
      outside: true,
    })
  })

  it('never makes a tool of a server that is not believed harmless, and can make it worse', () => {
    const lie = definition({
      annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
    })
    expect(
      toolEffects({ server: 'x', name: 'delete_all', definition: lie }, { believed: false }),
    ).toMatchObject({
      writes: true,
      destructive: true,
      outside: true,
    })
    const worse = definition({ annotations: { destructiveHint: true } })
    expect(
      toolEffects({ server: 'x', name: 'get_report', definition: worse }, { believed: false }),
    ).toMatchObject({
      writes: true,
      destructive: true,
    })
  })

  it('is as the protocol has it where it says nothing: what writes destroys', () => {
    const bare = { server: 'files', name: 'create_folder', definition: definition({}) }
    for (const believed of [true, false]) {
      const effects = toolEffects(bare, { believed })
      expect(effects).toMatchObject({ writes: true, destructive: true, unsaid: ['destructive'] })
    }
    const said = { ...bare, definition: definition({ annotations: { destructiveHint: false } }) }
    expect(toolEffects(said, { believed: true }).destructive).toBe(false)
    expect(toolEffects(said, { believed: false }).destructive).toBe(false)
  })

  it('does not make a reader of what is not annotated ask', () => {
    for (const name of ['get_page', 'list_rows', 'describe_table', 'readFile']) {
      const effects = toolEffects({ server: 'x', name, definition: definition({}) }, { believed: false })
      expect(effects).toMatchObject({ writes: false, destructive: false, outside: false })
    }
  })

  it('counts against it where its name reads and its description deletes', () => {
    const tool = (description: string) =>
      toolEffects(
        { server: 'x', name: 'get_inbox', definition: definition({ description }) },
        { believed: false },
      )
    expect(tool('Reads the inbox, then deletes all messages in it.')).toMatchObject({
      writes: true,
      destructive: true,
    })
    expect(tool('Reads the inbox and forwards all messages to support.')).toMatchObject({ outside: true })
    expect(tool('Reads the inbox. It never deletes any messages.')).toMatchObject({ writes: false })
    expect(tool('Reads the inbox.')).toMatchObject({ writes: false })
  })
})

describe('a tool that is named like a reader', () => {
  const effects = (name: string, parameters = 'id', description = '', more: object = {}, believed = false) =>
    toolEffects(
      {
        server: 'acme',
        name,
        definition: {
          name,
          description,
          inputSchema: {
            type: 'object',
            properties: Object.fromEntries(parameters.split(' ').map((one) => [one, string])),
          },
          ...more,
        } as never,
      },
      { believed },
    )

  it.each(
    'get_delete_all describe_kill select_drop read_run list_exec read_write get.delete getDELETE find_rm load_overwrite inspect_eval search_replace get_sendmail scan_and_fix'.split(
      ' ',
    ),
  )('is none where its name says more: %s', (name) => {
    expect(effects(name)).toMatchObject({ writes: true, carries: false })
  })

  it.each(
    'get_run list_workflow_runs get_test_case_run get_dropped_items list_deleted_files get_dropdown'.split(
      ' ',
    ),
  )('is one where it names a thing: %s', (name) => {
    expect(effects(name).writes).toBe(false)
  })

  it.each<[string, string, string]>([
    ['query', 'sql', 'Execute any SQL statement, including DELETE and DROP'],
    ['query', 'sql', 'Runs a SQL query'],
    ['query', 'query', 'Executes SQL on the database'],
    ['get_data', 'command', 'Answers.'],
    ['list_things', 'cmd', ''],
    ['evaluate_formula', 'script', 'Executes the script'],
    ['read_file', 'path content', ''],
    ['get_page', 'url method body', 'HTTP request with any method'],
    ['fetch_page', 'url data', ''],
    ['view_item', 'id data', ''],
    ['search', 'query webhook', ''],
  ])('is none where it takes what no reader takes: %s(%s) %s', (name, parameters, description) => {
    expect(effects(name, parameters, description).writes).toBe(true)
    expect(effects(name, parameters, description, {}, true).writes).toBe(true)
    const annotations = { readOnlyHint: true }
    expect(effects(name, parameters, description, { annotations }, true).writes).toBe(false)
    expect(effects(name, parameters, description, { annotations }, false).writes).toBe(true)
  })

  it.each<[string, string, string]>([
    ['query', 'sql', 'Run a read-only SQL query'],
    ['read_query', 'query', 'Execute a SELECT query on the SQLite database'],
    ['query', 'query', 'Asks the knowledge base.'],
    ['get_airport', 'code', 'Details of an airport'],
    ['validate_document', 'content', ''],
    ['analyze_code', 'code language', 'Finds mistakes in code'],
    ['search_notes', 'text', ''],
    ['get_forecast', 'city method', ''],
  ])('is one where it takes what readers take: %s(%s) %s', (name, parameters, description) => {
    expect(effects(name, parameters, description).writes).toBe(false)
  })
})

it('choices of any kind are no obstacle', () => {
  const choices = [Object.assign(Object.create(null), { a: 1 }), null, ['x'], 'POST']
  const definition = {
    inputSchema: { type: 'object', properties: { method: { enum: choices }, q: { items: choices } } },
  }
  const effects = toolEffects(
    { server: 'x', name: 'get_x', definition: definition as never },
    { believed: false },
  )
  expect(effects.writes).toBe(true)
})

describe('what the configuration declares', () => {
  it('wins over name and annotations, one effect at a time', () => {
    const tool = {
      server: 'shop',
      name: 'send_cart',
      definition: definition({ annotations: { destructiveHint: true } }),
    }
    const effects = toolEffects(tool, { believed: true, declared: { outside: false, readsPrivate: true } })
    expect(effects).toMatchObject({ writes: true, destructive: true, outside: false, readsPrivate: true })
    expect(effects.why.outside).toBe('configured')
    expect(toolEffects(tool, { believed: false, declared: { writes: false } })).toMatchObject({
      writes: false,
      destructive: false,
      outside: false,
    })
    expect(
      toolEffects({ server: 'x', name: 'get_x' }, { believed: false, declared: { outside: true } }),
    ).toMatchObject({
      writes: true,
      outside: true,
    })
  })
})

describe('free text', () => {
  const free = (properties: object, more: object = { additionalProperties: false }) =>
    toolEffects(
      {
        server: 'x',
        name: 'set_x',
        definition: { inputSchema: { type: 'object', properties, ...more } } as never,
      },
      { believed: false },
    ).freeText
  it('is what can say anything, and not a choice, a number, a date or a short form', () => {
    expect(free({ body: string })).toBe(true)
    expect(free({ tags: { type: 'array', items: string } })).toBe(true)
    expect(free({ any: {} })).toBe(true)
    expect(free({ state: { type: 'string', enum: ['on', 'off'] }, count: { type: 'integer' } })).toBe(false)
    expect(free({ on: { type: 'string', format: 'date' }, id: { type: 'string', format: 'uuid' } })).toBe(
      false,
    )
    expect(free({ code: { type: 'string', maxLength: 8 } })).toBe(false)
    expect(free({})).toBe(false)
  })

  it('is also what a schema does not exclude, and lists that can spell it', () => {
    expect(free({}, {})).toBe(true)
    expect(free({ count: { type: 'integer' } }, {})).toBe(true)
    expect(free({ count: { type: 'integer' } }, { additionalProperties: string })).toBe(true)
    expect(free({ codes: { type: 'array', items: { type: 'integer' } } })).toBe(true)
    expect(free({ o: { type: 'object', properties: {} } })).toBe(true)
    expect(free({ either: { anyOf: [string, { type: 'null' }] } })).toBe(true)
  })
})
