// Evaluates each line of standard input with mathjs, with as many digits as the
// argument says or, if that is 0, as it comes, and answers with one JSON string
// a line.
// With a precision, numbers are equal only in all of its digits: as it comes,
// floor takes 12 common digits for an integer.
// What takes longer than three seconds, as tanh(1e9) would without an end, is
// given up.
import { all, create } from 'mathjs'
import readline from 'node:readline'
import vm from 'node:vm'

const precision = Number(process.argv[2])
const tolerance = Math.max(10 ** -precision, Number.MIN_VALUE)
const math = create(all, precision ? { number: 'BigNumber', precision, relTol: tolerance, absTol: tolerance } : {})
const format = precision ? { precision: Math.floor(precision * 0.8) } : {}
globalThis.answer = (line) => math.format(math.evaluate(line), format)
for await (const line of readline.createInterface({ input: process.stdin })) {
  let out
  try {
    out = vm.runInThisContext(`answer(${JSON.stringify(line)})`, { timeout: 3000 })
  } catch (e) {
    out = e.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? 'none in time' : 'error: ' + e.message
  }
  console.log(JSON.stringify(out))
}
