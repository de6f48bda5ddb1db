select 1
select 'it''s', E'a\'b\\', e'\x41\u00e9', b'0101', X'1FF', n'abc', N'x'
select $$a ; b$$, $tag$ $$ ( $tag$, $_a1$x$_a1$, $é$ü$é$
select 'a'
  'b' -- and
  'c'
select U&'d\0061t\+000061', U&'d!0061' uescape '!'
select "a""b", "A b;(", "select", U&"d\0061t"
select 0x1F, 0o17, 0b101, 1_000_000, 1.5e-10, .5, 1., 1.e5, 1e5, 1_0.2_0e1_0
select a[1..2], a[1:2], (b)[1], c[:], d[1:]
select a+-1, 2*-1, a@-1, a<->b, a - -1, a|/b, a!=-1, a<=-b, a>=+b, @-5, a~-b, a<>-1
select a::int, a :: numeric(10,2), cast(a as varchar(5)), '{1}'::int[], a=>b, b:=c
select /* a /* nested */ ; */ 1 -- the end ; (
select 1/**/+/*x*/2, a*/* b */c, a-/**/-1
select $1, $2::int, $3.a, f($4)
select t.*, s.t.c, "S"."T"."C", a.b.c.d
select count(*), sum(x) filter (where y > 1) over (partition by a order by b rows between 1 preceding and current row) from t
select percentile_cont(0.5) within group (order by x) from t
select extract(year from x), overlay('a' placing 'b' from 1 for 2), position('a' in 'b'), substring('abc' from 1 for 2), trim(both 'x' from 'y')
select substring(a, 1), overlay(a, b, 1), substring(a similar b escape c), trim(leading from b), normalize(a, nfc)
select xmlelement(name foo, xmlattributes(a as b)), xmlforest(a, b as c), xmlparse(document '<a/>'), xmlserialize(content a as text)
select coalesce(a, b), greatest(a, b), least(1, 2), nullif(a, b), row(1, 2), array[1, 2], array(select 1), exists(select 1), grouping(a)
select json_object('a': 1), json_array(1, 2), json_value(a, '$.b' returning int), json_exists(a, '$'), json_query(a, '$')
select * from json_table('[1]', '$[*]' columns (id for ordinality, a int path '$'))
select * from xmltable('/a' passing x columns a int path 'b', n for ordinality)
select * from generate_series(1, 10) with ordinality as t(a, b)
select * from f(1) as (a int, b text), rows from (g(1), h(2)) as r(a, b)
select * from a join b using (id) left join lateral (select f(x)) c on (true) natural join d cross join e
select * from t tablesample bernoulli (10) repeatable (5)
select * from (values (1, 'a'), (2, 'b')) v(id, name), s.g(3) x(y)
with a as (select 1), b(x, y) as materialized (select f(2), g(3)), c as not materialized (table a) select * from a, b, c
with recursive t(n) as (values (1) union all select n + 1 from t where n < 100) select sum(n) from t
with recursive t as (select 1 a) search depth first by a set b select * from t
with recursive t as (select 1 a) cycle a set c to 'y' default 'n' using p (select * from t) order by 1, f(2)
select distinct on (a) f(b), c from t order by a, b desc nulls last limit 10 offset 5
select a from t group by grouping sets ((a), (), rollup (a, b), cube (c)) having count(*) > 1
select case when a then b when c then (d) else e end as "end", case x when 1 then 2 end end from t
select 1 union all (select 2 intersect select 3) except select 4
select * from t for update of t nowait
select * from t for no key update skip locked
select * from t for share
select * from t for key share
select * from t for read only
select * into x from y
select a as into, b as "for", c.for, d.into, e as update, f as delete from t
select substring(a for update), (update), count(delete), f(insert, merge) from t
with d as (delete from t returning *) select * from d
with d as (update t set a = 1) select 1
with i as (insert into t values (1) returning a) select a from i
with m as (merge into t using s on a = b when matched then delete) select 1
insert into t (a, b) values (1, f(2)) on conflict (a) do update set b = excluded.b where t.c > 1 returning a as where
update t set a = (select max(x) from y where z), b = default where c = 1 returning *
delete from only t using u where t.a = u.a
merge into t as x using s on x.a = s.a when matched and f(x.b) then update set b = 1 when not matched then insert values (1)
update t set a = 1
delete from t
begin
commit; select 1
select 1; select 2
explain select f(1)
explain (analyze, costs off) select 1
explain analyze verbose delete from t
show work_mem
copy t to program 'x'
do $$ begin perform 1; end $$
set role x
call f(1)
values (f(1)), (g(2))
table t
(select f(1)) union (values (2))
select treat(a as f), treat('x' as s.f)
select operator(pg_catalog.+) 1
select a operator(s.<->) b, not f(x), f /* c */ (1), f
(2), "F"(3), "s" . "f" (4), s.t.f(5), f(variadic a), f(distinct a order by b), f(a => 1, b := 2), f(*)
select (t).f, (f(1)).g, (select x).y, a[1].b, t.f
select interval '1 day', interval(3) '1', timestamp with time zone '2020-01-01', time(3) 'x', date 'x', s.t 'x', f(1) 'x'
select a at time zone 'UTC', a is normalized, a is not nfc normalized, (a, b) overlaps (c, d), a collate "C", a collate s.c
select a like b escape f(c), a similar to b, a between f(1) and g(2), a in (1, f(2)), a = any (b), a > all (array[1]), a not in (select 1)
select current_date, current_timestamp(3), localtime, current_user, session_user, current_schema, current_catalog, current_schema()
select left(a, 1), right(b, 2), f.left(c), binary(d), "left"(e), is(1)
select ärger, "Ä", öl(1), Ä.ß(2) from größe
select a.select(1), pg_catalog.in(2), x.values(3), y.substring(4), z."from"(5)
select unnest(a) filter, b over, c within from t window w as (partition by f(a)), w2 as (w order by g(b))
select collation for (a), collation for ('x' || f(y))
