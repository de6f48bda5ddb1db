// Evaluates + - * / and parentheses: the smallest honest body for a calculate
// tool, so that what is measured is the library around it.

const MAX_DEPTH = 100;

export function evaluate(source) {
  let pos = 0;

  const peek = () => {
    while (source[pos] === ' ') pos++;
    return source[pos];
  };

  const sum = (depth) => {
    let left = product(depth);
    for (;;) {
      const op = peek();
      if (op !== '+' && op !== '-') return left;
      pos++;
      const right = product(depth);
      left = op === '+' ? left + right : left - right;
    }
  };

  const product = (depth) => {
    let left = operand(depth);
    for (;;) {
      const op = peek();
      if (op !== '*' && op !== '/') return left;
      pos++;
      const right = operand(depth);
      left = op === '*' ? left * right : left / right;
    }
  };

  const operand = (depth) => {
    if (depth > MAX_DEPTH) throw new Error(`more than ${MAX_DEPTH} levels at offset ${pos}`);
    const next = peek();
    if (next === '-') {
      pos++;
      return -operand(depth + 1);
    }
    if (next === '(') {
      pos++;
      const value = sum(depth + 1);
      if (peek() !== ')') throw new Error(`expected ) at offset ${pos}`);
      pos++;
      return value;
    }
    const number = /\d+(?:\.\d+)?/y;
    number.lastIndex = pos;
    const match = number.exec(source);
    if (match === null) throw new Error(`unexpected input at offset ${pos}`);
    pos = number.lastIndex;
    return Number(match[0]);
  };

  const value = sum(0);
  if (peek() !== undefined) throw new Error(`unexpected input at offset ${pos}`);
  return value;
}
