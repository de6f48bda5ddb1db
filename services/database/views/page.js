const STEP = 200 // rows that are added to the page at once
const KEPT = 10000 // rows of all pages
const SHORT = 200 // characters of a value that are shown at once

let input = {}
let context = {}
let columns = []
let rows = [] // as they came
let sorted = rows
let order = null // { column, direction }
let last = {} // the newest page's record
let mode = 'table'

const counted = (n, noun) => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`

const cell = (value, kind) => {
  if (value === null) return el('td', { class: 'null' }, 'NULL')
  const text = textOf(value)
  if (text === '') return el('td', { class: 'empty' }, el('span', null, 'empty'))
  const td = el('td', { class: kind === 'number' || kind === 'time' ? kind : null })
  if (text.length <= SHORT) td.append(text)
  else {
    const body = document.createTextNode('')
    const button = el('button', { type: 'button', class: 'more', onclick: () => toggle(button.getAttribute('aria-expanded') !== 'true') })
    const toggle = (open) => {
      body.data = open ? text : `${text.slice(0, SHORT)}…`
      button.setAttribute('aria-expanded', String(open))
      button.textContent = open ? 'less' : `all ${text.length.toLocaleString('en')} characters`
    }
    toggle(false)
    td.append(body, ' ', button)
  }
  return td
}

const title = main.querySelector('h1')
const list = el('tbody')
const heads = el('tr')
const table = el('table', { 'aria-label': 'Rows of the result' }, el('thead', null, heads), list)
const scroll = el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Rows' }, table)
const more = el('button', { type: 'button', class: 'wide', onclick: () => grow() })
const status = el('p', { class: 'status' })
const next = el('button', { type: 'button', onclick: () => nextPage() }, 'Next page')
const chart = el('div', { class: 'chart' })
const problem = el('p', { class: 'failed', role: 'alert' })
const copied = el('textarea', { class: 'copy', readonly: true, 'aria-label': 'The rows as CSV', rows: 8 })

const grow = () => {
  const at = list.children.length
  list.append(...sorted.slice(at, at + STEP).map((row) => el('tr', null, columns.map((c, i) => cell(row[i] ?? null, c.kind)))))
  const left = sorted.length - list.children.length
  more.hidden = left <= 0
  more.textContent = `Show ${counted(Math.min(STEP, left), 'more row')} of ${left.toLocaleString('en')}`
}

const redraw = () => {
  sorted = order ? ordered(rows, order.column, columns[order.column].kind, order.direction) : rows
  for (const [i, th] of [...heads.children].entries()) {
    const direction = order?.column === i ? order.direction : 0
    th.setAttribute('aria-sort', direction > 0 ? 'ascending' : direction < 0 ? 'descending' : 'none')
    th.querySelector('.arrow').textContent = direction > 0 ? '▲' : direction < 0 ? '▼' : '↕'
  }
  list.replaceChildren()
  grow()
}

// sortBy goes from ascending to descending to the order of the query.
const sortBy = (column) => {
  order = order?.column !== column ? { column, direction: 1 } : order.direction > 0 ? { column, direction: -1 } : null
  redraw()
  say(order ? `sorted by ${columns[column].name}, ${order.direction > 0 ? 'ascending' : 'descending'}` : 'in the order of the query')
}

const head = () => heads.replaceChildren(...columns.map((c, i) => el('th', { scope: 'col', 'aria-sort': 'none', class: c.kind === 'number' ? 'number' : null },
  el('button', { type: 'button', onclick: () => sortBy(i) }, el('span', { class: 'name' }, c.name), el('span', { class: 'arrow', 'aria-hidden': 'true' })),
  el('span', { class: 'type' }, c.type))))

const pages = () => last.next_cursor && app.host().serverTools && typeof input.query === 'string'

const foot = () => {
  const cuts = last.truncated_values?.length ?? 0
  const parts = [counted(rows.length, 'row')]
  if (last.truncated) parts.push(rows.length >= KEPT ? `there are more; ${KEPT.toLocaleString('en')} is the most that is kept here` : 'there are more')
  else parts.push('all of them')
  if (typeof last.elapsed_ms === 'number') parts.push(`${last.elapsed_ms.toLocaleString('en')} ms`)
  if (cuts) parts.push(`${counted(cuts, 'value')} cut by the server`)
  status.replaceChildren(parts.join(' · '))
  for (const notice of (last.notices ?? []).slice(0, 10)) status.append(el('span', { class: 'notice' }, `${notice.severity ?? 'notice'}: ${notice.message ?? ''}`))
  next.hidden = !pages() || rows.length >= KEPT
}

// read takes one page of a result, and reports whether it has rows to show.
const read = (result) => {
  let record = result?.structuredContent
  if (!record) {
    try { record = JSON.parse(result.content.find((block) => block.type === 'text').text) } catch { return null }
  }
  if (!Array.isArray(record?.columns)) return null
  const given = Array.isArray(record.rows) ? record.rows : input.format === 'csv' && typeof record.text === 'string' ? fromCSV(record.text) : null
  return { ...record, rows: given?.filter(Array.isArray) ?? null }
}

const nextPage = async () => {
  next.disabled = true
  problem.textContent = ''
  try {
    const result = await app.request('tools/call', { name: context.toolInfo?.tool?.name ?? 'execute_query', arguments: { ...input, cursor: last.next_cursor } })
    const page = read(result)
    if (result.isError || !page?.rows) throw new Error(result.content?.[0]?.text ?? 'the next page has no rows')
    last = page
    rows = [...rows, ...page.rows].slice(0, KEPT)
    redraw()
    foot()
    if (mode === 'chart') draw()
    say(`${counted(page.rows.length, 'more row')}, ${rows.length} in all`)
    if (next.hidden) scroll.focus()
  } catch (err) {
    problem.textContent = `The next page did not come: ${err.message}`
  }
  next.disabled = false
}

const draw = () => {
  const figure = figureOf(columns, sorted)
  chart.replaceChildren(figure.why ? el('p', { class: 'faint' }, figure.why) : drawn(figure))
}

const choose = (name, text) => el('button', { type: 'button', 'aria-pressed': String(mode === name), 'data-mode': name, onclick: () => switchTo(name) }, text)
const switchTo = (name) => {
  mode = name
  for (const button of bar.querySelectorAll('[data-mode]')) button.setAttribute('aria-pressed', String(button.dataset.mode === name))
  grid.hidden = name !== 'table'
  chart.hidden = name !== 'chart'
  if (name === 'chart') draw()
}

// copy puts the rows, as they are sorted, on the clipboard. A host may not let the
// frame: then they are there to be copied by hand.
const copy = async () => {
  const csv = csvOf(columns.map((c) => c.name), sorted)
  try {
    await navigator.clipboard.writeText(csv)
    copied.remove()
    say(`${counted(sorted.length, 'row')} copied`)
    copyButton.textContent = 'Copied'
  } catch {
    copied.value = csv
    bar.after(copied)
    copied.focus()
    copied.select()
    const done = document.execCommand('copy')
    copyButton.textContent = done ? 'Copied' : 'Copy CSV'
    if (done) copied.remove()
    say(done ? `${counted(sorted.length, 'row')} copied` : 'The rows are selected as CSV: copy them with the keyboard')
  }
}
const copyButton = el('button', { type: 'button', onclick: copy }, 'Copy CSV')
const bar = el('div', { class: 'bar' }, el('span', { role: 'group', 'aria-label': 'Show as', class: 'group' }, choose('table', 'Table'), choose('chart', 'Chart')), copyButton)
const grid = el('div', { class: 'grid' }, scroll, more)

const app = view({
  name: 'rows',
  input: (given) => { input = given },
  context: (known) => { context = known },
  result: (result) => {
    const page = read(result)
    if (!page?.rows) {
      const text = page?.text ?? (page?.plan ? JSON.stringify(page.plan, null, 2) : result?.content?.[0]?.text ?? '')
      main.replaceChildren(title, el('pre', { tabindex: '0' }, String(text)))
      return
    }
    last = page
    rows = page.rows.slice(0, KEPT)
    columns = page.columns.map((c) => ({ name: String(c.name), type: String(c.type), kind: kindOf(String(c.type)) }))
    order = null
    main.replaceChildren(title, bar, grid, chart, el('div', { class: 'foot' }, status, next), problem)
    head()
    redraw()
    foot()
    switchTo(input.format === 'chart' ? 'chart' : 'table')
  },
})
