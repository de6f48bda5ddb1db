// Chooses what to draw of a result by the kinds of its columns, as format=chart
// does: amounts by name are bars, amounts over time are lines, and two amounts
// are a cloud of points.

const MOST_BARS = 50
const MOST_SERIES = 8
const GREATEST = 1e300

const amountOf = (value) => {
  const v = value === null ? undefined : numberOf(value)
  return Number.isFinite(v) && Math.abs(v) <= GREATEST ? v : undefined
}
const secondsOf = (value) => {
  const m = typeof value === 'string' ? momentOf(value) : null
  return m && Number.isFinite(m[0]) ? m[0] + Number(`0.${m[1] || 0}`) : undefined
}

// spread is a range around numbers, with room at its ends.
const spread = (lo, hi) => {
  if (lo === hi) return lo === 0 ? [-1, 1] : [lo - Math.abs(lo) / 2, hi + Math.abs(hi) / 2]
  const room = hi / 20 - lo / 20
  return [lo - room, hi + room]
}

// figureOf returns { kind, series, x, y, categories, times, across, what }, or
// { why } if there is nothing to draw. A series is { name, points }, a point
// [x, y], null where a line is interrupted; x and y are ranges.
const figureOf = (columns, rows) => {
  const of = (kind) => columns.flatMap((c, i) => kindOf(c.type) === kind ? [i] : [])
  const amounts = of('number')
  const times = of('time')
  const names = columns.flatMap((_, i) => amounts.includes(i) || times.includes(i) ? [] : [i])
  const list = (of) => of.map((i) => columns[i].name).join(', ')
  const left = (all, drawn) => all.length > drawn.length ? `; ${all.length - drawn.length} further columns with numbers are left out` : ''
  if (!rows.length) return { why: 'There are no rows to draw.' }
  if (!amounts.length) return { why: 'A chart needs a column with numbers.' }

  const fitted = (figure) => {
    const points = figure.series.flatMap((s) => s.points.filter(Boolean))
    if (!points.length) return { why: 'No row has the numbers for a point.' }
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity]
    for (const [x, y] of points) [x0, x1, y0, y1] = [Math.min(x0, x), Math.max(x1, x), Math.min(y0, y), Math.max(y1, y)]
    return { ...figure, x: spread(x0, x1), y: spread(y0, y1) }
  }
  const line = (of, across, column, read) => {
    const points = of.map((r) => [read(r[across]), amountOf(r[column])]).filter(([x]) => x !== undefined)
    return points.sort((a, b) => a[0] - b[0]).map((p) => p[1] === undefined ? null : p)
  }
  const lines = () => {
    const across = times[0] ?? amounts[0]
    const read = times.length ? secondsOf : amountOf
    const all = times.length ? amounts : amounts.slice(1)
    let drawn = all.slice(0, MOST_SERIES)
    let series
    let by = ''
    if (names.length === 1 && all.length === 1) {
      const groups = Map.groupBy(rows, (r) => r[names[0]] === null ? 'NULL' : textOf(r[names[0]]))
      series = [...groups].slice(0, MOST_SERIES).map(([name, of]) => ({ name, points: line(of, across, all[0], read) }))
      by = ` for each ${columns[names[0]].name}${groups.size > MOST_SERIES ? `; the first ${MOST_SERIES} of ${groups.size} lines are drawn` : ''}`
    } else series = drawn.map((i) => ({ name: columns[i].name, points: line(rows, across, i, read) }))
    return fitted({ kind: 'line', series, times: times.length > 0, across: columns[across].name, up: list(drawn),
      what: `lines of ${list(drawn)} over ${columns[across].name}${by}, ${rows.length} rows${left(all, drawn)}` })
  }
  const bars = () => {
    const shown = rows.slice(0, MOST_BARS)
    const drawn = amounts.slice(0, MOST_SERIES)
    const series = drawn.map((i) => ({ name: columns[i].name, points: shown.flatMap((r, n) => amountOf(r[i]) === undefined ? [] : [[n, amountOf(r[i])]]) }))
    const values = series.flatMap((s) => s.points.map((p) => p[1]))
    if (!values.length) return { why: `There is no number to draw in ${list(drawn)}.` }
    const lo = Math.min(0, ...values)
    const hi = Math.max(0, ...values)
    const y = spread(lo, hi)
    if (lo === 0 && hi > 0) y[0] = 0
    if (hi === 0 && lo < 0) y[1] = 0
    return { kind: 'bar', series, x: [-0.5, shown.length - 0.5], y, across: list(names) || 'row', up: list(drawn),
      categories: shown.map((r, n) => names.length ? names.map((i) => r[i] === null ? 'NULL' : textOf(r[i])).join(', ') : String(n + 1)),
      what: `bars of ${list(drawn)} by ${list(names) || 'row'}, ${shown.length} of ${rows.length} rows${left(amounts, drawn)}` }
  }
  const rising = () => rows.length > 2 && rows.every((r, i) => {
    const v = amountOf(r[amounts[0]])
    return v !== undefined && (i === 0 || v > amountOf(rows[i - 1][amounts[0]]))
  })
  if (times.length) return lines()
  if (names.length || amounts.length === 1) return bars()
  if (rising()) return lines()
  const all = amounts.slice(1)
  const drawn = all.slice(0, MOST_SERIES)
  return fitted({ kind: 'scatter', across: columns[amounts[0]].name, up: list(drawn),
    series: drawn.map((i) => ({ name: columns[i].name, points: rows.map((r) => [amountOf(r[amounts[0]]), amountOf(r[i])]).filter((p) => p[0] !== undefined && p[1] !== undefined) })),
    what: `points of ${list(drawn)} against ${columns[amounts[0]].name}, ${rows.length} rows${left(all, drawn)}` })
}

