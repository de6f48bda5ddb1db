// Orders the values of a result by the types that PostgreSQL gives its columns,
// and reads and writes CSV.

// kindOf says what a type's values are: number, time, span or other.
const kindOf = (type) => {
  if (type.endsWith('[]')) return 'other'
  const name = type.replace(/\(.*$/, '')
  if (/^(smallint|integer|bigint|oid|xid8?|cid|real|double precision|numeric|money)$/.test(name)) return 'number'
  if (/^(date|timestamp|timestamptz)$/.test(name)) return 'time'
  if (/^interval\b/.test(name)) return 'span'
  return 'other'
}

// numberOf reads a number as PostgreSQL writes it, money too; NaN is its NaN, and
// what is none is undefined.
const numberOf = (value) => {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  const text = value.replace(/[$,]/g, '')
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  return { NaN: NaN, Infinity, '-Infinity': -Infinity }[text]
}

// exact compares decimals that are the same double: ids above 2^53, long numerics.
const exact = (a, b) => {
  const parts = (value) => {
    const [, sign, whole, fraction] = /^([+-]?)0*(\d*)\.?(\d*)$/.exec(String(value).replace(/[$,]/g, '')) ?? []
    return whole === undefined ? null : { minus: sign === '-', whole, fraction: fraction.replace(/0+$/, '') }
  }
  const x = parts(a)
  const y = parts(b)
  if (!x || !y) return 0
  const larger = x.whole.length - y.whole.length || (x.whole < y.whole ? -1 : x.whole > y.whole ? 1 : x.fraction < y.fraction ? -1 : x.fraction > y.fraction ? 1 : 0)
  return x.minus ? -larger : larger
}

const compareNumbers = (a, b) => {
  const x = numberOf(a)
  const y = numberOf(b)
  if (x === undefined || y === undefined) return (x === undefined) - (y === undefined)
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) // NaN is the greatest, as in PostgreSQL
  return x < y ? -1 : x > y ? 1 : exact(a, b)
}

// momentOf reads a date or time: [seconds since 1970, the digits of the fraction].
const momentOf = (value) => {
  if (value === 'infinity') return [Infinity, '']
  if (value === '-infinity') return [-Infinity, '']
  const m = /^(\d{4,7})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?)?( BC)?$/.exec(value)
  if (!m) return null
  const [, y, month, day, hour = 0, minute = 0, second = 0, fraction = '', sign, offHour = 0, offMinute = 0, offSecond = 0, bc] = m
  // Days since 1970 in the Gregorian calendar, which Date has only to the year 275760.
  const year = (bc ? 1 - y : +y) - (month <= 2)
  const era = Math.floor(year / 400)
  const inEra = year - era * 400
  const inYear = Math.floor((153 * (+month + (month > 2 ? -3 : 9)) + 2) / 5) + +day - 1
  const days = era * 146097 + inEra * 365 + Math.floor(inEra / 4) - Math.floor(inEra / 100) + inYear - 719468
  const off = (offHour * 3600 + offMinute * 60 + +offSecond) * (sign === '-' ? -1 : 1)
  return [days * 86400 + hour * 3600 + minute * 60 + +second - off, fraction.replace(/0+$/, '')]
}

const compareTimes = (a, b) => {
  const x = momentOf(a)
  const y = momentOf(b)
  if (!x || !y) return !x - !y
  return x[0] < y[0] ? -1 : x[0] > y[0] ? 1 : x[1] < y[1] ? -1 : x[1] > y[1] ? 1 : 0
}

// spanOf reads an interval as PostgreSQL compares it: a month has 30 days.
const spanOf = (value) => {
  let seconds = 0
  for (const [, n, unit] of value.matchAll(/([+-]?\d+) (year|mon|day)/g)) seconds += n * { year: 360, mon: 30, day: 1 }[unit] * 86400
  const clock = /([+-]?)(\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(value)
  if (clock) seconds += (clock[2] * 3600 + clock[3] * 60 + +clock[4]) * (clock[1] === '-' ? -1 : 1)
  return seconds
}

const collator = new Intl.Collator(undefined, { numeric: false })
const textOf = (value) => typeof value === 'string' ? value : JSON.stringify(value)

const comparers = {
  number: compareNumbers,
  time: compareTimes,
  span: (a, b) => spanOf(textOf(a)) - spanOf(textOf(b)),
  other: (a, b) => typeof a === 'boolean' && typeof b === 'boolean' ? a - b : collator.compare(textOf(a), textOf(b)),
}

// ordered returns the rows sorted by a column, 1 up and -1 down. Rows that are
// equal stay in their order, and null is last either way: it is not what anybody
// looks for first.
const ordered = (rows, column, kind, direction) => {
  const compare = comparers[kind]
  return rows.toSorted((a, b) => {
    const x = a[column]
    const y = b[column]
    if (x === null || y === null) return (x === null) - (y === null)
    return direction * compare(x, y)
  })
}

// csvOf writes rows as RFC 4180 has it; null is empty and an empty text is "".
const csvOf = (names, rows) => {
  const field = (value) => {
    if (value === null) return ''
    const text = textOf(value)
    return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return [names, ...rows].map((row) => row.map(field).join(',') + '\r\n').join('')
}

// fromCSV reads rows, without the line of names, of a result in that form.
const fromCSV = (text) => {
  const rows = []
  let row = []
  const token = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy
  while (token.lastIndex < text.length) {
    const m = token.exec(text)
    if (!m) break
    row.push(m[1] !== undefined ? m[1].replaceAll('""', '"') : m[2] === '' ? null : m[2])
    if (m[3] === ',') continue
    rows.push(row)
    row = []
  }
  return rows.slice(1)
}
