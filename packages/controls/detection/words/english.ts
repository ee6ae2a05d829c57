import type { LanguageTable } from './lexicon.ts'

/**
 * English, as far as orders to a model are made of it. A word stands under every concept it can carry; `_` joins a phrase; a verb is
 * given as its base form and inflected (see `lexicon.ts`), without the third person: "reads" describes a tool, "read" commands a model.
 */
export const ENGLISH: LanguageTable = {
  words: {
    tell: 'bring_this_up bring_it_up bring_that_up',
    omit: 'leave_this_out leave_that_out leave_them_out',
    model:
      'assistant assistants ai llm llms model agent agents claude gpt chatgpt copilot gemini bot chatbot language_model ' +
      'language_models ai_agent ai_agents ai_model ai_assistant',
    caller: 'client clients caller callers host consumer consumers the_system integrators one',
    you: 'you your yourself',
    user: 'user users human humans customer customers operator end_user end_users operators ' + 'the_person',
    addressed:
      'note_to_assistant note_to_the_assistant note_to_model note_to_the_model note_to_ai note_to_the_ai note_to_llm note_to_llms ' +
      'note_to_agent note_to_agents note_for_ai note_for_the_ai note_for_assistant note_for_the_assistant note_for_llm note_for_llms ' +
      'note_for_agents note_for_the_agent note_for_the_model note_for_models message_to_the_assistant message_for_the_assistant ' +
      'message_to_the_model instructions_for_the_assistant instruction_for_the_model instructions_for_ai instructions_for_the_ai ' +
      'instructions_for_the_model instructions_to_the_model assistant_only ai_only model_only llm_only agents_only agent_only ' +
      'for_the_model_only for_the_assistant_only for_ai_only dear_assistant dear_ai dear_model attention_assistant attention_ai ' +
      'attention_agent attention_model hey_assistant hey_ai internal_note system_note system_notice system_instruction system_instructions ' +
      'system_directive system_override priority_instruction developer_note internal_instruction internal_instructions ' +
      'hidden_instruction hidden_instructions agent_directive assistant_directive new_task_for_the new_directive ' +
      'reminder_to_the_assistant reminder_for_the_assistant notice_to_agents notice_to_the_assistant',
    authority:
      'system admin administrator administrators developer developers platform compliance audit auditor auditing policy policies ' +
      'regulation regulations regulatory legal security_team security_policy security_department it_department corporate company ' +
      'official anthropic openai vendor governance headquarters management mandated supervisor maintainers gdpr soc2 hipaa security',
    must:
      'must should shall need needs required requires mandatory necessary obligatory obliged obligated ensure have_to has_to make_sure ' +
      'be_sure remember_to expected_to expects_you supposed_to please essential_that do_not_forget be_certain is_to_be are_to_be imperative ' +
      'kindly be_careful_to it_is_vital ought only_works_if works_only_if only_work_if only_released cannot_be_skipped is_needed are_needed ' +
      'requested_to asked_to instructed_to want_you_to see_to_it compulsory has_to_be have_to_be',
    always:
      'always never_skip regardless no_matter in_all_cases in_any_case under_all_circumstances without_exception from_now_on henceforth ' +
      'going_forward from_this_point hereafter for_the_rest for_the_remainder at_all_times permanently invariably unconditionally ' +
      'whatever_the_user even_if_the_user even_when_the_user without_fail',
    every:
      'every each all any whenever subsequent later future every_time each_time on_every_call each_call every_call each_invocation ' +
      'every_invocation all_requests every_request entire complete full whole once_per_session',
    also:
      'also additionally automatically immediately first as_well in_addition afterwards beforehand at_the_same_time along_with ' +
      'together_with right_away straight_away on_top then second',
    not: 'not never dont do_not must_not cannot cant wont without avoid no nor isnt shouldnt mustnt neednt nothing nobody unaware none',
    dont:
      'do_not dont never must_not should_not shall_not shouldnt mustnt without avoid refrain refrain_from no_need_to not_to need_not neednt ' +
      'under_no_circumstances at_no_point nothing nobody no_reason_to is_not_to are_not_to not_necessary_to not_be has_not_to ' +
      'does_not_have_to do_not_have_to stop_short_of rather_than unnecessary_to no_mention cannot_be may_not not_required_to please_do_not there_is_no_need',
    when:
      'when whenever if once upon while as_soon_as until unless during on_startup at_the_start at_the_end at_startup where provided in_case ' +
      'as_long_as on_start_up',
    before:
      'before prior_to ahead_of first in_advance precondition prerequisite preliminary initially after following_each afterwards once_done ' +
      'upon_completion beforehand prior_step',
    otherwise:
      'otherwise or_else will_fail will_not_work wont_work rejected refused results_in_an_error result_in_an_error failure_to not_optional ' +
      'denied cannot_proceed will_be_blocked will_be_refused will_break stops_working not_function invalidated cannot_continue locked_out ' +
      'suspended returns_nothing incomplete_without will_time_out breaks will_crash would_fail not_succeed must_not_be_skipped or_the',
    urgent:
      'important critical urgent mandatory attention warning immediately crucial vital priority asap essential emergency notice imperative ' +
      'top_priority time_sensitive high_priority',
    unasked:
      'without_asking without_confirmation without_confirming without_permission without_approval without_consent without_prompting ' +
      'no_confirmation no_need_to_ask no_need_to_confirm need_not_ask confirmation_is_not_needed do_not_confirm ' +
      'without_further_confirmation without_the_users_permission skip_confirmation without_hesitation confirmation_not_required ' +
      'confirmation_is_not_required confirmation_is_not_necessary no_approval no_permission no_consent needs_no_confirmation ' +
      'requires_no_confirmation ask_no_questions without_review unprompted no_further_approval without_being_asked without_user_confirmation ' +
      'without_user_consent without_user_approval without_explicit skip_the_confirmation nobody_has_to_approve nobody_needs_to_approve nobody_has_to_confirm no_one_has_to_confirm ' +
      'confirmation_step_is_not approval_is_not_required',
    agreed:
      'already_agreed already_consented already_approved already_authorised already_authorized already_confirmed already_given ' +
      'already_been_given have_consented has_agreed have_agreed have_already_agreed pre_approved preapproved ' +
      'pre_authorised pre_authorized preauthorized users_agreed user_agreed users_have_agreed gave_permission given_permission permission_granted permission_has_been_granted ' +
      'consent_was_given consent_is_given consent_has_been has_consented agreed_to_this agreed_in_advance granted_in_advance ' +
      'explicitly_authorized explicitly_authorised implied_consent authorise_you authorize_you',
    against:
      'even_if_the_user even_when_the_user whatever_the_user no_matter_what_the_user regardless_of_what_the_user even_though_the_user ' +
      'against_the_users contrary_to_the_user despite_the_user over_the_users regardless_of_the_users even_if_they_ask even_if_asked ' +
      'even_if_told_otherwise whether_or_not_the_user even_if_the_users overrule_the_user in_spite_of_the_user even_where_they_contradict',
    routine:
      'standard_procedure standard_practice implementation_detail handled_internally routine normal_operation normal_behaviour ' +
      'normal_behavior technical_requirement operational_requirement reliable_operation keeps_the_integration housekeeping background_task ' +
      'formality internal_step internal_detail technical_detail technical_details required_for_access normal_build',
    silent:
      'silently quietly secretly covertly discreetly stealthily surreptitiously unobtrusively invisibly inconspicuously under_the_radar ' +
      'undetected in_secret out_of_sight tacitly imperceptibly without_drawing_attention',
    background:
      'in_the_background behind_the_scenes under_the_hood transparently privately unnoticed invisible unseen stealth_mode quiet',
    secret:
      'confidential secret hidden undisclosed internal_only not_for_users off_the_record between_us in_confidence concealed covert',
    aware:
      'aware notice noticing know knows knowing learn find_out finds_out realise realize suspect alarmed confused confuse ' +
      'confuses worried bother informed notified told noticed',
    prior:
      'previous prior earlier above preceding past existing other all any original current initial foregoing system these those former ' +
      'standing default your my their conflicting users developer every contrary every_previous',
    instruction:
      'instruction instructions prompt prompts rule rules directive directives guideline guidelines guidance policy policies restriction ' +
      'restrictions safeguard safeguards guardrail guardrails programming safety_check safety_checks safety_rules orders directions ' +
      'system_prompt constraints commands',
    conversation:
      'context_window entire_context your_memory conversation conversations chat transcript dialogue dialog previous_messages earlier_messages last_message last_messages prior_messages ' +
      'chat_messages all_messages message_history chat_log conversation_history chat_history session_history ' +
      'users_message users_messages users_prompt original_prompt user_prompt last_prompt everything_the_user everything_you_know ' +
      'scratchpad chain_of_thought message_log what_the_user_said users_last_message users_question developer_message list_of_messages ' +
      'hidden_instructions initial_instructions',
    secretdata:
      'credential credentials password passwords passphrase api_key api_keys apikey api_token api_tokens tokens secrets private_key ' +
      'private_keys ssh_key ssh_keys cookies environment_variables env_vars env_variables access_key access_keys session_token seed_phrase ' +
      'recovery_phrase mnemonic wallet_key authentication_token auth_token bearer_token login_data one_time_code verification_code ' +
      'keychain connection_string signing_key encryption_key master_password pin_code pin_codes logins aws_keys session_cookies ' +
      'browser_cookies bank_details jwt auth_tokens access_tokens secret_keys secret_key system_prompt',
    personal:
      'personal_data personal_details personal_information pii email_address e_mail_address e_mail_addresses email_addresses phone_number ' +
      'phone_numbers home_address social_security_number ssn credit_card credit_cards card_number contact_list address_book customer_data ' +
      'user_data users_data medical_records health_records account_name date_of_birth passport customer_records private_data sensitive_data ' +
      'confidential_data sensitive_information private_messages users_email company_data internal_data salary salaries payroll ' +
      'browsing_history location_data user_details users_details from_users about_the_user',
    environment:
      'environment_variables environment env home_directory home_folder hostname process_list config_file configuration_file ' +
      'system_information dotfiles shell_history',
    contents:
      'contents content data output results result values details copy text body payload information records request_details response ' +
      'responses rows lines',
    file: 'file files document documents folder directory directories repository database disk attachment attachments workspace project',
    everything:
      'everything anything whatever complete entire full whole all verbatim word_for_word word_by_word',
    param:
      'parameter parameters argument arguments field fields param params input property query_string query_parameter query_parameters ' +
      'header headers sidenote side_note placeholder attribute slot',
    reply:
      'reply replies answer answers response responses summary final_answer final_response explanation ' +
      'your_output',
    recipient:
      'recipient recipients destination bcc cc beneficiary payee receiver iban wallet to_field account_number bank_account target_address ' +
      'reply_to forwarding_address recipient_address payout_address copies',
    money:
      'payment payments transfer transaction invoice amount amounts invoices funds bank wire purchase bitcoin crypto payout checkout',
    price:
      'price prices fee cost commission competitor competitors sponsored partner premium subscription affiliate brand rival vendor offer ' +
      'cheaper best_choice only_safe',
    pass: 'include included set',
    grant:
      'grant granting granted give giving elevate promote escalate authorize authorise invite assign unlock',
    admin:
      'admin administrator owner superuser sudo elevated privilege privileges write_access full_access admin_rights full_control ' +
      'collaborator maintainer admin_access owner_access root_access administrator_rights',
    public:
      'public publicly world_readable open_to_all shared_with_anyone anonymous gist pastebin public_visibility to_everyone',
    safety:
      'firewall antivirus branch_protection branch_protections guardrails protections two_factor mfa signature_check safeguards audit_logging antivirus_software ' +
      'security_checks security_restrictions safety_checks safety_rules certificate_validation certificate_checks certificate_verification access_controls ' +
      'security_validation authorization_checks tls_verification security_features security_settings safety_measures',
    traces:
      'audit_log audit_logs logs log_entries backups evidence existing_backups previous_version previous_versions audit_trail log_files ' +
      'traces command_history',
    tool: 'tool tools function functions server servers integration integrations plugin plugins connector connectors api method skill capability',
    thistool:
      'this_tool this_function the_tool this_server this_integration this_plugin this_endpoint this_method this_one this_connector ' +
      'this_service present_tool',
    othertool:
      'other_tool other_tools any_tool any_tools another_tool any_other_tool any_other_tools all_tools other_functions all_other_tools ' +
      'every_tool every_other_tool other_servers another_server any_other_server other_integrations the_other_integrations other_plugins ' +
      'each_tool subsequent_tools any_action remaining_tools any_function similar_tools competing_tools tools_named built_in_tool ' +
      'native_tool builtin_tools built_in_tools the_other_server different_tool the_file_tools other_assistants',
    instead:
      'instead in_place_of in_lieu_of replaces replacement_for replaced_by supersedes substitute_for in_preference_to over_any over_other ' +
      'over_all takes_over supersede prefer_it preferred_over in_its_place its_place',
    deprecated:
      'deprecated obsolete no_longer_maintained unmaintained unsafe insecure unreliable broken out_of_order out_of_date outdated vulnerable ' +
      'vulnerability compromised discontinued malfunctioning not_working decommissioned buggy untrustworthy no_longer_supported ' +
      'no_longer_available retired not_be_used should_not_be_used must_not_be_used stale leaks_data not_certified',
    terminal:
      'terminal shell command_line bash powershell shell_tool terminal_tool local_machine shell_command command_prompt subprocess ' +
      'child_process execute_command run_command users_machine users_computer host_machine command_runner',
    elsewhere:
      'attacker offsite outside_server collector backup_server monitoring_server monitoring_proxy external_endpoint ' +
      'external_server our_server our_servers partner_workspace shared_bucket analytics_server central_server public_gist external_service ' +
      'ops_channel our_endpoint our_backend attacker_controlled third_party_server third_party_endpoint external_url external_host',
    purpose:
      'in_order_to due_to because so_that because_of for_compliance for_security for_audit for_auditing for_quality for_debugging ' +
      'for_billing for_verification for_validation for_safety for_performance for_telemetry for_logging for_personalization for_caching ' +
      'for_authentication to_comply to_satisfy per_company as_part_of in_line_with for_optimal for_best_results for_consistency to_guarantee ' +
      'to_ensure for_diagnostics for_analytics for_accuracy to_validate to_verify to_authenticate to_unlock to_activate to_calibrate ' +
      'to_initialise to_initialize for_rate_limiting for_tracking to_prove to_finish_the_setup to_sign',
    describes:
      'detect detects detecting detection detector scan scans scanning scanner scanned identify identifies identifying prevent prevents ' +
      'prevention attack attacks attacker attackers injection injections jailbreak jailbreaks malicious phishing threat threats adversarial ' +
      'vulnerabilities exploit exploits red_team suspicious poisoning poisoned mitigation mitigations classifier moderation harmful spam ' +
      'exfiltration spoofing attempts attempt untrusted',
    example:
      'example examples e_g eg for_instance such_as like sample i_e phrases phrase pattern patterns keyword keywords',
    this:
      'this that it these those step steps anything what_you action actions call operation process fact instruction instructions behaviour ' +
      'behavior procedure what_was about_it extra transfer change',
    obey: 'carry_them_out execute_them follow_them obey_them comply_with_them do_what_it_says do_as_it_says',
    persist:
      'startup_script login_script autostart launch_agent launchagent scheduled_task cron_job crontab startup_folder registry_run_key git_hook ' +
      'pre_commit_hook shell_profile authorized_keys authorised_keys systemd_unit post_install_script entry_files reverse_shell backdoor ' +
      'long_term_memory persistent_memory',
    persona:
      'you_are_now act_as pretend_to_be roleplay role_play you_will_act you_are_going_to_act stay_in_character jailbroken no_restrictions ' +
      'do_anything_now developer_mode dan_mode uncensored unrestricted_ai without_any_restrictions no_limitations freed_from broken_free ' +
      'no_filters opposite_mode new_persona simulate_being evil_mode god_mode not_bound_by no_ethical imagine_you_are you_are_a_tool ' +
      'play_the_role unethical amoral immoral illegal unfiltered never_refuse respond_as answer_as in_character out_of_character profanity ' +
      'censorship legality morality typical_confines abide_by no_warnings any_warnings no_disclaimers any_disclaimers act_like as_dan ' +
      'ethical_guidelines moral_guidelines chatgpt_with pretend_you are_going_to_act without_censorship anything_i_ask',
    'shell!':
      'curl wget scp netcat printenv sudo chmod chown systemctl iptables rm_rf bash_c sh_c python_c ls_la ps_aux whoami python3_c nslookup ' +
      'ssh_keygen certutil invoke_webrequest iwr iex nc cat_etc uname crontab_l schtasks launchctl os_system subprocess_run child_process',
    'danger!':
      'printenv netcat certutil iex base64_d nc_e dev_tcp rm_rf stop_firewalld setenforce userdel useradd xmrig mkfifo env_base64',
    'rcfile!': 'crontab',
  },
  verbs: {
    tell: 'tell/told mention inform notify/notified disclose reveal discuss report say/said explain alert acknowledge announce admit confess divulge bring_up quote talk speak/spoke comment',
    show: 'show/shown display expose surface print present render',
    ask: 'ask confirm consult check_with verify_with seek request await wait_for',
    hide: 'hide/hid/hidden/hiding conceal suppress obscure withhold/withheld cover_up keep_hidden keep_it_from keep_this_from disguise bury obfuscate',
    omit: 'omit/omitting leave_out leave_it_out exclude/excluding drop',
    read:
      'read/reading open load cat collect obtain fetch retrieve gather extract get/getting dump copy/copied capture harvest enumerate grab/grabbed/grabbing ' +
      'pull find locate look_up take steal scrape look_at acquire view decrypt list look_for search_for',
    send:
      'send/sent forward post upload transmit/transmitted/transmitting share deliver relay exfiltrate leak submit/submitted/submitting redirect route hand_over hand_it_over ' +
      'contact ping beacon bcc dispatch mirror pass_on hand_to',
    publish:
      'publish push sync synchronise synchronize stream report notify/notified register broadcast pipe text message move archive',
    pass:
      'pass supply/supplied append attach put/putting place insert provide embed/embedded/embedding add encode fill populate store write/wrote/written enclose paste ' +
      'hand copy/copied submit/submitted save give/given fold pack prefix prepend inject stuff serialize serialise concatenate repeat hand_it',
    run: 'run/ran/running execute issue eval launch spawn invoke type install',
    call: 'call invoke use trigger switch consult go_through prefer choose/chose/chosen select activate apply/applied employ route',
    change:
      'replace change substitute swap/swapped/swapping override modify/modified alter edit rewrite/rewrote/rewritten redirect update round ' +
      'convert increase decrease inflate adjust forge falsify/falsified tamper overwrite/overwritten switch double',
    delete: 'delete remove erase wipe drop/dropped/dropping purge destroy terminate shred',
    disable: 'disable turn_off deactivate stop/stopped/stopping bypass suspend circumvent weaken switch_off',
    ignore:
      'ignore disregard forget/forgot/forgotten override bypass neglect overrule supersede set_aside takes_precedence take_precedence ' +
      'takes_priority take_priority abandon violate defy put_aside outranks void',
    skip: 'skip/skipped/skipping cancel discard reset drop/dropped/dropping omit',
    recommend:
      'recommend promote advertise praise prefer/preferred suggest favour favor endorse insist upsell steer encourage nudge convince persuade advise',
    obey: 'follow obey comply/complied adhere carry_out act_on honour honor heed do_as',
    pretend:
      'pretend claim fabricate fake lie/lied/lying invent say_that describe_as impersonate assert misreport deceive mislead disguise state present',
  },
}