// ticksOf returns [value, label] at multiples of 1, 2 or 5 times a power of ten.
const ticksOf = ([lo, hi], n) => {
  const power = 10 ** Math.floor(Math.log10((hi - lo) / n))
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => (hi - lo) / s <= n) ?? 10 * power
  const ticks = []
  const format = new Intl.NumberFormat('en', Math.max(Math.abs(lo), Math.abs(hi)) >= 1e6 || step < 1e-4
    ? { notation: Math.max(Math.abs(lo), Math.abs(hi)) < 1e15 && step >= 1e-4 ? 'compact' : 'scientific', maximumSignificantDigits: 6 } : { maximumFractionDigits: Math.max(0, -Math.floor(Math.log10(step))) })
  for (let k = Math.ceil(lo / step - 1e-9); k <= hi / step + 1e-9 && ticks.length <= 2 * n; k++) ticks.push([k * step, format.format(k * step + 0)]) // + 0: not -0
  return ticks
}

const FARTHEST = 8.64e12 // seconds from 1970 that Date can hold; PostgreSQL goes on to the year 294276

// stampOf writes seconds since 1970 in UTC.
const stampOf = (seconds) => Math.abs(seconds) <= FARTHEST ? new Date(seconds * 1000).toISOString()
  : `about the year ${Math.round(1970 + seconds / 31556952)}`

// timesOf returns ticks at round places of the calendar, in UTC, and none if there
// is no calendar for a part of the range.
const timesOf = ([lo, hi], n) => {
  if (Math.abs(lo) > FARTHEST || Math.abs(hi) > FARTHEST) return []
  const day = 86400
  const rough = (hi - lo) / n
  const step = [1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, day, 2 * day, 7 * day, 14 * day].find((s) => s >= rough)
  const ticks = []
  if (step) {
    for (let t = Math.ceil(lo / step) * step; t <= hi && ticks.length <= 2 * n; t += step) ticks.push([t, step >= day ? stampOf(t).slice(0, 10) : step >= 60 ? stampOf(t).slice(5, 16).replace('T', ' ') : stampOf(t).slice(11, 19)])
    return ticks
  }
  const months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12000, 60000, 120000].find((m) => m * 30.4 * day >= rough) ?? 1200000
  const first = new Date(lo * 1000)
  for (let m = Math.floor((first.getUTCFullYear() * 12 + first.getUTCMonth()) / months) * months; ticks.length <= 2 * n; m += months) {
    const at = new Date(0)
    at.setUTCFullYear(Math.floor(m / 12), m - Math.floor(m / 12) * 12, 1)
    const t = at.getTime() / 1000
    if (!(t <= hi)) break
    if (t >= lo) ticks.push([t, months >= 12 ? String(at.getUTCFullYear()) : stampOf(t).slice(0, 7)])
  }
  return ticks
}
