// Goes on from connect.mjs: uses a server as a host application does, and prints
// what it got as JSON.

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
