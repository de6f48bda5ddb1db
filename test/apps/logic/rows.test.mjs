import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './load.mjs'

const dir = 'services/database/views/'
const { kindOf, ordered, csvOf, fromCSV, momentOf, figureOf, ticksOf, timesOf, stampOf } = load([`${dir}rows.js`, `${dir}chart.js`],
  'kindOf, ordered, csvOf, fromCSV, momentOf, figureOf, ticksOf, timesOf, stampOf')
const sorted = (kind, values, direction = 1) => ordered(values.map((v) => [v]), 0, kind, direction).map(([v]) => v)
const shuffled = (list) => list.map((v, i) => [(i * 7919) % 10007, v]).sort((a, b) => a[0] - b[0]).map(([, v]) => v)

test('kinds of types', () => {
  const of = (...names) => names.map(kindOf)
  assert.deepEqual(of('integer', 'bigint', 'numeric(10,2)', 'double precision', 'money'), Array(5).fill('number'))
  assert.deepEqual(of('date', 'timestamp(3)', 'timestamptz'), Array(3).fill('time'))
  assert.deepEqual(of('integer[]', 'text', 'int4range', 'numeric(10,2)[]', 'time', '__proto__'), Array(6).fill('other'))
  assert.equal(kindOf('interval day to second(3)'), 'span')
})

test('numbers by their value, exactly', () => {
  const up = ['-Infinity', '-9007199254740993', '-9007199254740992', -10, '-9.5', 0, '0.10000000000000000001', '0.1000000000000000001', 9, 10, '9007199254740992', '9007199254740993', '123456789012345678901234567890', 1e300, 'Infinity', 'NaN', null]
  assert.deepEqual(sorted('number', shuffled(up)), up)
  assert.deepEqual(sorted('number', shuffled(up), -1), [...up.slice(0, -1).reverse(), null])
  assert.deepEqual(sorted('number', ['$1,234.50', '-$2.00', '$9.00']), ['-$2.00', '$9.00', '$1,234.50'])
  assert.deepEqual(sorted('number', ['1…(+9 bytes)', 2, '1']), ['1', 2, '1…(+9 bytes)'])
})

test('times by their moment', () => {
  const up = ['-infinity', '4714-11-24 BC', '0044-03-15 BC', '0001-01-01', '1969-12-31T23:59:59Z', '2024-02-29T23:00:00-05:00', '2024-03-01T04:00:00.000001Z', '2024-03-01T09:30:00.1+05:30', '2024-03-01T04:00:00.12Z', '294276-12-31 23:59:59', 'infinity', null]
  assert.deepEqual(sorted('time', shuffled(up)), up)
  assert.deepEqual(momentOf('1970-01-02'), [86400, ''])
  for (const day of ['1600-02-29', '1999-12-31', '2000-03-01', '2100-02-28']) assert.equal(momentOf(`${day}T12:00:00Z`)[0] * 1000, Date.parse(`${day}T12:00:00Z`))
  assert.equal(momentOf('yesterday'), null)
})

test('spans, booleans, texts and documents', () => {
  const spans = ['-1 days', '00:00:01', '23:59:59.5', '1 day', '29 days 23:00:00', '1 mon', '1 year 2 mons']
  assert.deepEqual(sorted('span', shuffled(spans)), spans)
  assert.deepEqual(sorted('other', [true, null, false]), [false, true, null])
  assert.deepEqual(sorted('other', ['b', '', 'a']), ['', 'a', 'b'])
  assert.deepEqual(sorted('other', [{ b: 1 }, [2], [1]]), [[1], [2], { b: 1 }])
})

test('equal rows stay in their order, both ways', () => {
  const rows = Array.from({ length: 10000 }, (_, i) => [i % 3 ? i % 5 : null, i])
  for (const direction of [1, -1]) {
    const got = ordered(rows, 0, 'number', direction)
    assert.equal(got.length, rows.length)
    for (let i = 1; i < got.length; i++) if (got[i][0] === got[i - 1][0]) assert.ok(got[i][1] > got[i - 1][1])
    assert.equal(got.at(-1)[0], null)
  }
  assert.equal(rows[1][1], 1)
})

