// Uses an mcp-demo that wants tokens as a host application does, with one of the
// two editions of the TypeScript SDK, and prints what it got as JSON. Arguments:
// the edition (v1 or v2), the server's URL, and a program that opens a page.
import { execFile } from "node:child_process";
import { createServer } from "node:http";

const [edition, target, browser] = process.argv.slice(2);

const packages = {
  v1: ["@modelcontextprotocol/sdk/client/index.js", "@modelcontextprotocol/sdk/client/streamableHttp.js", "@modelcontextprotocol/sdk/client/auth.js"],
  v2: ["@modelcontextprotocol/client"],
}[edition];
const { Client, StreamableHTTPClientTransport: Transport, UnauthorizedError } =
  Object.assign({}, ...(await Promise.all(packages.map((name) => import(name)))));

// The browser is sent back here.
let arrived;
const listener = createServer((req, res) => {
  res.end("You can close this page.");
  arrived.resolve(new URL(req.url, target).searchParams);
});
await new Promise((listening) => listener.listen(0, "127.0.0.1", listening));
const redirectUrl = `http://127.0.0.1:${listener.address().port}/callback`;

const asked = [];
const kept = {};
const provider = {
  redirectUrl,
  clientMetadata: { client_name: "test", redirect_uris: [redirectUrl], application_type: "native", token_endpoint_auth_method: "none", grant_types: ["authorization_code"] },
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  discoveryState: () => kept.discovery,
  saveDiscoveryState: (discovery) => void (kept.discovery = discovery),
  redirectToAuthorization(page) {
    asked.push(page.searchParams.get("scope"));
    arrived = Promise.withResolvers();
    execFile(browser, [page.href], (err) => err && arrived.reject(err));
  },
};

// connect makes a transport each time: one that was refused is used up.
let client, transport;
async function connect() {
  transport = new Transport(new URL(target), { authProvider: provider });
  client = new Client(
    { name: `typescript-${edition}`, version: "1.0.0" },
    edition === "v2" ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {},
  );
  await client.connect(transport);
}

// attempt does something, and does it again once a person has agreed.
async function attempt(something) {
  try {
    return await something();
  } catch (err) {
    if (!(err instanceof UnauthorizedError)) throw err;
    const answer = await arrived.promise;
    await transport.finishAuth(edition === "v1" ? answer.get("code") : answer);
    return something();
  }
}

await attempt(connect);
const { tools } = await client.listTools();
const read = await attempt(() => client.callTool({ name: "read_note", arguments: { name: "welcome" } }));
const write = await attempt(() => client.callTool({ name: "write_note", arguments: { name: edition, text: "written" } }));
await client.close();
listener.close();

console.log(JSON.stringify({ tools: tools.map((t) => t.name), read: read.structuredContent.text, notes: write.structuredContent.notes, asked }));
