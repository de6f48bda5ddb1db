// The plainest calculator on the TypeScript SDK 1.x, stateless with JSON
// answers, everything else at its default. This line of the SDK ends at MCP
// 2025-11-25. `--http HOST:PORT` serves Streamable HTTP on plain node:http
// (no Express, which would only add to it); without it the server speaks
// stdio.

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod';

import { evaluate } from './arith.mjs';

const inputSchema = { expression: z.string().describe('arithmetic expression, for example 2+3*4') };
const outputSchema = { result: z.number() };

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
  const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
  await build().connect(new StdioServerTransport());
} else {
  const { createServer } = await import('node:http');
  const { StreamableHTTPServerTransport } = await import('@modelcontextprotocol/sdk/server/streamableHttp.js');
  const [host, port] = process.argv[flag + 1].split(':');
  createServer(async (req, res) => {
    // The SDK requires a server and a transport of their own for each
    // stateless request.
    const server = build();
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
    res.on('close', () => {
      transport.close();
      server.close();
    });
    await server.connect(transport);
    await transport.handleRequest(req, res);
  }).listen(Number(port), host);
}
