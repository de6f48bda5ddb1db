// The view of plot_function: curves from the points in the result, and data from
// the arguments, which the result does not repeat.

const title = document.getElementById('title')
const frame = document.getElementById('plot')
const readout = document.getElementById('readout')
const legend = document.getElementById('legend')
const notes = document.getElementById('notes')
const values = document.getElementById('values')

const margin = { left: 58, right: 14, top: 10, bottom: 42 }
const mostRows = 500

let given = {} // the tool's arguments
let plot = null // what read made of the result
let at = -1 // the cursor: an index of plot.stops, or nowhere

// number reads a number from JSON or from text. A formula is none.
const number = (v) => (typeof v === 'number' || (typeof v === 'string' && v.trim() !== '') ? Number(v) : NaN)
const list = (v) => (Array.isArray(v) ? v : [])

// short writes a number for an axis, whose ticks are step apart.
const short = (v, step) => {
  if (Math.abs(v) < step / 1e6) return '0'
  const size = Math.abs(v)
  if (size >= 1e6 || size < 1e-4) return v.toExponential(Math.max(0, Math.min(6, Math.floor(Math.log10(size)) - Math.floor(Math.log10(step))))).replace('e+', 'e').replace('-', '−')
  return v.toFixed(Math.max(0, Math.min(10, -Math.floor(Math.log10(step))))).replace('-', '−')
}

// ticks returns round numbers in a range, about n of them.
const ticks = ([lo, hi], n) => {
  const rough = (hi - lo) / n
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough)
  const out = []
  for (let k = Math.ceil(lo / step); k * step <= hi && out.length < 50; k++) out.push(k * step)
  return { step, at: out }
}

const range = (ends) => {
  const [lo, hi] = list(ends).map(number)
  return Number.isFinite(lo) && Number.isFinite(hi) && lo < hi ? [lo, hi] : null
}

const point = (p) => (p ? { x: number(p.x), y: number(p.y), shown: [String(p.x), String(p.y)] } : null)

// data reads the points of a series, which are in the arguments.
const data = (series, categories) => {
  const points = []
  let left = 0
  list(series?.y).forEach((v, i) => {
    const y = number(v)
    const label = series.x ? String(series.x[i]) : String(i + 1)
    let x = series.x ? number(series.x[i]) : i + 1
    if (categories) {
      if (!categories.includes(label)) categories.push(label)
      x = categories.indexOf(label)
    }
    if (Number.isFinite(x) && Number.isFinite(y)) points.push({ x, y, shown: [label, String(v)] })
    else left++
  })
  return { points, left }
}

// byX finds a curve's points, of which data may have several at one x.
const byX = (points) => {
  const all = new Map()
  for (const p of points) all.has(p.x) ? all.get(p.x).push(p) : all.set(p.x, [p])
  return all
}

const read = (record) => {
  const series = list(given.series)
  const categories = given.kind === 'bar' ? [] : null
  let left = 0
  const curves = list(record.curves).slice(0, 10).map((c, i) => {
    const curve = {
      name: String(c.name), index: i, shown: true, style: 'line',
      zeros: list(c.zeros).map((z) => ({ x: number(String(z).split(' to ')[0]), y: 0, shown: [String(z), '0'] })).filter((z) => Number.isFinite(z.x)),
      gaps: list(c.gaps).map((g) => ({ from: number(g.from), to: number(g.to ?? g.from) })),
      min: point(c.min), max: point(c.max),
    }
    if (i < series.length) {
      const d = data(series[i], categories)
      left += d.left
      curve.points = d.points
      curve.style = { scatter: 'dots', bar: 'bars' }[given.kind] ?? 'line'
      curve.marked = curve.style === 'line' && d.points.length <= 60
      // What a bar stands for has a place here, and a name in the result.
      if (categories) for (const end of [curve.min, curve.max]) if (end) end.x = categories.indexOf(end.shown[0])
    } else {
      curve.points = list(c.points).map(([x, y]) => ({ x: number(x), y: number(y), shown: [String(x), String(y)] }))
        .filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y))
    }
    curve.at = byX(curve.points)
    return curve
  })
  const x = categories ? [-0.5, Math.max(categories.length, 1) - 0.5] : range(record.x_range)
  const y = range(record.y_range)
  if (!x || !y) return null
  const marks = curves.flatMap((c) => [...c.zeros, c.min, c.max].filter((p) => p && Number.isFinite(p.x)))
  // The ends of the range have fewer digits among the points.
  const near = (x[1] - x[0]) * 1e-9
  const stops = [...new Set([...curves.flatMap((c) => c.points), ...marks].map((p) => p.x))].filter((v) => v >= x[0] - near && v <= x[1] + near).sort((a, b) => a - b)
  return { curves, categories, x, y, stops, left, notes: list(record.notes).map(String), interpretation: String(record.interpretation ?? ''), truncated: record.truncated === true }
}

