// Calls a tool as a caller who has not signed in, with one of the two editions of
// the TypeScript SDK, and prints what it got as JSON. The person in front of it
// opens each page that it is asked to. Arguments: the edition (v1 or v2), the
// server's URL, the caller's key, and a URL that stands for the person, to which
// pages are posted.
const [edition, target, key, person] = process.argv.slice(2);

const packages = {
  v1: ["@modelcontextprotocol/sdk/client/index.js", "@modelcontextprotocol/sdk/client/streamableHttp.js", "@modelcontextprotocol/sdk/types.js"],
  v2: ["@modelcontextprotocol/client"],
}[edition];
const sdk = Object.assign({}, ...(await Promise.all(packages.map((name) => import(name)))));

const transport = new sdk.StreamableHTTPClientTransport(new URL(target), { requestInit: { headers: { Authorization: `Bearer ${key}` } } });
const client = new sdk.Client(
  { name: `typescript-${edition}`, version: "1.0.0" },
  {
    capabilities: { elicitation: { url: {} } },
    ...(edition === "v2" ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {}),
  },
);

const asked = [];
const open = async ({ params }) => {
  asked.push(params.mode);
  await fetch(person, { method: "POST", body: params.url });
  return { action: "accept" };
};
const told = Promise.withResolvers();
if (edition === "v1") {
  client.setRequestHandler(sdk.ElicitRequestSchema, open);
  client.setNotificationHandler(sdk.ElicitationCompleteNotificationSchema, told.resolve);
} else {
  client.setRequestHandler("elicitation/create", open);
  told.resolve(); // 2026-07-28 has no such notification
}

await client.connect(transport);
const texts = [];
for (let i = 0; i < 2; i++) {
  const result = await client.callTool({ name: "github_list_repos", arguments: {} });
  texts.push(result.content[0].text);
}
await told.promise;
if (edition === "v1") await transport.terminateSession();
await client.close();

console.log(JSON.stringify({ asked, texts }));
