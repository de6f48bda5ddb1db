// The beginning of a script that is a client of a server, with one of the two
// editions of the TypeScript SDK. Arguments: the edition (v1 or v2), the
// transport (http or stdio), the server's URL or binary, what the script itself
// needs, and arguments of the binary.
const [edition, kind, target, file, ...args] = process.argv.slice(2);

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

const transport = kind === "http" ? new Transport(new URL(target)) : new Transport({ command: target, args });
const client = new Client(
  { name: `typescript-${edition}`, version: "1.0.0" },
  {
    capabilities: { elicitation: {} },
    ...(edition === "v2" ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {}),
  },
);
await client.connect(transport);
