// Uses a server as a host application does, with one of the two editions of the
// TypeScript SDK, and prints what it got as JSON. Arguments: the edition (v1 or
// v2), the transport (http or stdio), and the server's URL or binary.
const [edition, kind, target] = process.argv.slice(2);

const packages = {
  v1: {
    client: "@modelcontextprotocol/sdk/client/index.js",
    http: "@modelcontextprotocol/sdk/client/streamableHttp.js",
    stdio: "@modelcontextprotocol/sdk/client/stdio.js",
  },
  v2: {
    client: "@modelcontextprotocol/client",
    http: "@modelcontextprotocol/client",
    stdio: "@modelcontextprotocol/client/stdio",
  },
}[edition];

const { Client } = await import(packages.client);
const { [kind === "http" ? "StreamableHTTPClientTransport" : "StdioClientTransport"]: Transport } = await import(packages[kind]);

const transport = kind === "http" ? new Transport(new URL(target)) : new Transport({ command: target });
const client = new Client(
  { name: `typescript-${edition}`, version: "1.0.0" },
  edition === "v2" ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {},
);
await client.connect(transport);

// With onprogress the client takes notifications before the answer.
const options = { onprogress() {} };
const call = (expression) => {
  const params = { name: "calculate", arguments: { expression } };
  return edition === "v1" ? client.callTool(params, undefined, options) : client.callTool(params, options);
};

const { tools } = await client.listTools();
const { prompts } = await client.listPrompts();
const { resourceTemplates } = await client.listResourceTemplates();
const power = await call("2^100");
const sum = await call("9007199254740993 + 2");
const refused = await call("9^9^9^9");
const greeting = await client.readResource({ uri: "greeting://Ada" });
const prompt = await client.getPrompt({ name: "explain_calculation", arguments: { expression: "1 + 1" } });
const completed = await client.complete({
  ref: { type: "ref/prompt", name: "explain_calculation" },
  argument: { name: "expression", value: "2 * cei" },
});
const server = client.getServerVersion();
if (edition === "v1" && kind === "http") await transport.terminateSession();
await client.close();

console.log(JSON.stringify({
  server: server.name,
  tools: tools.map((t) => t.name),
  prompts: prompts.map((p) => p.name),
  templates: resourceTemplates.map((t) => t.uriTemplate),
  power: power.structuredContent.result,
  sum: sum.structuredContent.result,
  refused: refused.isError === true && refused.content[0].text.includes("INVALID_INPUT"),
  greeting: greeting.contents[0].text,
  promptHasExpression: prompt.messages[0].content.text.includes("1 + 1"),
  completed: completed.completion.values,
}));
