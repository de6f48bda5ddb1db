-- A shop: 500 customers, 200 products, 5,000 orders with about 12,500 lines, and
-- 20,000 page views in monthly partitions.
create type order_status as enum ('pending', 'paid', 'shipped', 'delivered', 'cancelled');
comment on type order_status is 'How far an order has come';

create table categories (
  id integer generated always as identity primary key,
  name text not null unique,
  parent_id integer references categories (id)
);
comment on table categories is 'Product categories, two levels deep';

create table products (
  id integer generated always as identity primary key,
  category_id integer not null references categories (id),
  sku text not null unique check (sku ~ '^[A-Z]{3}-[0-9]{4}$'),
  name text not null,
  price numeric(10,2) not null check (price >= 0),
  attributes jsonb not null default '{}',
  tags text[] not null default '{}',
  stock integer not null default 0 check (stock >= 0),
  active boolean not null default true
);
comment on table products is 'What is sold';
comment on column products.price is 'Net price in euro';

create table customers (
  id bigint generated always as identity primary key,
  email text not null unique,
  full_name text not null,
  country char(2) not null,
  city text,
  birth_date date,
  newsletter boolean not null default false,
  created_at timestamptz not null
);
comment on table customers is 'Who has an account';
comment on column customers.country is 'ISO 3166-1 alpha-2';

create table orders (
  id bigint generated always as identity primary key,
  customer_id bigint not null references customers (id),
  status order_status not null default 'pending',
  placed_at timestamptz not null,
  shipped_at timestamptz,
  shipping numeric(8,2) not null default 4.90,
  note text,
  check (shipped_at is null or shipped_at >= placed_at)
);
comment on table orders is 'One row for each order; its lines are in order_items';
create index orders_placed_at_idx on orders (placed_at);

create table order_items (
  order_id bigint not null references orders (id) on delete cascade,
  line smallint not null,
  product_id integer not null references products (id),
  quantity integer not null check (quantity > 0),
  unit_price numeric(10,2) not null,
  total numeric(12,2) generated always as (quantity * unit_price) stored,
  primary key (order_id, line)
);
comment on table order_items is 'The lines of orders';

create table page_views (
  id bigint generated always as identity,
  viewed_at timestamptz not null,
  customer_id bigint,
  path text not null,
  duration interval not null,
  agent jsonb,
  primary key (id, viewed_at)
) partition by range (viewed_at);
comment on table page_views is 'Visits of pages, a partition each month';
create table page_views_2026_01 partition of page_views for values from ('2026-01-01 00:00+00') to ('2026-02-01 00:00+00');
create table page_views_2026_02 partition of page_views for values from ('2026-02-01 00:00+00') to ('2026-03-01 00:00+00');
create table page_views_2026_03 partition of page_views for values from ('2026-03-01 00:00+00') to ('2026-04-01 00:00+00');

insert into categories (name, parent_id) values
  ('Books', null), ('Kitchen', null), ('Garden', null), ('Games', null),
  ('Novels', 1), ('Cookery', 1), ('Pans', 2), ('Knives', 2), ('Seeds', 3), ('Tools', 3), ('Board games', 4), ('Puzzles', 4);

insert into products (category_id, sku, name, price, attributes, tags, stock, active)
select 5 + n % 8,
  (array['NOV','COO','PAN','KNI','SEE','TOO','BOA','PUZ'])[1 + n % 8] || '-' || lpad(n::text, 4, '0'),
  (array['Small','Large','Red','Green','Old','New','Light','Heavy'])[1 + n / 8 % 8] || ' ' ||
    (array['novel','cookbook','pan','knife','seed mix','spade','board game','puzzle'])[1 + n % 8] || ' ' || n,
  round((3 + (n * 7919 % 9000) / 100.0)::numeric, 2),
  jsonb_build_object('weight_g', 50 + n * 37 % 3000, 'colour', (array['red','green','blue'])[1 + n % 3]),
  array[(array['gift','sale','classic'])[1 + n % 3], (array['new','eco'])[1 + n % 2]],
  n * 31 % 400, n % 23 <> 0
from generate_series(0, 199) n;

insert into customers (email, full_name, country, city, birth_date, newsletter, created_at)
select lower(f.first || '.' || l.last || n || '@example.com'), f.first || ' ' || l.last,
  (array['DE','FR','PL','SE','IT'])[1 + n * 7 % 5],
  case when n % 11 = 0 then null else (array['Berlin','Lyon','Gdynia','Malmö','Torino'])[1 + n * 7 % 5] end,
  case when n % 9 = 0 then null else date '1950-01-01' + (n * 5519 % 20000) end,
  n % 3 = 0, timestamptz '2024-01-01 08:00+00' + n * interval '31 hours 7 minutes'
from generate_series(0, 499) n,
  lateral (select (array['Ada','Björn','Chloé','Dorota','Emil','Fatma','Giulia','Hans','Inés','Jakub'])[1 + n % 10] as first) f,
  lateral (select (array['Andersson','Bianchi','Dubois','Kowalska','Müller','Novak','Okafor'])[1 + n % 7] as last) l;

insert into orders (customer_id, status, placed_at, shipped_at, shipping, note)
select 1 + (n * 104729 % 500), s.status, p.placed_at,
  case when s.status in ('shipped','delivered') then p.placed_at + (n % 96) * interval '1 hour' end,
  case when n % 5 = 0 then 0 else 4.90 end,
  case when n % 40 = 0 then 'Please leave it with the neighbour' end
from generate_series(1, 5000) n,
  lateral (select (array['delivered','delivered','shipped','paid','delivered','cancelled','delivered','pending'])[1 + n * 13 % 8]::order_status as status) s,
  lateral (select timestamptz '2025-01-01 00:00+00' + n * interval '1 hour 45 minutes' + (n * 7 % 60) * interval '1 second' as placed_at) p;

insert into order_items (order_id, line, product_id, quantity, unit_price)
select o.id, line, p.id, 1 + (o.id * line % 4), p.price
from orders o
cross join lateral generate_series(1, 1 + (o.id * 17 % 4)::int) line
join products p on p.id = 1 + ((o.id * 31 + line * 57) % 200);

insert into page_views (viewed_at, customer_id, path, duration, agent)
select timestamptz '2026-01-01 00:00+00' + n * interval '6 minutes 20 seconds',
  case when n % 3 = 0 then null else 1 + n * 7907 % 500 end,
  '/' || (array['','products','products/' || n % 200,'cart','checkout','about'])[1 + n % 6],
  (1 + n * 7 % 300) * interval '1 second',
  jsonb_build_object('browser', (array['firefox','chrome','safari'])[1 + n % 3], 'mobile', n % 2 = 0)
from generate_series(0, 19999) n;

create view order_totals as
select o.id, o.customer_id, o.status, o.placed_at, sum(i.total) + o.shipping as total, count(*) as lines
from orders o join order_items i on i.order_id = o.id
group by o.id;
comment on view order_totals is 'Orders with what they cost, shipping included';

create materialized view monthly_sales as
select date_trunc('month', placed_at at time zone 'UTC')::date as month, count(*) as orders, sum(total) as revenue
from order_totals where status <> 'cancelled' group by 1;
create unique index monthly_sales_month_idx on monthly_sales (month);

create function customer_orders(customer bigint) returns bigint language sql stable as
  'select count(*) from orders where customer_id = customer';
comment on function customer_orders is 'How many orders a customer has placed';

analyze;
