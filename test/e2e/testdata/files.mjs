// Goes on from connect.mjs: works in a directory as a host application does, and
// prints what it got as JSON. The fourth argument is the directory, which is
// served as the root r.
import { writeFile } from "node:fs/promises";

// The client holds results to the output schemas that it has seen.
const { tools } = await client.listTools();
const call = async (name, args) => {
  const result = await client.callTool({ name, arguments: args });
  return result.isError ? `REFUSED ${result.content[0].text}` : result.content.map((block) => block.text);
};

const uri = "file:///r/notes/hello.txt";
const { resources } = await client.listResources();
const resource = await client.readResource({ uri });
const empty = await client.readResource({ uri: "file:///r/empty.txt" });
const none = await client.readResource({ uri: "file:///r/none" });
const [body, meta] = await call("read_file", { path: "notes/hello.txt" });
const found = JSON.parse((await call("search_content", { pattern: "wörld" }))[0]);
const edits = [{ old: "wörld", new: "there" }];
const [diff] = await call("edit_file", { path: "notes/hello.txt", edits, if_match: JSON.parse(meta).etag });
const stale = await call("edit_file", { path: "notes/hello.txt", edits: [{ old: "there", new: "x" }], if_match: JSON.parse(meta).etag });
const outside = await call("read_file", { path: "../hello.txt" });
const { completion } = await client.complete({
  ref: { type: "ref/resource", uri: "file:///{+path}" },
  argument: { name: "path", value: "r/no" },
});

// Somebody else changes the file.
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
await writeFile(`${file}/notes/hello.txt`, "changed\n");
const updated = await heard.promise;
const after = await client.readResource({ uri });
if (edition === "v1") await client.unsubscribeResource({ uri });
else await subscription.close();

if (edition === "v1" && kind === "http") await transport.terminateSession();
await client.close();

console.log(JSON.stringify({
  tools: tools.map((t) => t.name),
  resources: resources.map((r) => r.uri),
  resource: resource.contents[0].text,
  empty: [empty, none].map((r) => r.contents[0].text ?? r.contents[0].blob),
  mimeType: resource.contents[0].mimeType,
  body,
  found: found.files.map((f) => `${f.path}:${f.matches[0].line}`),
  diff,
  stale: stale.includes("CONFLICT"),
  outside: outside.includes("PERMISSION_DENIED"),
  completed: completion.values,
  updated,
  after: after.contents[0].text,
}));
