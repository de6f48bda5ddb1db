// The plainest calculator on the TypeScript SDK 2.x, every option at its
// default. `--http HOST:PORT` serves Streamable HTTP on plain node:http;
// without it the server speaks stdio.

import { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

import { evaluate } from './arith.mjs';

const inputSchema = z.object({ expression: z.string().describe('arithmetic expression, for example 2+3*4') });
const outputSchema = z.object({ result: z.number() });

function build() {
  const server = new McpServer({ name: 'calculator', version: '1.0.0' });
  server.registerTool(
    'calculate',
    { description: 'Evaluates an arithmetic expression.', inputSchema, outputSchema },
    async ({ expression }) => {
      const structuredContent = { result: evaluate(expression) };
      return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
    },
  );
  return server;
}

// Imported on demand: a stdio start must not pay for the HTTP stack.
const flag = process.argv.indexOf('--http');
if (flag < 0) {
  const { serveStdio } = await import('@modelcontextprotocol/server/stdio');
  serveStdio(build);
} else {
  const { createServer } = await import('node:http');
  const { createMcpHandler } = await import('@modelcontextprotocol/server');
  const { toNodeHandler } = await import('@modelcontextprotocol/node');
  const [host, port] = process.argv[flag + 1].split(':');
  createServer(toNodeHandler(createMcpHandler(build))).listen(Number(port), host);
}
