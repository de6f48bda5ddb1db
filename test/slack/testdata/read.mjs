// Reads a channel and a thread of it with Slack's own client, page by page.
// Arguments: the client's module, the URL of the Web API, a token, the channel
// and the thread.
const [path, slackApiUrl, token, channel, ts] = process.argv.slice(2);
const module = await import(path);
const { WebClient, LogLevel } = module.WebClient ? module : module.default;
const web = new WebClient(token, { slackApiUrl, logLevel: LogLevel.ERROR, retryConfig: { retries: 0 } });

const seen = (m) => ({ ts: m.ts, text: m.text, user: m.user, edited: !!m.edited, reactions: (m.reactions ?? []).map((r) => r.name) });
async function all(method, args) {
  const found = new Map();
  for await (const page of web.paginate(method, { limit: 2, ...args })) for (const m of page.messages) found.set(m.ts, seen(m));
  return [...found.values()];
}
const info = (await web.conversations.info({ channel })).channel;
console.log(JSON.stringify({
  channel: { name: info.name, purpose: info.purpose.value, private: info.is_private },
  history: await all("conversations.history", { channel }),
  replies: await all("conversations.replies", { channel, ts }),
}));
