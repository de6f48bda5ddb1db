// Goes on from connect.mjs: works with a database as a host application does,
// and prints what it got as JSON. The person in front of it agrees to everything.
const questions = [];
const agree = (request) => {
  questions.push(request.params.message);
  return { action: "accept", content: { confirm: true } };
};
if (edition === "v1") {
  const { ElicitRequestSchema } = await import("@modelcontextprotocol/sdk/types.js");
  client.setRequestHandler(ElicitRequestSchema, agree);
} else {
  client.setRequestHandler("elicitation/create", agree);
}

// The client holds results to the output schemas that it has seen.
const { tools } = await client.listTools();
const call = async (name, args) => {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError) throw new Error(`${name}: ${result.content[0].text}`);
  return { ...JSON.parse(result.content[0].text), blocks: result.content };
};

const list = await call("list_tables", {});
const table = await call("describe_table", { table: "orders" });

// Every page of a query.
const query = { query: "SELECT id FROM orders WHERE customer_id = $1 ORDER BY id", params: [31], max_rows: 4 };
const pages = [];
for (let page = await call("execute_query", query); ; page = await call("execute_query", { ...query, cursor: page.next_cursor })) {
  pages.push(page.rows.length);
  if (!page.truncated) break;
}
const explained = await call("explain_query", { query: query.query, params: [31] });
const chart = await call("execute_query", { query: "SELECT status::text, count(*) FROM orders GROUP BY 1 ORDER BY 1", format: "chart" });
const picture = chart.blocks.find((block) => block.type === "image");
const refused = await client.callTool({ name: "execute_query", arguments: { query: "DELETE FROM orders" } });

const uri = "db://default/public/orders";
const { resources } = await client.listResources();
const resource = await client.readResource({ uri });
const row = await client.readResource({ uri: `${uri}/7` });
const { prompts } = await client.listPrompts();
const prompt = await client.getPrompt({ name: "sql-query-builder", arguments: { table: "orders" } });
const { completion } = await client.complete({
  ref: { type: "ref/prompt", name: "sql-query-builder" },
  argument: { name: "table", value: "order" },
});

// A change that a person agrees to is told to who listens.
const heard = Promise.withResolvers();
const listener = (notification) => heard.resolve(notification.params.uri);
let subscription;
if (edition === "v1") {
  const { ResourceUpdatedNotificationSchema } = await import("@modelcontextprotocol/sdk/types.js");
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, listener);
  await client.subscribeResource({ uri });
} else {
  client.setNotificationHandler("notifications/resources/updated", listener);
  subscription = await client.listen({ resourceSubscriptions: [uri] });
}
const change = await call("modify_data", { statement: "UPDATE orders SET note = $1 WHERE id = $2", params: ["fragile", 7] });
const updated = await heard.promise;
const after = await call("execute_query", { query: "SELECT note FROM orders WHERE id = 7" });
if (edition === "v1") await client.unsubscribeResource({ uri });
else await subscription.close();

if (edition === "v1" && kind === "http") await transport.terminateSession();
await client.close();

console.log(JSON.stringify({
  tools: tools.map((t) => t.name),
  tables: list.tables.map((t) => t.name),
  columns: table.columns.map((c) => c.name),
  pages,
  plan: explained.plan.includes("orders"),
  picture: `${picture?.mimeType} ${picture ? atob(picture.data).slice(1, 4) : ""}`,
  bars: chart.rows.length,
  refused: refused.isError === true && refused.content[0].text.includes("PERMISSION_DENIED"),
  resources: resources.map((r) => r.uri),
  resource: resource.contents[0].text.includes("customer_id"),
  row: JSON.parse(row.contents[0].text).id,
  prompts: prompts.map((p) => p.name),
  prompt: prompt.messages[0].content.text.includes("customer_id"),
  completed: completion.values,
  asked: questions.length === 1 && questions[0].includes("1 row"),
  committed: change.committed,
  updated,
  after: after.rows[0][0],
}));
