-- a NUL inside a comment [escaped]
"select /* \x00 */ bump()"
---
-- a NUL inside a string [escaped]
"select 'a\x00b'"
---
-- a NUL that ends what is checked [escaped]
"select 1\x00; drop table canary"
---
-- a NUL before everything [escaped]
"\x00select 1"
---
-- a NUL inside a name [escaped]
"select pg_read\x00_file('x')"
---
-- a byte order mark before a change [escaped]
"\ufeffdelete from canary"
---
-- a byte order mark is no blank [escaped]
"\ufeffselect bump()"
---
-- a no-break space is part of a name [escaped]
"select\u00a0bump()"
---
-- an ideographic space between name and parenthesis [escaped]
"select bump\u3000()"
---
-- a zero-width space in a name [escaped]
"select bu\u200bmp()"
---
-- a line separator ends no comment [escaped]
"select 1 --\u2028 x\n; drop table canary"
---
-- next line, as of C1, ends no comment [escaped]
"select 1 --\u0085 x\n, bump()"
---
-- a fullwidth parenthesis [escaped]
"select bump\uff08\uff09"
---
-- a fullwidth semicolon [escaped]
"select 1\uff1b delete from canary"
---
-- a Greek question mark [escaped]
"select 1\u037e delete from canary"
---
-- Cyrillic letters in a keyword [escaped]
"s\u0435lect 1"
---
-- Cyrillic letters in a function's name [escaped]
"select pg_r\u0435ad_file('x')"
---
-- typographic quotes are no quotes [escaped]
"select \u2018a\u2019, bump()"
---
-- a dotless i is not an i [escaped]
"\u0131nsert into canary (note) values ('x')"
---
-- a Kelvin sign is not a k [escaped]
"select \u212a()"
---
-- a long s is not an s [escaped]
"\u017felect 1"
---
-- a right-to-left override before a call [escaped]
"select /* \u202e */ bump() /* \u202c */"
---
-- invalid UTF-8 [escaped]
"select '\xff', bump()"
---
-- invalid UTF-8, an overlong apostrophe [escaped]
"select '\xc0\xa7, bump() --'"
---
-- invalid UTF-8, a cut sequence before a quote [escaped]
"select '\xe2\x82', bump() --'"
---
-- invalid UTF-8, a surrogate [escaped]
"select '\xed\xa0\x80' ; drop table canary"
---
-- vertical tab between name and parenthesis [escaped]
"select bump\v()"
---
-- form feed between name and parenthesis [escaped]
"select bump\f()"
---
-- a bell is no blank [escaped]
"select bump\a()"
---
-- delete is no blank [escaped]
"select bump\x7f()"
---
-- an unterminated string
select 'abc
---
-- an unterminated escape string
select E'abc\'
---
-- an unterminated dollar quote
select $a$ abc $b$
---
-- an unterminated identifier
select "abc
---
-- an unterminated comment
select 1 /* abc /* */
---
-- an unterminated comment with a change behind it
select 1 /* ; delete from canary
---
-- an unbalanced parenthesis
select (1
---
-- a parenthesis too many
select 1) ; drop table canary
---
-- a parenthesis that closes the cursor's query
select 1); drop table canary; --
---
-- an empty quoted identifier
select ""()
---
-- a Unicode identifier with a wrong escape
select U&"\zzzz"()
---
-- a Unicode identifier with a NUL
select U&"bump\0000"()
---
-- a Unicode string with a surrogate alone
select U&'\d800', bump()
---
-- a parameter number beyond all
select $99999999999
---
-- parentheses beyond measure
select «(»{5000}1«)»{5000}, bump()
---
-- brackets beyond measure
select «array[»{3000}1«]»{3000}
---
-- CASE beyond measure
select «case when true then »{3000}1« end»{3000}
---
-- subqueries beyond measure
select «(select »{3000}1«)»{3000}
---
-- NOT beyond measure
select «not »{20000}true
---
-- signs beyond measure
select «- »{50000}1
---
-- terms beyond measure
select 1«+1»{49000}
---
-- comments nested beyond measure
select «/*»{40000}«*/»{40000} bump()
---
-- joins beyond measure
select 1 from canary« natural join canary»{4000}
---
-- CTEs nested beyond measure
«with a as (»{2500}select 1«) select * from a»{2500}
---
-- a statement beyond measure
select '«x»{200000}'
---
-- an identifier beyond measure that is cut to another
select pg_read_file«_»{100}('x')
---
-- casts beyond measure
select 1«::int»{20000}
---
-- subscripts beyond measure
select (array[1])«[1]»{20000}
---
-- attributes beyond measure
select a«.a»{20000}
