// Prints the host's script with the packages that it imports.
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const entry = join(process.cwd(), 'host.mjs') // where the packages are
const host = {
  name: 'host',
  resolveId: (id) => (id === entry ? id : null),
  load: (id) => (id === entry ? process.env.SOURCE : null),
}
const bundle = await rolldown({ input: entry, platform: 'browser', plugins: [host] })
const { output } = await bundle.generate({ format: 'esm' })
if (output.length !== 1) throw new Error(`${output.length} files`)
process.stdout.write(output[0].code)