test('CSV there and back', () => {
  const rows = [['a,b', '"', null, ''], ['line\r\nend', ' x', '1', '{"a":1}']]
  const text = csvOf(['n', 'a "name"', 'c', 'd'], rows)
  assert.equal(text, 'n,"a ""name""",c,d\r\n"a,b","""",,""\r\n"line\r\nend"," x",1,"{""a"":1}"\r\n')
  assert.deepEqual(fromCSV(text), rows)
  assert.deepEqual(fromCSV('a\n""\n'), [['']])
  assert.deepEqual(fromCSV('a,b\n1,\n'), [['1', null]])
  assert.deepEqual(fromCSV('a\n"open'), [])
  assert.equal(csvOf(['x'], [[{ a: 1 }], [true]]), 'x\r\n"{""a"":1}"\r\ntrue\r\n')
})

const columns = (...types) => types.map((type, i) => ({ name: `c${i}`, type }))

test('charts as format=chart chooses them', () => {
  const kind = (types, rows) => figureOf(columns(...types), rows).kind
  assert.equal(kind(['text', 'bigint'], [['a', '9007199254740993'], [null, 2]]), 'bar')
  assert.equal(kind(['date', 'numeric'], [['2024-01-01', '1.5'], ['2024-01-02', '2']]), 'line')
  assert.equal(kind(['integer', 'real'], [[1, 1], [2, 5], [3, 4]]), 'line')
  assert.equal(kind(['integer', 'real'], [[3, 1], [2, 5], [1, 4]]), 'scatter')
  assert.equal(kind(['integer'], [[3], [1]]), 'bar')
  for (const [types, rows] of [[['text'], [['a']]], [['integer'], []], [['integer'], [[null]]], [['date', 'integer'], [['infinity', 1]]], [['real'], [['NaN']]]]) {
    assert.match(figureOf(columns(...types), rows).why, /\w/)
  }
})

test('lines are split by name, sorted and interrupted', () => {
  const f = figureOf(columns('date', 'text', 'integer'), [['2024-01-03', 'a', 3], ['2024-01-01', 'a', 1], ['2024-01-02', 'a', null], ['2024-01-01', '__proto__', 9]])
  assert.deepEqual(f.series.map((s) => s.name), ['a', '__proto__'])
  assert.deepEqual(f.series[0].points.map((p) => p && p[1]), [1, null, 3])
})

test('charts are bounded', () => {
  const many = Array.from({ length: 10000 }, (_, i) => [`n${i}`, i, ...Array(20).fill(i)])
  const f = figureOf(columns('text', ...Array(21).fill('integer')), many)
  assert.equal(f.series.length, 8)
  assert.equal(f.series[0].points.length, 50)
  assert.match(f.what, /50 of 10000 rows; 13 further columns/)
  assert.equal(figureOf(columns('text', 'date', 'integer'), many.map((r) => [r[0], '2024-01-01', 1])).series.length, 8)
})

test('ticks are few and inside', () => {
  for (const range of [[0, 1], [-1e300, 1e300], [1e15, 1e15 + 10], [0.00001, 0.00002], [-5, 3]]) {
    const ticks = ticksOf(range, 6)
    assert.ok(ticks.length >= 2 && ticks.length <= 13, `${range}: ${ticks.length}`)
  }
  assert.deepEqual(ticksOf([-5, 3], 4).map((t) => t[1]), ['-4', '-2', '0', '2'])
  for (const range of [[0, 5], [0, 90], [0, 86400 * 40], [1.5e9, 1.7e9], [-6e10, 1e10], [-2e14, 1e13]]) assert.ok(timesOf(range, 7).length <= 15, String(range))
  assert.deepEqual(timesOf([1704067200, 1704067200 + 2 * 86400], 2).map((t) => t[1]), ['2024-01-01', '2024-01-02', '2024-01-03'])
  // PostgreSQL has dates to the year 294276, Date to 275760.
  assert.deepEqual(timesOf([9e12, 9e12 + 5], 7), [])
  assert.deepEqual([0, 8773141104000, -9e12].map(stampOf), ['1970-01-01T00:00:00.000Z', 'about the year 279980', 'about the year -283229'])
})