// torn reports whether a curve has no value somewhere from a to b.
const torn = (curve, a, b) => curve.gaps.some((g) => (g.from === g.to ? g.from >= a.x && g.from <= b.x : g.from < b.x && g.to > a.x))

const several = (points) => points.slice(0, 5).map((p) => p.shown[1]).join(', ') + (points.length > 5 ? `, and ${points.length - 5} more` : '')

// value says what a curve is at x, as text, and where.
const value = (curve, x) => {
  const points = curve.at.get(x)
  if (points) return { y: points[0].y, text: several(points), x: points[0].shown[0] }
  const known = [...curve.zeros, curve.min, curve.max].find((p) => p && p.x === x)
  if (known) return { y: known.y, text: known.shown[1], x: known.shown[0] }
  if (curve.style !== 'line') return null
  for (let i = 1; i < curve.points.length; i++) {
    const a = curve.points[i - 1]
    const b = curve.points[i]
    if (a.x < x && x < b.x) {
      if (torn(curve, a, b)) return null
      const y = a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x)
      return { y, text: `about ${Number(y.toPrecision(4))}` }
    }
  }
  return null
}

const draw = () => {
  if (!plot) return
  const width = Math.max(240, Math.min(frame.clientWidth || 600, 1600))
  const height = Math.round(Math.max(200, Math.min(width * 0.6, 440)))
  const w = width - margin.left - margin.right
  const h = height - margin.top - margin.bottom
  const px = (x) => margin.left + ((x - plot.x[0]) / (plot.x[1] - plot.x[0])) * w
  const py = (y) => margin.top + ((plot.y[1] - y) / (plot.y[1] - plot.y[0])) * h
  const inside = (p) => p && px(p.x) >= margin.left - 1 && px(p.x) <= margin.left + w + 1 && p.y >= plot.y[0] && p.y <= plot.y[1]
  plot.px = px
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true' },
    svg('clipPath', { id: 'inside' }, svg('rect', { x: margin.left, y: margin.top, width: w, height: h })))

  const grid = svg('g', { class: 'grid' })
  const across = plot.categories ? { at: plot.categories.map((_, i) => i) } : ticks(plot.x, Math.max(2, w / 90))
  const every = plot.categories ? Math.ceil(plot.categories.length / Math.max(1, w / 60)) : 1
  across.at.forEach((x, i) => {
    if (!plot.categories) grid.append(svg('line', { x1: px(x), x2: px(x), y1: margin.top, y2: margin.top + h, class: x === 0 ? 'zeroth' : null }))
    if (i % every) return
    const label = plot.categories ? plot.categories[x].slice(0, 12) : short(x, across.step)
    grid.append(svg('text', { x: px(x), y: margin.top + h + 16, 'text-anchor': 'middle' }, label))
  })
  const up = ticks(plot.y, Math.max(2, h / 50))
  for (const y of up.at) {
    grid.append(svg('line', { x1: margin.left, x2: margin.left + w, y1: py(y), y2: py(y), class: y === 0 ? 'zeroth' : null }),
      svg('text', { x: margin.left - 6, y: py(y) + 4, 'text-anchor': 'end' }, short(y, up.step)))
  }
  grid.append(svg('text', { x: margin.left + w / 2, y: height - 6, 'text-anchor': 'middle' }, String(given.x_label ?? (plot.categories ? '' : 'x'))),
    svg('text', { transform: `translate(12 ${margin.top + h / 2}) rotate(-90)`, 'text-anchor': 'middle' }, String(given.y_label ?? (plot.categories ? '' : 'y'))))
  picture.append(grid)

  const drawn = svg('g', { 'clip-path': 'url(#inside)' })
  const bars = plot.curves.filter((c) => c.style === 'bars')
  for (const c of plot.curves.filter((c) => c.shown)) {
    const g = svg('g', { class: `curve c${c.index}` })
    if (c.style === 'bars') {
      const wide = (px(1) - px(0)) * 0.8 / bars.length
      for (const p of c.points) {
        const left = px(p.x) - (px(1) - px(0)) * 0.4 + wide * bars.indexOf(c)
        g.append(svg('rect', { class: 'bar', x: left, width: Math.max(1, wide - 1), y: Math.min(py(p.y), py(0)), height: Math.abs(py(0) - py(p.y)) }))
      }
    } else if (c.style === 'line') {
      const path = c.points.map((p, i) => `${i && !torn(c, c.points[i - 1], p) ? 'L' : 'M'}${px(p.x).toFixed(2)} ${py(p.y).toFixed(2)}`).join('')
      g.append(svg('path', { class: 'line', d: path || 'M0 0' }))
    }
    if (c.style === 'dots' || c.marked) for (const p of c.points) g.append(svg('circle', { class: 'dot', cx: px(p.x), cy: py(p.y), r: 3 }))
    drawn.append(g)
  }
  picture.append(drawn)
  // The marks stand on the edge too, uncut.
  for (const c of plot.curves.filter((c) => c.shown && c.style === 'line')) {
    const g = svg('g', { class: `marks c${c.index}` })
    for (const z of c.zeros.filter(inside)) g.append(svg('circle', { class: 'zero', cx: px(z.x), cy: py(0), r: 4.5 }))
    for (const p of [c.min, c.max].filter(inside)) g.append(svg('path', { class: 'extreme', d: `M${px(p.x)} ${py(p.y) - 6}l6 6l-6 6l-6 -6z` }))
    picture.append(g)
  }
  const cursor = svg('g', { class: 'cursor' })
  picture.append(cursor)
  frame.replaceChildren(picture)
  plot.cursor = { group: cursor, py, top: margin.top, bottom: margin.top + h }
  move(at)
}

