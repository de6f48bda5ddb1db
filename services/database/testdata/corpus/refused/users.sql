-- a volatile function
select bump()
---
-- qualified
select public.bump()
---
-- in a condition
select * from canary where bump() > 0
---
-- an overload that is volatile beside one that is not
select hidden_overload(1)
---
-- a definer's rights, although it says stable
select bump_definer()
---
-- a definer's rights and volatile
select bump_volatile_definer()
---
-- a function of a row, by functional notation
select (c).side from canary c
---
-- a function of a row, without parentheses
select c.side from canary c
---
-- a function of a row, quoted
select c."side" from canary c
---
-- a function of a row, called
select side(c) from canary c
---
-- a function of a row, in a condition with comments between
select 1 from canary c where c /**/ . /**/ side > 0
---
-- a function of a row, through the table's name
select canary.side from canary
---
-- a function of a row, through schema and table
select public.canary.side from public.canary
---
-- a function of a row by *
select (c).*, (c).side from canary c
---
-- a function of a scalar, by functional notation
select (1).bump
---
-- a function of an array
select (array[1]).side_many
---
-- a set in FROM
select * from side_many(array[1])
---
-- variadic
select variadic_bump('a', 'b')
---
-- variadic with its word
select variadic_bump(variadic array['a'])
---
-- named arguments
select named_bump(b => 1)
---
-- a body of statements
select * from atomic_bump()
---
-- a name with a parenthesis in it
select "Odd Name""("()
---
-- a name beyond ASCII
select größe()
---
-- a name beyond ASCII, upper case
select GRößE()
---
-- a procedure as if it were a function
select bump_procedure()
---
-- a window function
select bump_window() over ()
---
-- an aggregate over a volatile function
select volatile_agg(id) from canary
---
-- an aggregate over a volatile function, as a window
select volatile_agg(id) over (order by id) from canary
---
-- an aggregate over a volatile function, with DISTINCT
select volatile_agg(distinct id order by id) from canary
---
-- runs text
select run_text('select bump()::text')
---
-- a function of the user with a name of the system
select shadow.upper('x')
---
-- an overload of a system's name in public
select lower(1)
---
-- an overload that takes what abs does not
select abs('x'::text)
---
-- a qualified count that is none
select shadow.count(1)
---
-- a function that does not exist
select no_such_function(1)
---
-- a cast by its function
select coin_to_integer(row('a')::coin)
---
-- a cast by the name of its function as an attribute
select (row('a')::coin).coin_to_integer
---
-- in explain, whose planner may run it
explain select liar_immutable(bump())
---
-- in a subquery that is never read
select 1 where exists (select bump() limit 0)
---
-- nested deep in parentheses
select ((((((((bump()))))))))
---
-- behind a keyword that is a function's name too
select left('abc', bump())
---
-- between keywords
select not bump() is null
---
-- after an operator without blanks
select 1+bump()-1
---
-- after a parameter's cast
select 1::integer+bump()
---
-- directly after a string
select 'a'||bump()
---
-- directly after a number, which ends where letters begin
select 1bump()
---
-- after a number in scientific notation
select 1e1 + bump()
---
-- in an interval's argument
select interval '1 day' * bump()
---
-- with a collation
select bump()::text collate "C"
---
-- in the name of a type's modifier
select '1'::numeric(bump(), 2)
---
-- with a nested comment that holds quotes
select /* ' /* " */ $$ */ bump() -- '
---
-- after a string with a backslash at its end
select '\', bump(), '\'
---
-- after an escape string with an escaped quote
select E'\'', bump(), E'\''
---
-- after a Unicode string with an escape
select U&'\0027', bump(), U&'\0027'
---
-- after a string that continues
select 'a'
  -- a comment between the parts
  'b', bump()
---
-- after a dollar quote with a quote inside
select $q$ ' $q$, bump(), $q$ ' $q$
---
-- after a dollar quote that is empty
select $$$$, bump(), $$$$
---
-- an empty dollar quote's look-alike inside an identifier
select a$$, bump(), a$$ from (select 1 as a$$) s
---
-- after an identifier with a doubled quote
select 1 as "a""", bump() as """b"
---
-- a string with a national prefix
select N'\', bump(), N'\'
---
-- a hexadecimal string
select X'1F', bump()
---
-- a hexadecimal number
select 0x1F, bump()
---
-- a number with underscores
select 1_000, bump()
---
-- a comment that begins inside an operator
select 1 +/* bump( */bump()
---
-- a minus before a comment
select 1 - -- bump(
bump()
---
-- a slash and a star that are an operator's end
select 4 */**/bump()
