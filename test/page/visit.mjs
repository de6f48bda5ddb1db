// Visits a page as four visitors: light, dark, on a narrow screen, without JavaScript.
const visitors = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  { name: 'narrow', colorScheme: 'light', viewport: { width: 360, height: 740 } },
  { name: 'without JavaScript', colorScheme: 'light', viewport: { width: 1280, height: 900 }, javaScriptEnabled: false },
]

const keyboard = async (page) => {
  const name = () => page.evaluate(() => document.activeElement.textContent)
  const Focused = []
  await page.locator('[role=tab][aria-selected=true]').focus()
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft', 'End', 'ArrowRight']) {
    await page.keyboard.press(key)
    Focused.push(await name())
  }
  return Focused
}

const look = async ({ name, ...options }) => {
  const context = await browser.newContext({ ...options, permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  const seen = { Name: name, Requests: [], Console: [], Bytes: 0 }
  page.on('request', (r) => { if (!r.url().startsWith('data:')) seen.Requests.push(r.url()) })
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) seen.Console.push(m.text()) })
  page.on('pageerror', (e) => seen.Console.push(e.message))
  page.on('requestfinished', async (r) => { const s = await r.sizes(); seen.Bytes += s.responseBodySize })
  const response = await page.goto(given.url, { waitUntil: 'networkidle' })
  await response.finished()
  const timing = response.request().timing()
  seen.FirstByte = timing.responseStart - timing.requestStart
  const script = options.javaScriptEnabled !== false
  if (script) {
    seen.Focused = await keyboard(page)
    seen.SelectedAs = await page.locator('[role=tab][aria-selected=true]').textContent()
    seen.Panels = await page.locator('[role=tabpanel]:visible').count()
    await page.locator('[role=tabpanel]:visible .copy').click()
    await page.locator('[role=tabpanel]:visible .copy', { hasText: 'Copied' }).waitFor()
    seen.Copied = await page.evaluate(() => navigator.clipboard.readText())
    seen.Snippet = await page.locator('[role=tabpanel]:visible pre').textContent()
    await page.screenshot({ path: `${given.shots}-${name}.png` })
    await page.evaluate(() => document.querySelectorAll('main details').forEach((d) => { d.open = true }))
    if (await page.locator('[data-tool]').count()) await page.locator('form').first().waitFor()
    seen.Violations = await axe(page)
    seen.Overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    await page.screenshot({ path: `${given.shots}-${name}-open.png`, fullPage: true })
    seen.Installs = []
    for (const tab of await page.locator('[role=tab]').all()) { // what is behind another tab is not looked at
      await tab.click()
      const client = page.locator('[role=tabpanel]:visible')
      seen.Violations.push(...await axe(page, `#${await client.getAttribute('id')}`))
      for (const link of await client.locator('a.install').all()) seen.Installs.push(await link.getAttribute('href'))
    }
  } else {
    await page.screenshot({ path: `${given.shots}-plain.png`, fullPage: true })
  }
  seen.Tools = await page.locator('article[id^=tool-] h3:visible').count()
  seen.Examples = await page.locator('article[id^=tool-] .example').count()
  seen.Prompts = await page.locator('#prompts article h3:visible').count()
  seen.Resources = await page.locator('#resources dt code:visible').count()
  seen.Snippets = await page.locator('.client pre:visible').allTextContents()
  seen.Forms = await page.locator('form').count()
  seen.NotReady = (await page.locator('.unwell:visible').allTextContents()).join()
  await context.close()
  return seen
}

const views = []
for (const v of visitors) views.push(await look(v))
done(views)