// move puts the cursor on a stop, or nowhere.
const move = (to) => {
  at = to < 0 || !plot.stops.length ? -1 : Math.min(to, plot.stops.length - 1)
  plot.cursor.group.replaceChildren()
  if (at < 0) {
    readout.textContent = 'Point at the plot, or move through it with the arrow keys.'
    return
  }
  const x = plot.stops[at]
  const where = plot.px(x)
  const seen = plot.curves.filter((c) => c.shown).map((c) => ({ c, v: value(c, x) })).filter(({ v }) => v)
  const shown = plot.categories ? plot.categories[x] : seen.find(({ v }) => v.x)?.v.x ?? String(x)
  const text = [`${plot.categories ? '' : 'x = '}${shown}`, ...seen.map(({ c, v }) => `${c.name} = ${v.text}`)].join('; ')
  plot.cursor.group.append(svg('line', { x1: where, x2: where, y1: plot.cursor.top, y2: plot.cursor.bottom }))
  for (const { c, v } of seen) {
    if (v.y >= plot.y[0] && v.y <= plot.y[1]) plot.cursor.group.append(svg('circle', { class: `c${c.index}`, cx: where, cy: plot.cursor.py(v.y), r: 4 }))
  }
  readout.textContent = text
  frame.setAttribute('aria-valuenow', String(at))
  frame.setAttribute('aria-valuetext', text)
}

