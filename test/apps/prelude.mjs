// The scope of a test's script, which stands where the comment is.
const page = await browser.newPage({ viewport: { width: 760, height: 900 } })
const requests = []
const problems = []
page.on('console', (m) => { if (m.type() === 'error') problems.push(m.text()) })
page.on('pageerror', (err) => problems.push(String(err)))
page.on('request', (r) => {
  if (r.frame() !== page.mainFrame() && !r.url().startsWith(given.call.sandbox)) requests.push(r.url())
})
await page.goto(given.host)
const shown = await page.evaluate((call) => window.show(call), given.call).catch((err) => {
  throw new Error(`${err.message}\n${problems.join('\n')}`)
})
const view = page.frames().find((f) => f.parentFrame()?.parentFrame() === page.mainFrame())
const context = async (changed) => {
  await page.evaluate((c) => window.context(c), changed)
  if (changed.theme) await view.locator(`html[data-theme=${changed.theme}]`).waitFor()
}
const teardown = () => page.evaluate(() => window.teardown())
const sizes = () => page.evaluate(() => window.sizes())
// pasted is what the view put on the clipboard; line feeds are what a text area makes of line ends.
const pasted = async () => {
  await page.evaluate(() => document.body.append(Object.assign(document.createElement('textarea'), { id: 'pasted' })))
  await page.locator('#pasted').press('Control+V')
  const text = await page.locator('#pasted').inputValue()
  await page.evaluate(() => document.querySelector('#pasted').remove())
  return text
}
const shot = (name) => page.screenshot({ path: `${given.screenshots}/${name}.png`, fullPage: true })
const check = async (into) => {
  into.Axe = await axe(view)
  into.Requests = [...requests]
  into.Problems = [...problems]
  // What a view might try to send something out with.
  into.Reached = await view.evaluate(async (url) => {
    const reached = []
    await fetch(url, { mode: 'no-cors' }).then(() => reached.push('fetch'), () => {})
    await new Promise((resolve) => {
      const image = new Image()
      image.onload = () => { reached.push('image'); resolve() }
      image.onerror = resolve
      image.src = `${url}/pixel.png`
    })
    try { (0, eval)('1'); reached.push('eval') } catch { }
    return reached
  }, given.host)
}
/* script */
