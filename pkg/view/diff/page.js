const OPEN_LINES = 1200 // of all files that are open at first
const STEP = 400 // lines of a file that are shown at once
const FILES = 100 // that are listed at once
const WIDE = 2000 // characters of a line that are shown at once

let layout = 'unified'
let input = {}
let context = {}
let about = null // the texts and files that are shown

// shown is text with the characters that cannot be seen, or turn others around,
// made visible: code must not read other than it runs (CVE-2021-42574).
const ODD = /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff])/
const shown = (text) => !ODD.test(text) ? text : text.split(ODD).map((part, i) => i % 2
  ? el('span', { class: 'odd' }, `U+${part.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`) : part)
const hidden = (text) => el('span', { class: 'told' }, text)
const counted = (n, noun) => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`

const code = (line, words, mixed) => {
  const cell = el('td', { class: 'code' })
  const fill = (text) => cell.replaceChildren(...[shown(text)].flat())
  if (words) cell.append(...words.map(([text, changed]) => changed ? el(line.kind === '-' ? 'del' : 'ins', null, shown(text)) : shown(text)).flat())
  else if (line.text.length > WIDE) {
    fill(line.text.slice(0, WIDE))
    cell.append(el('button', { type: 'button', class: 'more', onclick: () => fill(line.text) }, `… ${counted(line.text.length - WIDE, 'more character')}`))
  } else fill(line.text)
  if (line.cr && mixed) cell.append(el('span', { class: 'odd' }, 'CR'))
  if (line.open) cell.append(el('span', { class: 'odd' }, 'no newline at the end'))
  return cell
}
const signs = { '+': ['+', 'added'], '-': ['−', 'removed'], ' ': ['', ''] }
const sign = (kind) => el('td', { class: 'sign' }, kind !== ' ' && [el('span', { 'aria-hidden': 'true' }, signs[kind][0]), hidden(signs[kind][1])])
const kinds = { '+': 'added', '-': 'removed', ' ': '' }
const number = (n) => el('td', { class: 'no' }, n ?? '')

// rowsOf returns the rows of a file's table as functions that make them.
const rowsOf = (file) => {
  const rows = []
  const all = file.hunks.flatMap((hunk) => hunk.lines)
  const mixed = all.some((line) => line.cr) && all.some((line) => !line.cr)
  const width = layout === 'unified' ? 4 : 6
  for (const hunk of file.hunks) {
    const where = hunk.numbered ? hunk.at.slice(0, hunk.at.length - hunk.about.length).trim() : 'a change'
    rows.push(() => el('tr', { class: 'hunk' }, el('td', { colspan: width }, where, ' ', shown(hunk.about))))
    const pairs = sides(hunk.lines)
    if (layout === 'split') {
      for (const [old, now] of pairs) rows.push(() => {
        const words = old !== now && old && now ? wordDiff(old.text, now.text) : null
        const half = (line, n, parts) => line ? [number(n), sign(line.kind), code(line, parts, mixed)] : [number(null), el('td', { class: 'sign' }), el('td', { class: 'code none' })]
        const row = el('tr', null, half(old, old?.old, words?.[0]), half(now, now?.now, words?.[1]))
        if (old !== now) [...row.children].forEach((cell, i) => { if (i < 3 ? old : now) cell.classList.add(i < 3 ? 'removed' : 'added') })
        return row
      })
      continue
    }
    const partner = new Map()
    for (const [old, now] of pairs) if (old && now && old !== now) partner.set(old, now).set(now, old)
    for (const line of hunk.lines) rows.push(() => {
      const other = partner.get(line)
      const words = other && (line.kind === '-' ? wordDiff(line.text, other.text)?.[0] : wordDiff(other.text, line.text)?.[1])
      return el('tr', { class: kinds[line.kind] }, number(line.old), number(line.now), sign(line.kind), code(line, words, mixed))
    })
  }
  return rows
}

const nameOf = (file) => file.path || file.old || 'the file'

const columns = () => {
  const names = layout === 'unified' ? ['old line', 'new line', 'change', 'text'] : ['old line', 'change', 'old text', 'new line', 'change', 'new text']
  return el('thead', null, el('tr', null, names.map((name) => el('th', { scope: 'col', class: /text/.test(name) ? 'code' : name === 'change' ? 'sign' : 'no' }, hidden(name)))))
}

// bodyOf makes what is below a file's name, with the first lines of it.
const bodyOf = (file) => {
  const body = el('div', { class: 'body' })
  if (file.binary) body.append(el('p', { class: 'note' }, 'A binary file: its bytes are not shown.'))
  for (const note of file.notes) body.append(el('p', { class: 'note' }, shown(note)))
  if (!file.hunks.length) {
    if (!file.binary && !file.notes.length) body.append(el('p', { class: 'note' }, 'No line is changed.'))
    return body
  }
  const rows = rowsOf(file)
  const list = el('tbody')
  const table = el('table', { class: layout, 'aria-label': `Changes of ${nameOf(file)}` }, columns(), list)
  const more = el('button', { type: 'button', class: 'wide', onclick: () => {
    const first = list.children.length
    grow()
    say(`${counted(list.children.length - first, 'more line')}`)
    if (!more.isConnected) table.parentNode.focus()
  } })
  const grow = () => {
    const at = list.children.length
    list.append(...rows.slice(at, at + STEP).map((make) => make()))
    const left = rows.length - list.children.length
    if (left > 0) more.textContent = `Show ${counted(Math.min(STEP, left), 'more line')} of ${left.toLocaleString('en')}`
    else more.remove()
  }
  body.append(el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': nameOf(file) }, table), more)
  grow()
  return body
}

const tally = (added, removed) => el('span', { class: 'tally' },
  el('span', { class: 'plus' }, `+${added}`, hidden(' added,')), ' ', el('span', { class: 'minus' }, `−${removed}`, hidden(' removed')))

const counts = (file) => file.told ?? [file.added, file.removed]

const fileOf = (file, open) => {
  const moved = file.old && file.path && file.old !== file.path
  const details = el('details', { class: 'file', open, ontoggle: () => fill() },
    el('summary', null, el('span', { class: 'name' }, moved && [shown(file.old), el('span', { class: 'faint' }, ' → ')], shown(nameOf(file))),
      file.status && el('span', { class: 'status' }, file.status), tally(...counts(file))))
  const fill = (anew) => {
    const body = details.querySelector('.body')
    if (anew) body?.remove()
    if (details.open && (anew || !body)) details.append(bodyOf(file))
  }
  details.redraw = () => fill(true)
  if (open) fill()
  return details
}

const list = el('div', { class: 'files' })
const rest = el('div', { class: 'rest' })
let opened = 0

// show lists files from an index on.
const show = (from) => {
  const next = Math.min(about.files.length, from + FILES)
  for (const file of about.files.slice(from, next)) {
    const size = file.hunks.reduce((n, hunk) => n + hunk.lines.length, 0)
    const open = about.files.length === 1 || opened + Math.min(size, STEP) <= OPEN_LINES
    if (open) opened += Math.min(size, STEP)
    list.append(fileOf(file, open))
  }
  foot(next)
}

const foot = (next) => {
  const left = about.files.length - next
  rest.replaceChildren(...[
    left > 0 && el('button', { type: 'button', class: 'wide', onclick: () => show(next) }, `Show ${counted(Math.min(FILES, left), 'more file')} of ${left}`),
    about.cut && el('p', { class: 'note' }, 'The diff is longer than what is shown here.'),
    about.meta.diff_truncated && el('p', { class: 'note' }, 'The tool cut the diff; the change itself is whole.'),
    Array.isArray(about.meta.left_out) && about.meta.left_out.length > 0 && el('details', { class: 'left' },
      el('summary', null, `${about.meta.left_out.length} not shown yet`), el('ul', null, about.meta.left_out.slice(0, 50).map((name) => el('li', null, shown(String(name)))))),
    left <= 0 && pages() && el('button', { type: 'button', class: 'wide next', onclick: nextPage }, 'Next files'),
  ].filter(Boolean))
}

const pages = () => about.meta.next_cursor && app.host().serverTools && Object.keys(input).length > 0

const nextPage = async (event) => {
  const button = event.currentTarget
  button.disabled = true
  try {
    const result = await app.request('tools/call', { name: context.toolInfo?.tool?.name ?? 'get_pull_request_diff', arguments: { ...input, cursor: about.meta.next_cursor } })
    const [text, meta] = read(result)
    if (result.isError) throw new Error(text)
    const more = parseDiff(text)
    const from = about.files.length
    about = { ...about, meta, cut: about.cut || more.cut, files: [...about.files, ...more.files] }
    opened = 0
    show(from)
    heading()
    say(`${counted(more.files.length, 'more file')}`)
    list.children[from]?.querySelector('summary')?.focus()
  } catch (err) {
    button.disabled = false
    rest.append(el('p', { class: 'failed', role: 'alert' }, err.message))
  }
}

// read returns a result's text and what its second block says of it.
const read = (result) => {
  const texts = (Array.isArray(result?.content) ? result.content : []).filter((block) => block?.type === 'text').map((block) => String(block.text))
  let meta = {}
  try { meta = JSON.parse(texts[1] ?? '{}') ?? {} } catch { /* a text like others */ }
  return [texts[0] ?? '', meta]
}

const title = main.querySelector('h1')
const lines = el('p', { class: 'faint head' })
const heading = () => {
  const added = about.files.reduce((n, file) => n + counts(file)[0], 0)
  const removed = about.files.reduce((n, file) => n + counts(file)[1], 0)
  title.replaceChildren(...[shown(about.head[0] ?? `${counted(about.files.length, 'file')} changed`)].flat(), ...about.meta.next_cursor ? [] : [' ', tally(added, removed)])
  lines.replaceChildren(...[shown([...about.head.slice(1), ...about.meta.dry_run ? ['A dry run: nothing was changed.'] : []].join('\n'))].flat())
}

const choose = (name, text) => el('button', { type: 'button', 'aria-pressed': String(layout === name), 'data-layout': name, onclick: () => {
  layout = name
  for (const button of bar.querySelectorAll('[data-layout]')) button.setAttribute('aria-pressed', String(button.dataset.layout === name))
  for (const file of list.children) file.redraw()
  say(text)
} }, text)
const every = (open, text) => el('button', { type: 'button', onclick: () => {
  for (const file of [...list.children].slice(0, open ? FILES : undefined)) file.open = open
} }, text)
const bar = el('div', { class: 'bar' }, el('span', { role: 'group', 'aria-label': 'Layout', class: 'group' }, choose('unified', 'Unified'), choose('split', 'Side by side')),
  el('span', { class: 'group' }, every(true, 'Open all'), every(false, 'Close all')))

const app = view({
  name: 'diff',
  input: (given) => { input = given },
  context: (known) => { context = known },
  result: (result) => {
    const [text, meta] = read(result)
    about = { ...parseDiff(text), meta }
    // Of an applied patch the result has a line for each file, the call the patch.
    if (!about.files.length && typeof input.patch === 'string') {
      const given = parseDiff(input.patch)
      about = { ...about, files: given.files, cut: given.cut, head: [] }
    }
    if (!about.files.length) return fail(text || 'There is no change.')
    list.replaceChildren()
    opened = 0
    main.replaceChildren(el('header', null, title, lines, bar), list, rest)
    heading()
    show(0)
  },
})