const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10 }
frame.addEventListener('keydown', (event) => {
  if (!plot || event.ctrlKey || event.metaKey || event.altKey) return
  const last = plot.stops.length - 1
  if (event.key === 'Home') move(0)
  else if (event.key === 'End') move(last)
  else if (event.key === 'Escape') move(-1)
  else if (steps[event.key]) move(at < 0 ? Math.floor(last / 2) : Math.max(0, at + steps[event.key] * (event.shiftKey ? 10 : 1)))
  else return
  event.preventDefault()
})
frame.addEventListener('pointermove', (event) => {
  if (!plot?.stops.length) return
  const x = event.clientX - frame.getBoundingClientRect().left
  let best = 0
  plot.stops.forEach((stop, i) => { if (Math.abs(plot.px(stop) - x) < Math.abs(plot.px(plot.stops[best]) - x)) best = i })
  move(best)
})
frame.addEventListener('pointerleave', () => { if (plot && document.activeElement !== frame) move(-1) })

const key = (c) => el('button', { type: 'button', class: `key c${c.index}`, 'aria-pressed': 'true', onclick: (event) => {
  c.shown = !c.shown
  event.currentTarget.setAttribute('aria-pressed', String(c.shown))
  draw()
} }, svg('svg', { width: 26, height: 10, 'aria-hidden': 'true' }, svg('path', { class: 'line', d: 'M1 5h24' })), c.name)

// brief writes a number for people; the table and the cursor have all its digits.
const brief = (text) => (text.length > 9 && Number.isFinite(number(text)) ? String(Number(number(text).toPrecision(6))) : text)

const features = (c) => [
  c.min && `least ${brief(c.min.shown[1])} at ${brief(c.min.shown[0])}`,
  c.max && `greatest ${brief(c.max.shown[1])} at ${brief(c.max.shown[0])}`,
  c.zeros.length > 0 && `zeros at ${c.zeros.map((z) => brief(z.shown[0])).join(', ')}`,
].filter(Boolean).join('; ')

const table = () => {
  const rows = plot.stops.filter((x) => plot.curves.some((c) => c.at.has(x)))
  const cell = (c, x) => (c.at.has(x) ? several(c.at.get(x)) : '')
  const label = (x) => (plot.categories ? plot.categories[x] : plot.curves.find((c) => c.at.has(x)).at.get(x)[0].shown[0])
  return [
    el('table', {},
      el('caption', {}, rows.length > mostRows ? `The first ${mostRows} of ${rows.length} points` : 'Points'),
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, String(given.x_label ?? 'x')), plot.curves.map((c) => el('th', { scope: 'col' }, c.name)))),
      el('tbody', {}, rows.slice(0, mostRows).map((x) => el('tr', {}, el('th', { scope: 'row' }, label(x)), plot.curves.map((c) => el('td', {}, cell(c, x))))))),
  ]
}

const show = (record) => {
  plot = read(record)
  if (!plot) return fail('The result has no ranges to draw in; the picture in it shows the plot.')
  title.textContent = String(given.title ?? '') || plot.curves.map((c) => c.name).join(', ')
  document.title = title.textContent
  frame.setAttribute('aria-label', `Plot of ${title.textContent}. The arrow keys move the cursor.`)
  frame.setAttribute('aria-valuemax', String(Math.max(0, plot.stops.length - 1)))
  frame.setAttribute('aria-valuenow', '0')
  frame.setAttribute('aria-valuetext', 'no point chosen')
  legend.replaceChildren(...plot.curves.map((c) => el('li', {}, key(c), el('span', { class: 'faint' }, ` ${features(c)}`))))
  const said = [...plot.notes]
  if (plot.truncated) said.push('Some points, zeros or gaps are left out here; the picture in the result has them.')
  if (plot.left) said.push(`${plot.left} values are formulas, and only in the picture in the result.`)
  if (plot.interpretation) said.push(`Read as: ${plot.interpretation}`)
  notes.replaceChildren(...said.map((text) => el('li', {}, text)))
  values.replaceChildren(...table())
  document.getElementById('more').hidden = false
  at = -1
  draw()
  say(`Plot of ${title.textContent}: ${plot.curves.map((c) => `${c.name}: ${features(c)}`).join('. ')}`)
}

view({
  name: 'calculator-plot',
  input: (args) => { given = args },
  result: (result) => (result.structuredContent ? show(result.structuredContent) : fail('The result has no points to draw.')),
})

let width = 0
new ResizeObserver(() => {
  if (frame.clientWidth === width) return
  width = frame.clientWidth
  draw()
}).observe(frame)
