// Goes on from connect.mjs: plays the requests of a file of cases and prints the
// answers as JSON, one for each. The fourth argument is the file.
import { readFile } from "node:fs/promises";

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
