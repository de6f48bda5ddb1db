// Runs the Slack of emulate on a free loopback port until standard input ends.
// Arguments: the path of emulate's module, and what is in it at first, as JSON.
import { createServer } from "node:net";

const [path, seed] = process.argv.slice(1);
const { createEmulator } = await import(path);

// It takes no port 0, since it writes its own address into what it answers.
const port = await new Promise((resolve, reject) => {
  const probe = createServer().once("error", reject);
  probe.listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});

const url = `http://localhost:${port}`;
const emulator = await createEmulator({ service: "slack", port, baseUrl: url, seed: JSON.parse(seed) });
console.error(JSON.stringify({ msg: "serving", url }));

process.stdin.resume().on("end", async () => {
  await emulator.close();
  process.exit(0);
});
