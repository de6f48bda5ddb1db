// Reads unified diffs: of git, of diff -u, of patches whose numbers are missing
// or wrong, and the texts of tools that put a line before each file's hunks.

const MOST_CHARS = 4 << 20
const MOST_LINES = 50000
const MOST_FILES = 3000

// unquote reads a name as git quotes it: bytes in octal.
const unquote = (name) => {
  if (!/^".*"$/.test(name)) return name
  const bytes = []
  const short = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 }
  for (const [, octal, letter, rest] of name.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gsu)) {
    if (octal) bytes.push(parseInt(octal, 8) & 255)
    else if (letter) bytes.push(...(Object.hasOwn(short, letter) ? [short[letter]] : new TextEncoder().encode(letter)))
    else bytes.push(...new TextEncoder().encode(rest))
  }
  return new TextDecoder().decode(new Uint8Array(bytes))
}

// fileName reads what stands behind --- or +++, null for /dev/null.
const fileName = (text, prefix) => {
  const name = unquote(text.replace(/\t.*$/s, ''))
  if (name === '/dev/null') return null
  return name.startsWith(prefix) ? name.slice(2) : name
}

// gitNames reads both names behind "diff --git". Only names that are alike can be
// told apart if there are spaces in them; of others "rename" says more.
const gitNames = (text) => {
  const quoted = /^("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*")$/.exec(text)
  const half = (text.length - 1) / 2
  const [old, now] = quoted ? quoted.slice(1)
    : text[half] === ' ' && text.slice(2, half) === text.slice(half + 3) ? [text.slice(0, half), text.slice(half + 1)]
      : text.split(/ (?=b\/|"b\/)/)
  return [fileName(old ?? '', 'a/'), fileName(now ?? old ?? '', 'b/')]
}

// parseDiff returns { head, files, summary, cut }. head are lines before the
// first file, summary is [{ path, added, removed }] of "path | +1 -2" lines, cut
// says that there was too much. A file is { old, path, status, notes, binary,
// added, removed, hunks }, a hunk { about, numbered, lines }, a line { kind, old,
// now, text, cr, open }: kind is ' ', '+' or '-', old and now are numbers or
// null, cr says that a carriage return was before the newline, open that there
// was none.
const parseDiff = (source) => {
  let cut = source.length > MOST_CHARS
  const lines = source.slice(0, MOST_CHARS).split('\n')
  if (lines.at(-1) === '') lines.pop()
  const head = []
  const summary = []
  const files = []
  let file = null
  let hunk = null
  let skip = false // in a binary patch
  let total = 0

  const begin = (old, path, status) => {
    file = { old, path, status, notes: [], binary: false, added: 0, removed: 0, told: null, hunks: [] }
    files.push(file)
    hunk = null
    skip = false
  }
  const names = (i) => lines[i].startsWith('--- ') && (lines[i + 1] ?? '').startsWith('+++ ')
  const add = (kind, raw) => {
    const cr = raw.endsWith('\r')
    hunk.lines.push({
      kind, text: raw.slice(1, cr ? -1 : undefined), cr, open: false,
      old: hunk.numbered && kind !== '+' ? hunk.old++ : null, now: hunk.numbered && kind !== '-' ? hunk.now++ : null,
    })
    if (kind !== '+') hunk.leftOld--
    if (kind !== '-') hunk.leftNow--
    if (kind === '+') file.added++
    if (kind === '-') file.removed++
    total++
  }
  // inside takes a line of a hunk, and reports whether it is one. The counts tell a
  // line that was "-- x" from the name of the next file.
  const inside = (i) => {
    const raw = lines[i]
    if (raw[0] === '\\') {
      if (hunk.lines.length) hunk.lines.at(-1).open = true
      return true
    }
    const more = hunk.leftOld > 0 || hunk.leftNow > 0
    const last = hunk.leftOld === 1 && hunk.leftNow === 1
    if (names(i) && !last && (!more || (lines[i + 2] ?? '').startsWith('@@'))) return false
    if (raw === '' || raw === '\r') {
      if (more || /^[ +-]/.test(lines[i + 1] ?? '')) add(' ', ` ${raw}`)
      return true
    }
    if (!' +-'.includes(raw[0])) return false
    add(raw[0], raw)
    return true
  }

  for (let i = 0; i < lines.length; i++) {
    if (total >= MOST_LINES || files.length > MOST_FILES) {
      cut = true
      break
    }
    if (hunk && inside(i)) continue
    const line = lines[i].replace(/\r$/, '')
    let m
    if (line.startsWith('diff --git ')) {
      begin(...gitNames(line.slice(11)), '')
    } else if ((m = /^=== (.*?)(?: \(\+(\d+) -(\d+)((?:, .*)?)\)(, from hunk \d+ of \d+)?)?$/s.exec(line))) {
      const about = (m[4] ?? '').slice(2)
      const from = /renamed from (.*?)(?:, unchanged|, no patch:.*)?$/s.exec(about)
      begin(from ? from[1] : m[1], m[1], from ? 'renamed' : /^(added|removed|copied|changed)/.exec(about)?.[1] ?? '')
      if (m[2]) file.told = [Number(m[2]), Number(m[3])]
      if (/unchanged$|no patch:/.test(about)) file.notes.push(/(unchanged|no patch:.*)$/.exec(about)[0])
      if (m[5]) file.notes.push(m[5].slice(2))
    } else if (skip) {
      continue
    } else if (names(i)) {
      const old = fileName(line.slice(4), 'a/')
      const path = fileName(lines[++i].slice(4).replace(/\r$/, ''), 'b/')
      if (!file || file.hunks.length || file.named) begin(old, path, '')
      file.named = true
      file.old = old
      file.path = path ?? old
      if (old === null) file.status ||= 'added'
      else if (path === null) file.status ||= 'removed'
      else if (old !== path) file.status ||= 'renamed'
    } else if (line.startsWith('@@') && !line.startsWith('@@@')) {
      if (!file) begin('', '', '')
      m = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)$/s.exec(line)
      hunk = m
        ? { about: m[5], numbered: true, old: +m[1], now: +m[3], leftOld: +(m[2] ?? 1), leftNow: +(m[4] ?? 1), lines: [], at: line }
        : { about: line.replace(/^@@ ?/, '').replace(/ ?@@ ?/, ' ').trim(), numbered: false, leftOld: 0, leftNow: 0, lines: [], at: line }
      file.hunks.push(hunk)
    } else if (!file) {
      if ((m = /^(.+) \| \+(\d+) -(\d+)$/.exec(line))) summary.push({ path: m[1], added: +m[2], removed: +m[3] })
      else if (line && head.length < 20) head.push(line)
    } else {
      hunk = null
      if ((m = /^(new|deleted) file mode /.exec(line))) file.status = m[1] === 'new' ? 'added' : 'removed'
      else if ((m = /^(rename|copy) (from|to) (.*)$/s.exec(line))) {
        file.status = m[1] === 'copy' ? 'copied' : 'renamed'
        file[m[2] === 'from' ? 'old' : 'path'] = unquote(m[3])
      } else if (/^(GIT binary patch|Binary files )/.test(line)) {
        file.binary = true
        skip = line.startsWith('GIT')
      } else if (line && !/^(index |similarity index |dissimilarity index )/.test(line) && file.notes.length < 20) {
        file.notes.push(line.replace(/^\[(.*)\]$/, '$1'))
      }
    }
  }
  return { head, files, summary, cut }
}

// sides pairs lines for two columns: of a block of changes the first removed
// stands beside the first added. Each is [old line or null, new line or null].
const sides = (lines) => {
  const pairs = []
  let removed = []
  let added = []
  const flush = () => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++) pairs.push([removed[i] ?? null, added[i] ?? null])
    removed = []
    added = []
  }
  for (const line of lines) {
    if (line.kind === '-') {
      if (added.length) flush()
      removed.push(line)
    } else if (line.kind === '+') {
      added.push(line)
    } else {
      flush()
      pairs.push([line, line])
    }
  }
  flush()
  return pairs
}
