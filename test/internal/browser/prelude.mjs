// The scope of a test's script, which stands where the comment is.
import { readFile } from 'node:fs/promises'
import { chromium } from 'playwright-core'

const { chromium: executablePath, axe: axePath, input: given, sandbox } = JSON.parse(process.env.GIVEN)
const browser = await chromium.launch({ executablePath, chromiumSandbox: sandbox, headless: true })
const axeSource = await readFile(axePath, 'utf8')

// axe returns what axe-core finds wrong with a page, or with the part of it that a
// selector names, in short. The page's own policy does not keep it out: it runs as
// the browser's tools do.
const axe = async (page, part) => {
  const { violations } = await page.evaluate(`${axeSource}\n; axe.run(${JSON.stringify(part) ?? 'document'}, { resultTypes: ['violations'] })`)
  return violations.map((v) => ({ rule: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => n.html) }))
}

let result
const done = (value) => { result = value }
try {
  /* script */
} finally {
  await browser.close()
}
console.log(JSON.stringify(result ?? null))
