grant pg_read_all_stats to mcp_reader;
do $$
declare name text;
begin
  for name in
    select e.name from pg_available_extensions e
    where e.name = 'hypopg'
       or e.name = 'pg_stat_statements' and current_setting('shared_preload_libraries') like '%pg_stat_statements%'
  loop
    execute format('create extension if not exists %I', name);
  end loop;
end $$;
-- what making the shop has cost is not what its readers look for
do $$ begin
  if exists (select from pg_extension where extname = 'pg_stat_statements') then
    perform pg_stat_statements_reset();
  end if;
end $$;
