-- the smallest [rows=1]
select
---
-- a separator at the end [rows=1]
select 1;
---
-- separators and comments at the end [rows=1]
select 1 ; ; -- done
/* really */ ;
---
-- separators before [rows=1]
;; select 1
---
-- upper case [rows=1]
SELECT 1 AS "One"
---
-- VALUES [rows=3]
values (1, 'a'), (2, 'b'), (3, null)
---
-- VALUES ordered [rows=1]
values (2), (1) order by 1 limit 1
---
-- TABLE [rows=12]
table categories
---
-- TABLE with a limit [rows=2]
table only categories limit 2
---
-- parentheses around all [rows=2]
((select 1) union (select 2)) order by 1
---
-- words in strings are words [rows=1]
select 'drop table canary; delete from orders; commit' as story
---
-- an apostrophe [rows=1]
select 'it''s; done' as s
---
-- a backslash is a letter [rows=1]
select 'a\' as s, '\' as t
---
-- an escape string [rows=1]
select E'a\'b; \x41\u00e9\101' as s
---
-- a Unicode string [rows=1]
select U&'d\0061t\+000061' as s
---
-- a Unicode string with its own escape [rows=1]
select U&'d!0061ta' uescape '!' as s
---
-- dollar quotes [rows=1]
select $$ it's; $x$ $$ as a, $tag$ $$ ; $tag$ as b
---
-- a string over two lines [rows=1]
select 'foo'
'bar' as s
---
-- a bit string, a hexadecimal string, a national string [rows=1]
select B'1010' as b, X'1F' as x, N'a' as n
---
-- typed literals [rows=1]
select date '2026-02-28', time '10:00', interval '1' day, timestamp with time zone '2026-01-01 00:00+02', interval '1-2' year to month
---
-- comments of all kinds [rows=1]
select /* a /* nested; */ comment */ 1 -- and ; one
, 2
---
-- identifiers that look like statements [rows=1]
select 1 as "delete", 2 as "into", 3 as "for update", 4 as "commit;"
---
-- columns called like keywords [rows=1]
select o.status as update, o.id as delete from orders o order by o.id limit 1
---
-- labels without AS [rows=2]
select id key, note value from orders order by id limit 2
---
-- names beyond ASCII [rows=1]
select größe, "Straße" from (select 1 as größe, 2 as "Straße") maß
---
-- names with a dollar [rows=1]
select a$b from (select 1 as a$b) s
---
-- an alias called update [rows=1]
select x.n from (select 1 as n) x, (select 2 as n) "update"
---
-- operators without blanks [rows=1]
select 2*3-1,-1-(-1),5%3,2^10,@(-5),|/16.0
---
-- an operator by its qualified name [rows=1]
select 1 operator(pg_catalog.+) 2
---
-- casts of all kinds [rows=1]
select '1'::int, cast('2' as numeric(5,2)), int '3', '{1,2}'::int[], '4'::pg_catalog.int8, float8 '5'
---
-- typed names of several words [rows=1]
select '1'::double precision, '2'::character varying(10), 'x'::"char", '1'::bit varying(3), '10:00'::time without time zone
---
-- types with a parenthesis that are no calls [rows=1]
select 1.005::numeric(10, 2), 'abc'::varchar(2), 'abc'::char(5), now()::timestamptz(0) is not null, interval '1.23456' second(2)
---
-- arrays of arrays [rows=1]
select array[[1,2],[3,4]] as a, '{{1,2},{3,4}}'::int[][] as b, (array[1,2,3])[2:] as c
---
-- rows [rows=1]
select row(1, 'a'), (1, 2) = (1, 2), row(1, null) is null
---
-- a composite's field [rows=1]
select (c).name, (c).* from (select c from categories c where id = 1) s
---
-- a whole row [rows=1]
select c from categories c where id = 1
---
-- standard functions with keywords inside [rows=1]
select substring('abcdef' from 2 for 3), position('c' in 'abc'), trim(leading 'x' from 'xxa'), overlay('abc' placing 'X' from 2), extract(year from date '2026-01-01')
---
-- functions that are keywords [rows=1]
select coalesce(null, 1), nullif(1, 1), greatest(1, 2), least(1, 2), left('abc', 1), right('abc', 1), replace('a', 'a', 'b')
---
-- values without parentheses [rows=1]
select current_date is not null, current_timestamp(0) is not null, localtime is not null, current_user = user, current_catalog = current_database(), current_schema
---
-- LIKE and its escapes [rows=1]
select 'a_b' like 'a!_b' escape '!', 'A' ilike 'a', 'a' not like 'b%', 'ab' ~~ 'a%'
---
-- IS of all kinds [rows=1]
select 1 is distinct from 2, null is null, true is not false, null::boolean is unknown, 'a' is normalized, 1 is not distinct from 1
---
-- BETWEEN and IN [rows=1]
select 2 between symmetric 3 and 1, 1 not in (2, 3), 1 in (select 1), 1 = any ('{1,2}')
---
-- OVERLAPS [rows=1]
select (date '2026-01-01', date '2026-02-01') overlaps (date '2026-01-15', interval '1 day')
---
-- AT TIME ZONE [rows=1]
select timestamp '2026-01-01 00:00' at time zone 'Europe/Berlin' at time zone 'UTC'
---
-- COLLATE [rows=1]
select 'a' < 'B' collate "C", name collate "C" from categories order by name collate "C" desc limit 1
---
-- ORDER BY … USING [rows=2]
select id from categories order by id using > nulls last limit 2
---
-- ROWS FROM [rows=3]
select * from rows from (generate_series(1, 2), unnest(array['a', 'b', 'c'])) with ordinality as t(n, s, o)
---
-- a column definition list [rows=2]
select * from json_to_recordset('[{"a":1,"b":"x"},{"a":2}]') as t(a int, b text)
---
-- XML [rows=1]
select xmlelement(name a, xmlattributes('1' as b), 'c'), xmlforest(1 as x), xmlconcat('<a/>', '<b/>'), xpath('/r/n/text()', '<r><n>1</n></r>')
---
-- XMLTABLE [rows=2]
select * from xmltable('/r/n' passing xml '<r><n>1</n><n>2</n></r>' columns n int path '.', o for ordinality)
---
-- a CTE that is materialized and one that is not [rows=2]
with a as materialized (select 1 as n), b as not materialized (select 2 as n) select * from a union all table b
---
-- CTEs in a subquery [rows=1]
select * from (with a as (select 1 as n) select * from a) s
---
-- a CTE with search and cycle [rows=4]
with recursive g(a, b) as (values (1, 2), (2, 3), (3, 1)), w(n) as (select 1 union all select b from g join w on a = n) search depth first by n set o cycle n set looped using p select n, looped from w
---
-- named arguments [rows=1]
select make_interval(days => 1, hours := 2), make_date(2026, 1, 2)
---
-- VARIADIC [rows=1]
select concat_ws('-', variadic array['a', 'b']), format('%s %s', variadic array[1, 2])
---
-- aggregates with everything [rows=1]
select string_agg(distinct name, ', ' order by name) filter (where id < 4), count(distinct parent_id), array_agg(all id order by id desc) from categories
---
-- windows with everything [rows=12]
select first_value(id) over w, nth_value(id, 2) over (w rows between unbounded preceding and unbounded following), ntile(2) over (order by id), lead(id, 1, 0) over (order by id groups between 1 preceding and 1 following exclude ties) from categories window w as (order by id) order by id
---
-- FOR READ ONLY, the standard's word for nothing [rows=1]
select 1 for read only
---
-- LIMIT ALL [rows=2]
select id from categories order by id limit all offset 10
---
-- a parameter's look-alike [rows=1]
select '$1' as s
---
-- numbers of all kinds [rows=1]
select 1e3, .5, 5., 1.5e-3, 1000000000000000000000
---
-- numbers of other bases [16 rows=1]
select 0x1F, 0o17, 0b101, 1_000_000
---
-- JSON constructors [16 rows=1]
select json_object('a': 1, 'b': null absent on null), json_array(1, 2, null), json_objectagg(name: id) from categories where id < 3 group by ()
---
-- IS JSON [16 rows=1]
select '{}' is json object, '1' is json scalar, 'x' is json
---
-- ANY_VALUE and anonymous subqueries [16 rows=1]
select any_value(1) from (select 1)
---
-- JSON_TABLE [17 rows=2]
select * from json_table('[{"a":1},{"a":2}]', '$[*]' columns (n for ordinality, a int path '$.a', nested path '$.b[*]' columns (b int path '$')))
---
-- JSON_VALUE, JSON_QUERY, JSON_EXISTS [17 rows=1]
select json_value('{"a":1}', '$.a' returning int default 0 on empty), json_query('{"a":[1]}', '$.a' with wrapper), json_exists('{"a":1}', 'strict $.a' false on error)
---
-- MERGE's word as a name [15 rows=1]
select merge from (select 1 as merge) s
---
-- new functions of 18 [18 rows=1]
select uuid_extract_version(uuidv7()), casefold('ABC'), array_sort(array[2,1]), array_reverse(array[1,2]), crc32('a')
---
-- EXPLAIN [rows=1]
explain (costs off) select 1
---
-- EXPLAIN with its options [rows=1]
explain (verbose, costs false, format json) select * from orders where id = 1
---
-- EXPLAIN in the old way [rows=3]
explain verbose select 1
---
-- EXPLAIN VALUES [rows=1]
explain (costs off) values (1)
---
-- EXPLAIN WITH [rows=1]
explain (costs off) with a as (select 1) table a
---
-- random numbers, which change nothing [rows=1]
select random() < 1, gen_random_uuid() is not null, clock_timestamp() is not null
---
-- hashes [rows=1]
select md5('a'), encode(sha256('a'), 'hex'), hashtext('a') is not null
---
-- ranges and multiranges [rows=1]
select int4range(1, 5) @> 3, '[1,5)'::int4range * '[3,9)'::int4range, range_merge('[1,2)'::int4range, '[5,6)'), '{[1,2),[5,6)}'::int4multirange
---
-- geometry [rows=1]
select point(1, 2) <-> '(4,6)'::point, area(box '(0,0),(2,2)'), circle '<(0,0),1>' @> point '(0,0)'
---
-- networks [rows=1]
select inet '10.1.2.3/8' << inet '10.0.0.0/7', host('10.1.2.3/8'), network(inet '10.1.2.3/8')
---
-- text search [rows=1]
select to_tsvector('simple', 'a b c') @@ ('a'::tsquery <-> 'b'::tsquery), ts_headline('simple', 'x y', 'y'::tsquery), ts_rank(to_tsvector('a b'), to_tsquery('a'))
---
-- bytes [rows=1]
select '\xdeadbeef'::bytea, length(decode('AAEC', 'base64')), get_byte('\x0102', 1)
---
-- money, bits and enum order [rows=1]
select enum_range(null::order_status), 'paid'::order_status > 'pending', b'1010' & b'0110', 12.5::money is not null
---
-- many columns [rows=1]
select 1 as c1« , 1 as c»{100}
---
-- many terms [rows=1]
select 1« + 1»{300}
---
-- a long list [rows=1]
select 150 in (0« , 150»{900})
---
-- nested as people nest [rows=1]
select «(»{40}1«)»{40}
---
-- an empty IN by array, an empty row [rows=1]
select 1 = any ('{}'::int[]), row() is not null
---
-- a select list without columns [rows=12]
select from categories
---
-- tabs, form feeds and vertical tabs are blanks [16 escaped rows=1]
"select\t1\f,\r\n2\v"
---
-- strings with any letter [escaped rows=1]
"select 'na\u00efve \U0001F600 \u202e; drop'"
---
-- a large object's metadata, not its data [rows=1]
select count(*) from pg_largeobject_metadata
---
-- a comment that looks like a hint [rows=1]
select /*+ SeqScan(o) */ count(*) from orders o
---
-- random numbers of extensions, which change nothing [varies rows=1]
select count(*), sum(n) is not null, length(gen_random_bytes(10)) from normal_rand(3, 0, 1) n
