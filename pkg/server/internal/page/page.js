'use strict'
// Everything here adds to a page that is complete without it. Nothing is ever
// written as HTML: answers of tools hold what strangers wrote.
const said = document.getElementById('said')
const { name: service, url: address, version } = document.body.dataset

const make = (tag, attributes = {}, ...children) => {
  const e = document.createElement(tag)
  for (const [k, v] of Object.entries(attributes)) if (v !== undefined && v !== false) e.setAttribute(k, v === true ? '' : v)
  e.append(...children)
  return e
}

// Copying.
const copy = async (text, from) => {
  try {
    await navigator.clipboard.writeText(text)
  } catch { // without TLS there is no clipboard: what is selected can be copied by hand
    getSelection().selectAllChildren(from)
    said.textContent = 'Selected: copy it with the keyboard.'
    return false
  }
  said.textContent = 'Copied.'
  return true
}
const copies = (e) => {
  const code = e.querySelector('code')
  const about = e.getAttribute('aria-label') ?? (e.closest('.client')?.querySelector('h3') ?? e.previousElementSibling)?.textContent
  const button = make('button', { type: 'button', class: 'copy' })
  const say = (word) => {
    button.textContent = word
    button.setAttribute('aria-label', `${word}: ${about}`)
  }
  say('Copy')
  button.addEventListener('click', async () => {
    say(await copy(code.textContent.trim(), code) ? 'Copied' : 'Selected')
    setTimeout(() => say('Copy'), 2000)
  })
  if (e.tagName === 'PRE') {
    const around = make('div', { class: 'copying' })
    e.replaceWith(around)
    around.append(e)
    around.append(button)
  } else {
    e.append(button)
  }
}
document.querySelectorAll('.copies').forEach(copies)

// Tabs of the clients.
const clients = [...document.querySelectorAll('.client')]
const tabs = clients.map((client) => {
  const heading = client.querySelector('h3')
  const tab = make('button', { type: 'button', role: 'tab', id: `tab-${client.id}`, 'aria-controls': client.id }, heading.textContent)
  heading.hidden = true
  client.setAttribute('role', 'tabpanel')
  client.setAttribute('aria-labelledby', tab.id)
  return tab
})
const show = (i) => tabs.forEach((tab, n) => {
  tab.setAttribute('aria-selected', n === i)
  tab.tabIndex = n === i ? 0 : -1
  clients[n].hidden = n !== i
})
if (tabs.length) {
  const list = make('div', { role: 'tablist', class: 'tabs', 'aria-label': 'Clients' }, ...tabs)
  tabs.forEach((tab, i) => tab.addEventListener('click', () => show(i)))
  list.addEventListener('keydown', (event) => {
    const at = tabs.indexOf(document.activeElement)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    const next = (to + tabs.length) % tabs.length
    show(next)
    tabs[next].focus()
  })
  document.querySelector('.clients').prepend(list)
  show(0)
}
const follow = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (clients.includes(target)) show(clients.indexOf(target))
}
addEventListener('hashchange', follow)
follow()

// Trying a tool. Numbers pass as they were written: JavaScript would round them.
const pretty = (json) => JSON.stringify(JSON.parse(json, (_, v, at) =>
  typeof v === 'number' && at?.source && JSON.rawJSON ? JSON.rawJSON(at.source) : v), null, 2)
const quote = (s) => /^[\w@%+=:,./-]+$/.test(s) ? s : `'${s.replaceAll("'", `'\\''`)}'`

const fields = (article) => [...article.querySelectorAll('.args > div')].map((row, i) => {
  const { type = 'string', default: standard } = row.dataset
  const name = row.querySelector('dt code').textContent
  const required = row.querySelector('dt b') !== null
  const id = `${article.id}-${i}`
  const options = type === 'array' ? [] : [...row.querySelectorAll('.enum code')].map((c) => c.textContent)
  let input
  if (type === 'boolean') {
    input = make('input', { type: 'checkbox', id })
    input.checked = standard === 'true'
  } else if (options.length) {
    input = make('select', { id }, ...(required ? [] : [make('option', { value: '' }, standard ? `default: ${standard}` : 'not given')]),
      ...options.map((o) => make('option', {}, o)))
  } else if (type === 'integer' || type === 'number') {
    input = make('input', { type: 'text', inputmode: 'decimal', id, autocomplete: 'off', placeholder: standard })
  } else {
    input = make('textarea', { rows: 1, id, spellcheck: 'false', autocomplete: 'off', placeholder: standard })
  }
  if (required) input.setAttribute('aria-required', true)
  const note = row.querySelector('dt span').textContent + ({ array: ', as JSON', object: ', as JSON', any: ': text, or JSON' }[type] ?? '')
  const label = make('label', { for: id }, make('code', {}, name), make('i', {}, note))
  const check = type === 'boolean'
  const text = type === 'string'

  // The value as JSON, undefined if it is not given.
  const read = () => {
    if (check) return required || input.checked !== (standard === 'true') ? String(input.checked) : undefined
    if (text) return input.value === '' ? undefined : JSON.stringify(input.value)
    const value = input.value.trim()
    if (value === '') return undefined
    if (options.length) return JSON.stringify(value)
    try {
      JSON.parse(value)
    } catch (e) {
      if (type === 'any') return JSON.stringify(value)
      throw new Error(`${name}: this must be ${type === 'integer' || type === 'number' ? 'a number' : 'JSON'}: ${e.message}`, { cause: name })
    }
    return value
  }
  const fill = (value) => {
    if (check) input.checked = value
    else input.value = typeof value === 'string' && (text || type === 'any' || options.length) ? value : JSON.stringify(value)
  }
  const mark = (wrong) => {
    if (!wrong) return input.removeAttribute('aria-invalid')
    input.setAttribute('aria-invalid', true)
    const folded = input.closest('form details')
    if (folded) folded.open = true
  }
  return { name, text, read, fill, mark, input, element: make('div', { class: check ? 'field check' : 'field' }, ...(check ? [input, label] : [label, input])) }
})

const headers = (tool) => ({
  'Content-Type': 'application/json', Accept: 'application/json, text/event-stream',
  'Mcp-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': tool,
})
const message = (tool, args) => {
  const meta = { protocolVersion: '2026-07-28', clientInfo: { name: 'page', version }, clientCapabilities: {} }
  const named = Object.fromEntries(Object.entries(meta).map(([k, v]) => [`io.modelcontextprotocol/${k}`, v]))
  return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${JSON.stringify(tool)},"arguments":${args},"_meta":${JSON.stringify(named)}}}`
}
const send = async (tool, args) => {
  const response = await fetch('mcp', {
    method: 'POST', headers: headers(tool), body: message(tool, args), credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer',
  })
  let body = await response.text()
  const events = body.match(/^data:.*$/gm)
  if (response.headers.get('Content-Type')?.startsWith('text/event-stream') && events) body = events.at(-1).slice(5)
  let answer
  try {
    answer = JSON.parse(body)
  } catch {
    throw new Error(`HTTP ${response.status}: ${body.slice(0, 300)}`)
  }
  if (answer.error) throw new Error(answer.error.message)
  return { result: answer.result, size: new Blob([body]).size }
}

