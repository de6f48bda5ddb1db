do $$ begin
  if not exists (select from pg_roles where rolname = 'mcp_reader') then
    create role mcp_reader login;
  end if;
end $$;
alter role mcp_reader set default_transaction_read_only = on;
grant usage on schema public to mcp_reader;
grant select on all tables in schema public to mcp_reader;
