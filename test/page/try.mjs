// Tries the calculator's tools in their forms.
const page = await browser.newPage()
const got = { Console: [], Elsewhere: [] }
page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) got.Console.push(m.text()) })
page.on('pageerror', (e) => got.Console.push(e.message))
page.on('request', (r) => { if (!r.url().startsWith(given.url) && !r.url().startsWith('data:')) got.Elsewhere.push(r.url()) })
await page.goto(given.url)

const open = async (tool) => {
  const article = page.locator(`#tool-${tool}`)
  await article.locator('summary').first().click()
  const form = article.locator('form')
  await form.waitFor()
  const more = form.locator('details summary').first()
  if (await more.count()) await more.click()
  return form
}
const run = async (form) => {
  const answered = page.waitForResponse((r) => r.url().endsWith('/mcp'))
  await form.getByRole('button', { name: 'Run' }).click()
  await answered
  await form.locator('.run:enabled').waitFor()
  return form.locator('.result').innerText()
}

const calculate = await open('calculate')
await calculate.getByLabel('expression').fill('0.1 + 0.2')
await calculate.getByLabel('variables').fill('')
got.Sum = await run(calculate)
got.Spoken = await calculate.locator('.result').getAttribute('role')
await calculate.locator('.result summary').click()
got.Commands = (await calculate.locator('.result details code').allTextContents()).join('\n')
got.Violations = await axe(page)

await calculate.getByLabel('precision').fill('-1')
got.Wrong = await run(calculate)
got.Marked = await page.evaluate(() => [...document.querySelectorAll('[aria-invalid=true]')].map((e) => e.labels[0].querySelector('code').textContent).join())
await calculate.getByLabel('precision').fill('')

await calculate.getByLabel('expression').fill('1 / 0 +')
got.Failure = (await run(calculate)).split('\n')[0]

await calculate.getByLabel('variables').fill('{x')
await calculate.getByRole('button', { name: 'Run' }).click()
await calculate.locator('.failed', { hasText: 'JSON' }).waitFor()
got.Malformed = await calculate.locator('.result').innerText()

const plot = await open('plot_function')
await run(plot)
got.Picture = await plot.locator('.result img').evaluate(async (img) => { await img.decode(); return img.naturalWidth })
done(got)
