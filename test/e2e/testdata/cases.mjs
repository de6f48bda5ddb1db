// Plays the requests of a file of cases with one of the two editions of the
// TypeScript SDK and prints the answers as JSON, one for each. Arguments: the
// edition (v1 or v2), the transport (http or stdio), the server's URL or binary,
// and the file.
import { readFile } from "node:fs/promises";

const [edition, kind, target, file] = process.argv.slice(2);

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
// The client holds results to the output schemas that it has seen.
const { tools } = await client.listTools();

const perform = async (c) => {
  if (c.tool) {
    const result = await client.callTool({ name: c.tool, arguments: c.arguments });
    return {
      refused: result.isError === true,
      image: result.content.some((block) => block.type === "image" && block.mimeType === "image/png" && block.data.startsWith("iVBORw0KGgo")),
      text: result.content[0].text,
    };
  }
  if (c.read) return { text: (await client.readResource({ uri: c.read })).contents[0].text };
  if (c.prompt) return { text: (await client.getPrompt({ name: c.prompt, arguments: c.arguments })).messages[0].content.text };
  return { text: (await client.complete({ ref: c.complete, argument: c.argument })).completion.values.join("\n") };
};

const answers = [];
for (const c of JSON.parse(await readFile(file, "utf8"))) {
  answers.push(await perform(c).catch((err) => ({ text: `FAILED: ${err.message}` })));
}
if (edition === "v1" && kind === "http") await transport.terminateSession();
await client.close();

console.log(JSON.stringify({ tools: tools.map((t) => t.name), answers }));
