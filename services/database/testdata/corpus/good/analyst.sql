-- everything of a table [rows=12]
select * from categories order by id
---
-- one value [rows=1]
select count(*) from orders
---
-- orders by status [rows=5]
select status, count(*) as n from orders group by status order by n desc, status
---
-- revenue by month [rows=12]
select date_trunc('month', placed_at at time zone 'UTC')::date as month, sum(total) as revenue from order_totals where status <> 'cancelled' group by 1 order by 1
---
-- best customers [rows=10]
select c.id, c.full_name, sum(t.total) as spent from customers c join order_totals t on t.customer_id = c.id group by c.id order by spent desc, c.id limit 10
---
-- customers without orders [rows=0]
select c.id from customers c left join orders o on o.customer_id = c.id where o.id is null order by 1
---
-- products that were never sold [rows=0]
select p.sku from products p where not exists (select from order_items i where i.product_id = p.id) order by 1
---
-- running total [rows=30]
select placed_at::date as day, count(*) as n, sum(count(*)) over (order by placed_at::date) as so_far from orders group by 1 order by 1 limit 30
---
-- rank within a category [rows=24]
select * from (select name, category_id, price, rank() over (partition by category_id order by price desc, id) as r from products) x where r <= 3 order by category_id, r
---
-- share of the whole [rows=5]
select country, round(100.0 * count(*) / sum(count(*)) over (), 2) as percent from customers group by country order by country
---
-- percentiles [rows=1]
select percentile_cont(array[0.5, 0.9, 0.99]) within group (order by total) from order_totals
---
-- the mode [rows=1]
select mode() within group (order by status) from orders
---
-- gaps between orders [rows=10]
select id, placed_at - lag(placed_at) over w as gap from orders where customer_id = 42 window w as (order by placed_at) order by id
---
-- cohorts [rows=1]
with firsts as (select customer_id, date_trunc('quarter', min(placed_at)) as cohort from orders group by 1)
select cohort, count(*) from firsts group by 1 order by 1
---
-- a category tree [rows=12]
with recursive tree as (
  select id, name, 0 as depth, name::text as path from categories where parent_id is null
  union all
  select c.id, c.name, t.depth + 1, t.path || ' / ' || c.name from categories c join tree t on t.id = c.parent_id
) select * from tree order by path
---
-- calendar with empty days [rows=28]
select d::date as day, count(o.id) from generate_series(timestamp '2025-02-01', '2025-02-28', '1 day') d left join orders o on o.placed_at::date = d::date group by 1 order by 1
---
-- pivot with filter [rows=5]
select country, count(*) filter (where newsletter) as with_letter, count(*) filter (where not newsletter) as without from customers group by country order by country
---
-- cube [rows=27]
select category_id, active, count(*) from products group by cube (category_id, active) order by 1 nulls last, 2 nulls last
---
-- grouping sets [rows=7]
select status, extract(year from placed_at at time zone 'UTC') as y, count(*), grouping(status) from orders group by grouping sets ((status), (2), ()) order by 4, 1, 2
---
-- rollup [rows=31]
select c.country, o.status, count(*) from orders o join customers c on c.id = o.customer_id group by rollup (c.country, o.status) order by 1 nulls last, 2 nulls last
---
-- JSON fields [rows=3]
select attributes->>'colour' as colour, avg((attributes->>'weight_g')::int)::numeric(10,2) as weight from products group by 1 order by 1
---
-- JSON containment [rows=1]
select count(*) from products where attributes @> '{"colour": "red"}'
---
-- JSON has a key [rows=1]
select count(*) from products where attributes ? 'colour' and not attributes ?| array['x', 'y']
---
-- JSON path [rows=4]
select id from products where attributes @? '$.weight_g ? (@ > 3000)' order by id
---
-- JSON objects from rows [rows=1]
select jsonb_agg(jsonb_build_object('id', id, 'name', name) order by id) from categories
---
-- a row as JSON [rows=2]
select row_to_json(c) from categories c order by id limit 2
---
-- tags unnested [rows=5]
select t.tag, count(*) from products, unnest(tags) with ordinality as t(tag, n) group by 1 order by 1
---
-- array operators [rows=1]
select count(*) from products where tags && array['sale'] and 'new' = any (tags)
---
-- array aggregates and slices [rows=1]
select (array_agg(id order by id))[1:3], array_length(array_agg(id), 1), cardinality(array[1, 2]) from customers
---
-- text search without an index [rows=1]
select count(*) from orders where to_tsvector('english', coalesce(note, '')) @@ plainto_tsquery('english', 'neighbours')
---
-- regular expressions [rows=1]
select count(*) from customers where email ~* '^[a-z]+\.m.ller' or email similar to '%(novak|okafor)%'
---
-- splits [rows=1]
select split_part(email, '@', 2) as domain, count(*) from customers group by 1
---
-- matches of a regular expression [rows=5]
select (regexp_matches(sku, '^([A-Z]+)-(\d+)$'))[2] from products order by id limit 5
---
-- histogram [rows=10]
select width_bucket(price, 0, 100, 10) as bucket, count(*), min(price), max(price) from products group by 1 order by 1
---
-- moving average [rows=12]
select month, revenue, avg(revenue) over (order by month rows between 2 preceding and current row)::numeric(14,2) from monthly_sales order by month
---
-- frames by range [rows=20]
select placed_at, count(*) over (order by placed_at range between interval '1 day' preceding and current row exclude current row) from orders order by placed_at limit 20
---
-- correlation [rows=1]
select round(corr(price, stock)::numeric, 6), round(regr_slope(price, stock)::numeric, 6), round(stddev_samp(price), 6) from products
---
-- the latest per customer [rows=20]
select distinct on (customer_id) customer_id, id, status from orders order by customer_id, placed_at desc limit 20
---
-- lateral top three [rows=15]
select c.id, o.id as order_id from (select id from customers order by id limit 5) c cross join lateral (select id from orders where customer_id = c.id order by placed_at desc, id limit 3) o order by 1, 2
---
-- a basket's pairs [rows=10]
select a.product_id as a, b.product_id as b, count(*) from order_items a join order_items b on a.order_id = b.order_id and a.product_id < b.product_id group by 1, 2 having count(*) > 20 order by 3 desc, 1, 2 limit 10
---
-- set operations [rows=1]
(select country from customers where id < 10 union all select country from customers where id > 490) intersect all select 'DE' from customers except select 'XX'
---
-- late orders [rows=10]
select id, shipped_at - placed_at as took from orders where shipped_at - placed_at > interval '3 days 20 hours' order by took desc, id limit 10
---
-- ages [rows=3]
select width_bucket(extract(year from age(date '2026-01-01', birth_date)), 0, 100, 5) as band, count(*) from customers where birth_date is not null group by 1 order by 1
---
-- a user's stable function [rows=1]
select customer_orders(1), public.customer_orders(2)
---
-- partitions by name [rows=3]
select tableoid::regclass as part, count(*) from page_views group by 1 order by 1
---
-- intervals summed [rows=1]
select path, sum(duration), avg(extract(epoch from duration))::numeric(10,2) from page_views where path = '/cart' group by path
---
-- mobile share [rows=3]
select agent->>'browser' as browser, count(*) filter (where (agent->'mobile')::boolean)::float8 / count(*) as mobile from page_views group by 1 order by 1
---
-- a sample [rows=1]
select count(*) > 0 from orders tablesample system (100)
---
-- a repeatable sample [rows=1]
select count(*) from orders tablesample bernoulli (100) repeatable (1)
---
-- fetch first with ties [rows=3]
select price from products order by price fetch first 3 rows with ties
---
-- offset before limit [rows=1]
select id from orders order by id offset 10 rows fetch next row only
---
-- CASE of both kinds [rows=3]
select case status when 'paid' then 1 else 0 end, case when shipping = 0 then 'free' end from orders order by id limit 3
---
-- months without sales [rows=0]
select m from generate_series(1, 12) m except select extract(month from month)::int from monthly_sales order by 1
---
-- a values list joined [rows=2]
select v.label, count(o.id) from (values ('pending', 'open'), ('paid', 'open'), ('shipped', 'moving')) v(status, label) join orders o on o.status = v.status::order_status group by 1 order by 1
---
-- a nested aggregate by a window [rows=5]
select status, sum(sum(shipping)) over (order by status) from orders group by status order by status
---
-- natural and using joins [rows=1]
select count(*) from order_items join orders o on o.id = order_id join customers c on c.id = o.customer_id
---
-- a full join [rows=1]
select count(*) from (select generate_series(1, 3) as a) x full join (select generate_series(2, 5) as a) y using (a)
---
-- exists and in [rows=1]
select count(*) from customers where id in (select customer_id from orders where status = 'cancelled') and exists (select 1 from orders where customer_id = customers.id)
---
-- all [rows=1]
select name from products where price >= all (select price from products) order by name
---
-- sizes of what there is [rows=1]
select relname, pg_total_relation_size(oid) > 0 as any from pg_class where relname = 'orders'
---
-- columns by the standard's catalog [rows=8]
select column_name, data_type from information_schema.columns where table_name = 'customers' and table_schema = 'public' order by ordinal_position
---
-- indexes [rows=2]
select indexdef from pg_indexes where tablename = 'orders' and schemaname = 'public' order by 1
---
-- constraints [rows=3]
select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'order_items'::regclass and contype in ('p', 'f') order by 1
---
-- sessions [rows=1]
select count(*) >= 1 from pg_stat_activity where datname = current_database()
---
-- roles without their secrets [rows=1]
select count(*) from pg_roles where rolname = 'postgres'
---
-- a setting [rows=1]
select current_setting('server_encoding'), current_setting('no.such', true)
---
-- a setting by SHOW [rows=1]
show server_encoding
---
-- the level of isolation [rows=1]
show transaction isolation level
