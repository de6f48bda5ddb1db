// The host's page: window.show calls a tool and shows its view.
import { AppBridge, PostMessageTransport, RESOURCE_MIME_TYPE, getToolUiResourceUri } from '@modelcontextprotocol/ext-apps/app-bridge'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

const about = { name: 'test-host', version: '1' }
const sizes = []
let bridge

const connect = async ({ server, key, mode }) => {
  const capabilities = { extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: [RESOURCE_MIME_TYPE] } } }
  const client = new Client(about, { capabilities, versionNegotiation: { mode } })
  await client.connect(new StreamableHTTPClientTransport(new URL(server), key ? { requestInit: { headers: { Authorization: `Bearer ${key}` } } } : {}))
  return client
}

const frame = async (sandbox, csp) => {
  const outer = document.createElement('iframe')
  outer.title = 'Sandbox'
  outer.setAttribute('sandbox', 'allow-scripts allow-same-origin')
  const url = new URL(sandbox)
  url.searchParams.set('csp', JSON.stringify(csp ?? {}))
  const ready = new Promise((resolve) => window.addEventListener('message', ({ source, data }) => {
    if (source === outer.contentWindow && data?.method === 'ui/notifications/sandbox-proxy-ready') resolve()
  }))
  outer.src = url
  document.querySelector('main').append(outer)
  await ready
  return outer
}

window.show = async (call) => {
  const client = await connect(call)
  const { tools } = await client.listTools()
  const tool = tools.find((t) => t.name === call.tool)
  const uri = tool && getToolUiResourceUri(tool)
  if (!uri) throw new Error(`${call.tool} shows no view: ${JSON.stringify(tool?._meta)}`)
  const { contents: [content] } = await client.readResource({ uri })
  const { resources } = await client.listResources()
  const meta = content._meta?.ui

  const outer = await frame(call.sandbox, meta?.csp)
  const capabilities = client.getServerCapabilities()
  bridge = new AppBridge(client, about, { openLinks: {}, serverTools: capabilities?.tools, serverResources: capabilities?.resources },
    { hostContext: { theme: 'light', displayMode: 'inline', containerDimensions: { maxHeight: 2000 }, ...call.context } })
  bridge.onsizechange = ({ width, height }) => {
    sizes.push({ width, height })
    if (height) outer.style.height = `${height}px`
  }
  const initialized = new Promise((resolve) => { bridge.oninitialized = resolve })
  await bridge.connect(new PostMessageTransport(outer.contentWindow, outer.contentWindow))
  await bridge.sendSandboxResourceReady({ html: content.text, csp: meta?.csp, sandbox: call.frame })
  await initialized
  await bridge.sendToolInput({ arguments: call.arguments })
  const result = await client.callTool({ name: call.tool, arguments: call.arguments })
  await bridge.sendToolResult(call.result ?? result)
  return {
    uri, mimeType: content.mimeType, meta: content._meta, tool: tool._meta, bytes: content.text.length,
    listed: resources.some((r) => r.uri === uri && r.mimeType === RESOURCE_MIME_TYPE),
    server: capabilities?.extensions, result,
  }
}

window.context = (changed) => {
  document.body.classList.toggle('dark', changed.theme === 'dark')
  return bridge.sendHostContextChange(changed)
}
window.teardown = () => bridge.teardownResource({ reason: 'the test is over' })
window.sizes = () => sizes
