// What all views have. A view's script finds here:
//
//   view({ name, input, result, cancelled, context, teardown })
//       begins to speak with the host. name is the view's. The others are
//       functions, all optional: input gets the tool's arguments, result its
//       result unless it is an error, which is shown, cancelled a reason,
//       context what has changed around the view; teardown may return a promise
//       that the host waits for. Returns { request, notify, host }: request
//       sends the host a request and returns a promise of its result, notify
//       sends a notification, host() returns what the host says that it can do.
//   el(name, attributes, ...children), svg(name, attributes, ...children)
//       make an element of HTML or SVG. Strings become text, never markup.
//       An attribute whose name begins with on is a listener; null and false
//       leave one out.
//   say(text)
//       has text read to people who do not see the page.
//   fail(text)
//       shows text in place of the view, under its h1.
//
// The document's element has data-theme, light or dark, and the host's CSS
// variables.

const make = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else node.setAttribute(name, value === true ? '' : String(value))
  }
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false))
  return node
}
const el = (name, attributes, ...children) => make(document.createElement(name), attributes, children)
const svg = (name, attributes, ...children) => make(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)

const main = document.querySelector('main')
const told = el('p', { class: 'told', role: 'status' })
document.body.append(told)
const say = (text) => { told.textContent = text }
const fail = (text) => main.replaceChildren(...main.querySelectorAll('h1'), el('p', { class: 'failed', role: 'alert' }, text))

const view = (handlers) => {
  const waiting = new Map()
  let last = 0
  let capabilities = {}
  let known = {}
  // The frame has no origin, and so the parent's cannot be named. Nothing secret
  // is sent: the host gave all that there is.
  const send = (message) => window.parent.postMessage({ jsonrpc: '2.0', ...message }, '*')
  const notify = (method, params = {}) => send({ method, params })
  const request = (method, params = {}) => new Promise((resolve, reject) => {
    const id = ++last
    waiting.set(id, { resolve, reject })
    send({ id, method, params })
  })

  const adopt = (changed) => {
    if (!changed || typeof changed !== 'object') return
    known = { ...known, ...changed }
    const root = document.documentElement
    if (changed.theme === 'light' || changed.theme === 'dark') root.dataset.theme = changed.theme
    for (const [name, value] of Object.entries(changed.styles?.variables ?? {})) {
      if (/^--(color|font|border|shadow)-[a-z0-9-]+$/.test(name) && typeof value === 'string') root.style.setProperty(name, value)
    }
    const box = changed.containerDimensions
    if (box) {
      root.classList.toggle('fixed', typeof box.height === 'number')
      root.style.setProperty('--most-height', typeof box.maxHeight === 'number' ? `${box.maxHeight}px` : 'none')
    }
    const inset = changed.safeAreaInsets
    if (inset) document.body.style.padding = ['top', 'right', 'bottom', 'left'].map((side) => `${Number(inset[side]) || 0}px`).join(' ')
    handlers.context?.(known)
  }

  const text = (result) => (Array.isArray(result?.content) ? result.content : [])
    .filter((block) => block?.type === 'text').map((block) => String(block.text)).join('\n')

  const notices = {
    'ui/notifications/tool-input': (params) => handlers.input?.(params?.arguments ?? {}),
    'ui/notifications/tool-result': (params) => {
      if (params?.isError) fail(text(params) || 'The tool failed.')
      else handlers.result?.(params ?? {})
    },
    'ui/notifications/tool-cancelled': (params) => {
      const reason = String(params?.reason ?? '')
      if (handlers.cancelled) handlers.cancelled(reason)
      else fail(`The call was cancelled${reason && `: ${reason}`}.`)
    },
    'ui/notifications/host-context-changed': adopt,
  }
  const requests = {
    ping: () => ({}),
    'ui/resource-teardown': async (params) => {
      sized.disconnect()
      await handlers.teardown?.(params)
      return {}
    },
  }

  const answer = async ({ id, method, params }) => {
    if (!Object.hasOwn(requests, method)) return send({ id, error: { code: -32601, message: `${method}: not known` } })
    try {
      send({ id, result: await requests[method](params) })
    } catch {
      send({ id, error: { code: -32603, message: `${method} failed` } })
    }
  }
  window.addEventListener('message', (event) => {
    const message = event.data
    if (event.source !== window.parent || message?.jsonrpc !== '2.0') return
    if (typeof message.method === 'string') {
      if (message.id !== undefined) answer(message)
      else if (Object.hasOwn(notices, message.method)) notices[message.method](message.params)
      return
    }
    const asked = waiting.get(message.id)
    if (!asked) return
    waiting.delete(message.id)
    if (message.error) asked.reject(new Error(String(message.error.message ?? 'refused')))
    else asked.resolve(message.result)
  })

  let size = ''
  const measure = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height)
    const width = window.innerWidth
    if (size === `${width} ${height}`) return
    size = `${width} ${height}`
    notify('ui/notifications/size-changed', { width, height })
  }
  const sized = new ResizeObserver(measure)

  request('ui/initialize', {
    appInfo: { name: handlers.name, version: '1' },
    appCapabilities: { availableDisplayModes: ['inline', 'fullscreen'] },
    protocolVersion: '2026-01-26',
  }).then((result) => {
    capabilities = result?.hostCapabilities ?? {}
    adopt(result?.hostContext)
    notify('ui/notifications/initialized')
    sized.observe(document.documentElement)
  }).catch((err) => fail(`The host does not show this view: ${err.message}`))
  return { request, notify, host: () => capabilities }
}
