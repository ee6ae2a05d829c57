const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/**
 * Functions known to compute only: nothing is changed, no file, network, session or lock is reached, and no text is run as
 * SQL. One list for the three servers; a name that a server does not have is an error there. Of those that
 * PostgreSQL 15 calls volatile (`pg_proc.provolatile`) only clocks, random values and sizes are among them.
 */
export const COMPUTING: ReadonlySet<string> = new Set([
  // Aggregates and windows.
  ...set(`count sum avg min max total any_value array_agg string_agg group_concat json_agg jsonb_agg json_object_agg
    jsonb_object_agg json_arrayagg json_objectagg json_group_array json_group_object jsonb_group_array jsonb_group_object
    bool_and bool_or every bit_and bit_or bit_xor stddev stddev_pop stddev_samp std variance var_pop var_samp corr covar_pop
    covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy mode median
    percentile percentile_cont percentile_disc row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value
    last_value nth_value grouping rollup cube range_agg`),
  // Numbers.
  ...set(`abs ceil ceiling floor round trunc truncate sign mod div power pow sqrt cbrt exp ln log log2 log10 pi sin cos tan cot
    asin acos atan atan2 sinh cosh tanh asinh acosh atanh degrees radians greatest least random rand width_bucket gcd lcm
    factorial scale numeric_scale min_scale trim_scale conv bin oct hex unhex bit_count crc32 isnan to_hex to_bin to_oct
    sind cosd tand erf erfc`),
  // Texts.
  ...set(`length char_length character_length octet_length bit_length lower upper lcase ucase initcap trim ltrim rtrim btrim
    substr substring mid left right position locate instr strpos replace translate reverse repeat lpad rpad space concat
    concat_ws chr char ascii ord unicode quote quote_ident quote_literal quote_nullable format printf split_part
    substring_index overlay regexp_replace regexp_substr regexp_instr regexp_like regexp_count regexp_match regexp_matches
    regexp_split_to_array regexp_split_to_table string_to_array string_to_table starts_with ends_with soundex strcmp
    field elt find_in_set make_set export_set insert insert_str to_ascii normalize md5 sha1 sha sha2 sha224 sha256 sha384 sha512
    encode decode to_base64 from_base64 like glob regexp match unistr concat_ws casefold parse_ident weight_string collation
    charset coercibility similarity word_similarity levenshtein unaccent difference metaphone dmetaphone`),
  // Times.
  ...set(`date time datetime timestamp julianday unixepoch strftime timediff now current_timestamp current_date current_time
    localtime localtimestamp curdate curtime sysdate utc_date utc_time utc_timestamp statement_timestamp
    transaction_timestamp clock_timestamp timeofday age date_part date_trunc date_bin extract make_date make_time
    make_timestamp make_timestamptz make_interval to_char to_date to_timestamp to_number justify_days justify_hours
    justify_interval date_add date_sub adddate subdate addtime subtime datediff timestampdiff timestampadd date_format
    time_format str_to_date from_unixtime unix_timestamp from_days to_days to_seconds makedate maketime period_add period_diff
    sec_to_time time_to_sec year quarter month week weekday weekofyear yearweek day dayname dayofmonth dayofweek dayofyear
    monthname hour minute second microsecond last_day get_format convert_tz isfinite timezone date_diff`),
  // What is missing, and choices.
  ...set(`coalesce nullif ifnull nvl if iif isnull is_null num_nulls num_nonnulls interval choose`),
  // Types.
  ...set(`cast convert try_cast typeof pg_typeof to_json to_jsonb row_to_json array_to_json likely unlikely likelihood binary
    to_regclass inet_aton inet_ntoa inet6_aton inet6_ntoa is_ipv4 is_ipv6 host netmask network broadcast masklen family abbrev
    hostmask set_masklen text int4 int8 float8 numeric bool uuid_to_bin bin_to_uuid is_uuid`),
  // JSON.
  ...set(`json jsonb json_array json_object json_valid json_type json_extract jsonb_extract json_unquote json_quote json_value
    json_query json_exists json_keys json_length json_depth json_contains json_contains_path json_search json_set json_insert
    json_replace json_remove json_merge json_merge_patch json_merge_preserve json_pretty json_patch json_array_length
    jsonb_array_length json_array_elements jsonb_array_elements json_array_elements_text jsonb_array_elements_text json_each
    jsonb_each json_each_text jsonb_each_text json_tree json_object_keys jsonb_object_keys json_extract_path
    json_extract_path_text jsonb_extract_path jsonb_extract_path_text json_build_object jsonb_build_object json_build_array
    jsonb_build_array json_typeof jsonb_typeof jsonb_set jsonb_insert jsonb_pretty jsonb_strip_nulls json_strip_nulls
    jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_path_exists jsonb_path_match json_to_record
    jsonb_to_record json_to_recordset jsonb_to_recordset json_overlaps json_array_append json_array_insert json_storage_size
    json_scalar json_serialize json_error_position json_pretty jsonb_array jsonb_object jsonb_patch jsonb_remove jsonb_replace`),
  // Arrays, ranges, rows.
  ...set(`unnest array_length array_upper array_lower array_ndims array_dims array_position array_positions array_append
    array_prepend array_cat array_remove array_replace array_to_string cardinality array_fill trim_array array_sample
    array_shuffle array_reverse array_sort generate_series generate_subscripts row isempty lower_inc upper_inc lower_inf upper_inf
    range_merge int4range int8range numrange daterange tsrange tstzrange values member of`),
  // Full text, likeness, places.
  ...set(`to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline tsvector_to_array
    setweight strip numnode querytree highlight snippet bm25 point box circle area center st_distance st_x st_y st_point
    st_makepoint st_within st_contains st_intersects st_dwithin st_area st_length st_astext st_asgeojson st_distance_sphere
    st_setsrid st_srid st_transform st_buffer st_centroid st_geomfromtext st_geogfromtext`),
  // What the database says of itself without telling of its host.
  ...set(`version sqlite_version sqlite_source_id current_user session_user user current_role system_user current_schema
    current_database current_catalog database schema changes total_changes last_insert_rowid row_count found_rows
    pg_table_size pg_relation_size pg_total_relation_size pg_indexes_size pg_database_size pg_size_pretty pg_column_size
    pg_get_viewdef pg_get_indexdef pg_get_constraintdef pg_get_expr format_type obj_description col_description
    has_table_privilege has_column_privilege pg_encoding_to_char format_bytes pragma_table_info pragma_table_xinfo
    pragma_table_list pragma_index_list pragma_index_info pragma_index_xinfo pragma_foreign_key_list uuid gen_random_uuid
    uuidv4 uuidv7 uuid_generate_v4 randomblob zeroblob ifnull nullif`),
])

