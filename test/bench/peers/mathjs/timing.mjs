// The evaluator of mathjs, every option at its default but the kind of number:
// `node timing.mjs number` or `node timing.mjs BigNumber 34`. It reads requests
// from its standard input, a JSON value a line, and answers each with a line.
// An evaluation is all of it: reading the expression, computing, and writing
// the value down.

import { createInterface } from 'node:readline';

import { all, create } from 'mathjs';

const [number, precision] = process.argv.slice(2);
const math = create(all, precision ? { number, precision: Number(precision) } : { number });

function task({ expression, matrix }) {
  if (!matrix) return () => math.format(math.evaluate(expression));
  const entries = number === 'BigNumber' ? matrix.map((row) => row.map((x) => math.bignumber(x))) : matrix;
  return () => math.format(math.det(entries));
}

// The clock is read seldom: reading it costs a tenth of a small evaluation.
function repeat(f, milliseconds) {
  const start = process.hrtime.bigint();
  const lasting = BigInt(milliseconds ?? 0) * 1_000_000n;
  for (let runs = 0, batch = 1, took = 0n; ; ) {
    const began = took;
    let value;
    for (let i = 0; i < batch; i++) value = f();
    runs += batch;
    took = process.hrtime.bigint() - start;
    if (took >= lasting) return { runs, nanoseconds: Number(took), value };
    if (took - began < lasting / 64n) batch *= 2;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let response;
  try {
    response = repeat(task(request), request.milliseconds);
  } catch (error) {
    response = { runs: 1, reason: error.name, refusal: error.message };
  }
  console.log(JSON.stringify(response));
}