const block = (text, label) => {
  const pre = make('pre', { class: 'copies', tabindex: 0, 'aria-label': label }, make('code', {}, text))
  const around = make('div', {}, pre)
  copies(pre)
  return around
}
const failed = (code, text) => make('p', { class: 'failed' }, make('b', {}, `${code}. `), text)

const blocks = (result) => (result.content ?? []).flatMap((c) => {
  if (c.type === 'text') {
    if (result.structuredContent === undefined) return [block(c.text, 'Text of the result')]
    return [block(pretty(c.text), 'Result as JSON')]
  }
  if (c.type === 'image' && /^image\/(png|jpeg|gif|webp|svg\+xml)$/.test(c.mimeType)) {
    return [make('img', { src: `data:${c.mimeType};base64,${c.data}`, alt: 'The picture of the result' })]
  }
  return [block(JSON.stringify(c, null, 2), 'Part of the result')]
}).sort((a, b) => (b.tagName === 'IMG') - (a.tagName === 'IMG'))

const render = (result, given) => {
  if (!result.isError) return result.content?.length ? blocks(result) : [block(JSON.stringify(result, null, 2), 'Result as JSON')]
  try {
    const { code, message, details } = JSON.parse(result.content[0].text).error
    for (const a of details?.arguments ?? []) given.find((f) => f.name === a.name?.split(/[.[]/)[0])?.mark(true)
    return [failed(code, message)]
  } catch {
    return [failed('The tool failed', ''), ...blocks(result)]
  }
}

const commands = (tool, given, args) => {
  const pairs = given.map((f) => [f, f.read()]).filter(([, v]) => v !== undefined)
    .map(([f, v]) => quote(`${f.name}=${f.text ? f.input.value : v.startsWith('"') ? JSON.parse(v) : v}`))
  const head = Object.entries(headers(tool)).map(([k, v]) => ` -H ${quote(`${k}: ${v}`)}`).join('')
  return make('details', {}, make('summary', {}, 'The same from a terminal'),
    block([`mcp-${service} call --url ${quote(address)} ${tool}`, ...pairs].join(' '), 'Call with the program'),
    block(`curl -s ${quote(address)}${head} -d ${quote(message(tool, args))}`, 'Call with curl'))
}

const form = (article) => {
  const { tool } = article.dataset
  const given = fields(article)
  const example = JSON.parse(article.querySelector('.example').textContent)
  for (const f of given) if (f.name in example && example[f.name] !== '…') f.fill(example[f.name])
  const first = given.filter((f) => f.name in example)
  const rest = given.filter((f) => !(f.name in example))
  const shown = first.map((f) => f.element)
  if (rest.length) shown.push(make('details', { open: !first.length }, make('summary', {}, `${rest.length} more, which may be left out`), ...rest.map((f) => f.element)))
  const run = make('button', { class: 'run' }, 'Run')
  const result = make('div', { class: 'result', role: 'status' })
  const element = make('form', { novalidate: true, 'aria-label': `Try ${tool}` }, make('h4', {}, 'Try it'), ...shown, run, result)
  element.addEventListener('submit', async (event) => {
    event.preventDefault()
    given.forEach((f) => f.mark(false))
    run.disabled = true
    const began = performance.now()
    try {
      const args = `{${given.map((f) => [f, f.read()]).filter(([, v]) => v !== undefined).map(([f, v]) => `${JSON.stringify(f.name)}:${v}`).join(',')}}`
      const { result: got, size } = await send(tool, args)
      const took = make('p', { class: 'where' }, `${Math.round(performance.now() - began)} ms, ${size.toLocaleString('en')} bytes`)
      result.replaceChildren(...render(got, given), took, commands(tool, given, args))
    } catch (e) {
      given.find((f) => f.name === e.cause)?.mark(true)
      result.replaceChildren(failed('Not called', e instanceof TypeError ? 'The service does not answer.' : e.message))
    }
    run.disabled = false
  })
  return element
}
for (const article of document.querySelectorAll('[data-tool]')) {
  const details = article.querySelector('details')
  if (!article.querySelector('.example')) continue
  details.addEventListener('toggle', () => details.querySelector('.meta').before(form(article)), { once: true })
}
