// Draws a figure as SVG, for people who see it; the table says the same in text.

const WIDTH = 800
const HEIGHT = 420

const drawn = (figure) => {
  const box = { left: 76, right: WIDTH - 16, top: 14, bottom: HEIGHT - (figure.categories?.length > 8 ? 96 : 48) }
  const scale = ([lo, hi], from, to) => (v) => from + (v / 2 - lo / 2) / (hi / 2 - lo / 2) * (to - from)
  const x = scale(figure.x, box.left, box.right)
  const y = scale(figure.y, box.bottom, box.top)
  const at = (n) => n.toFixed(1)
  const parts = []
  for (const [v, label] of ticksOf(figure.y, 6)) {
    parts.push(svg('line', { class: 'grid', x1: box.left, x2: box.right, y1: at(y(v)), y2: at(y(v)) }),
      svg('text', { class: 'tick', x: box.left - 8, y: at(y(v) + 4), 'text-anchor': 'end' }, label))
  }
  if (figure.categories) {
    const each = Math.ceil(figure.categories.length / 24)
    figure.categories.forEach((name, i) => {
      if (i % each) return
      const short = name.length > 14 ? `${name.slice(0, 13)}…` : name
      const few = figure.categories.length <= 8
      parts.push(svg('text', { class: 'tick', x: at(x(i)), y: box.bottom + 16, 'text-anchor': few ? 'middle' : 'end',
        transform: few ? null : `rotate(-40 ${at(x(i))} ${box.bottom + 16})` }, short, svg('title', null, name)))
    })
  } else {
    for (const [v, label] of figure.times ? timesOf(figure.x, 7) : ticksOf(figure.x, 8)) {
      parts.push(svg('line', { class: 'grid', x1: at(x(v)), x2: at(x(v)), y1: box.top, y2: box.bottom }),
        svg('text', { class: 'tick', x: at(x(v)), y: box.bottom + 18, 'text-anchor': 'middle' }, label))
    }
  }
  const zero = Math.min(Math.max(y(0), box.top), box.bottom)
  parts.push(svg('line', { class: 'axis', x1: box.left, x2: box.right, y1: at(figure.kind === 'bar' ? zero : box.bottom), y2: at(figure.kind === 'bar' ? zero : box.bottom) }),
    svg('text', { class: 'label', x: (box.left + box.right) / 2, y: HEIGHT - 6, 'text-anchor': 'middle' }, figure.across.slice(0, 100)))

  const point = (s, px, py) => svg('title', null, `${s.name}: ${figure.categories?.[px] ?? (figure.times ? stampOf(px) : px)}, ${py}`)
  const step = x(1) - x(0)
  figure.series.forEach((s, i) => {
    const group = svg('g', { class: `series s${i}` })
    const marked = s.points.length <= 100 || figure.kind === 'scatter'
    if (figure.kind === 'bar') {
      const width = step * 0.8 / figure.series.length
      for (const [n, v] of s.points) {
        group.append(svg('rect', { x: at(x(n) - step * 0.4 + width * i), y: at(Math.min(y(v), zero)), width: at(Math.max(width - 1, 0.5)), height: at(Math.max(Math.abs(y(v) - zero), 0.5)) }, point(s, n, v)))
      }
    } else {
      if (figure.kind === 'line') {
        let move = true
        const d = s.points.map((p) => {
          if (!p) { move = true; return '' }
          const letter = move ? 'M' : 'L'
          move = false
          return `${letter}${at(x(p[0]))} ${at(y(p[1]))}`
        }).join('')
        group.append(svg('path', { d, fill: 'none' }))
      }
      if (marked) for (const p of s.points) if (p) group.append(mark(i, x(p[0]), y(p[1]), point(s, ...p)))
    }
    parts.push(group)
  })
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `Chart: ${figure.what}` }, parts)
  const legend = figure.series.length > 1 && el('ul', { class: 'legend' }, figure.series.map((s, i) => el('li', null,
    svg('svg', { viewBox: '0 0 14 14', 'aria-hidden': 'true', class: `key s${i}` }, mark(i, 7, 7)), s.name)))
  return el('figure', null, picture, legend, el('figcaption', { class: 'faint' }, figure.what))
}

// mark is a point whose form, and not only its colour, tells the series.
const mark = (i, x, y, title) => {
  const r = 4
  const form = [
    null,
    [[-r, -r], [r, -r], [r, r], [-r, r]],
    [[0, -r - 1], [r + 1, r], [-r - 1, r]],
    [[0, -r - 1], [r + 1, 0], [0, r + 1], [-r - 1, 0]],
  ][i % 4]
  const at = (n) => n.toFixed(1)
  return form ? svg('polygon', { points: form.map(([dx, dy]) => `${at(x + dx)},${at(y + dy)}`).join(' ') }, title)
    : svg('circle', { cx: at(x), cy: at(y), r }, title)
}