/** Functions that give out keys for rows to be written: allowed where writing is. */
export const WRITING: ReadonlySet<string> = set('nextval currval lastval last_insert_id')

/** What some of the others are known to do, for the explanation. Everything else that is not listed is refused as well. */
export const EFFECTS: readonly { readonly names: ReadonlySet<string>; readonly effect: string }[] = [
  {
    names:
      set(`pg_read_file pg_read_binary_file pg_ls_dir pg_stat_file pg_ls_logdir pg_ls_waldir pg_ls_tmpdir pg_ls_archive_statusdir
      pg_file_write pg_file_read pg_file_rename pg_file_unlink lo_import lo_export load_file readfile writefile edit
      pg_current_logfile pg_read_server_files fts3_tokenizer utl_file xp_dirtree xp_fileexist`),
    effect: 'reads or writes files of the server',
  },
  {
    names:
      set(`lo_create lo_creat lo_unlink lo_put lo_get lo_from_bytea lo_open loread lowrite lo_truncate setval nextval
      currval lastval last_insert_id pg_logical_emit_message pg_notify`),
    effect: 'changes what is stored, or tells other sessions',
  },
  {
    names:
      set(`load_extension xp_cmdshell sys_exec sys_eval sp_executesql sp_oacreate system shell exec eval pg_execute_server_program
      plpgsql_call_handler`),
    effect: 'runs code or programs',
  },
  {
    names:
      set(`dblink dblink_connect dblink_connect_u dblink_exec dblink_open dblink_send_query dblink_get_result utl_http utl_inaddr
      http http_get http_post http_put http_delete httpuritype postgres_fdw_get_connections`),
    effect: 'reaches other servers',
  },
  {
    names:
      set(`query_to_xml query_to_xmlschema query_to_xml_and_xmlschema table_to_xml table_to_xmlschema schema_to_xml
      database_to_xml cursor_to_xml ts_stat ts_rewrite crosstab crosstab2 crosstab3 crosstab4 crosstabn connectby
      ts_parse ts_token_type xmltable dbms_sql sql_exec`),
    effect: 'runs a text as SQL, or reads a table that it names in a text',
  },
  {
    names:
      set(`pg_sleep pg_sleep_for pg_sleep_until sleep benchmark waitfor dbms_lock dbms_pipe master_pos_wait
      wait_for_executed_gtid_set source_pos_wait`),
    effect: 'only takes time',
  },
  {
    names:
      set(`set_config current_setting pg_reload_conf pg_rotate_logfile pg_terminate_backend pg_cancel_backend
      pg_advisory_lock pg_advisory_xact_lock pg_try_advisory_lock pg_advisory_unlock pg_advisory_unlock_all get_lock release_lock
      release_all_locks is_free_lock is_used_lock pg_switch_wal pg_create_restore_point pg_promote pg_backup_start
      pg_backup_stop pg_export_snapshot pg_create_logical_replication_slot pg_drop_replication_slot
      pg_logical_slot_get_changes pg_logical_slot_peek_changes pg_replication_origin_create pg_stat_reset
      pg_stat_statements_reset pg_wal_replay_pause pg_switch_xlog txid_current pg_current_xact_id brin_summarize_new_values
      gin_clean_pending_list setseed ps_kill name_const extractvalue updatexml`),
    effect: 'reads or changes the session or the server',
  },
]

/** Types and clauses that look like calls in a definition are no business of ours; only what is known to reach further is. */
export function knownEffect(name: string): string | undefined {
  return EFFECTS.find(({ names }) => names.has(name))?.effect
}
