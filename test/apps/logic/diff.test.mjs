import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './load.mjs'

const { parseDiff, sides, wordDiff } = load(['pkg/view/diff/parse.js', 'pkg/view/diff/words.js'], 'parseDiff, sides, wordDiff')
const one = (text) => {
  const { files } = parseDiff(text)
  assert.equal(files.length, 1, text)
  return files[0]
}
const kinds = (file) => file.hunks.flatMap((h) => h.lines.map((l) => l.kind + l.text))

test('lines have their numbers', () => {
  const file = one('--- a/x.txt\n+++ b/x.txt\n@@ -3,3 +3,4 @@ func f() {\n a\n-b\n+c\n+d\n e\n')
  assert.deepEqual([file.old, file.path, file.added, file.removed, file.hunks[0].about], ['x.txt', 'x.txt', 2, 1, 'func f() {'])
  assert.deepEqual(file.hunks[0].lines.map((l) => [l.kind, l.old, l.now]), [[' ', 3, 3], ['-', 4, null], ['+', null, 4], ['+', null, 5], [' ', 5, 6]])
})

test('changed lines that look like headers are lines', () => {
  const file = one('--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a/y\n+++ b/y\n same\n')
  assert.deepEqual(kinds(file), ['--- a/y', '+++ b/y', ' same'])
  const last = one('--- a/x\n+++ b/x\n@@ -1 +1 @@\n--- old\n+++ new\n@@ -9 +9 @@\n-a\n+b\n')
  assert.deepEqual(kinds(last), ['--- old', '+++ new', '-a', '+b'])
})

test('wrong and missing counts', () => {
  const { files } = parseDiff('--- a/x\n+++ b/x\n@@ -1,99 +1,99 @@\n-a\n+b\n--- a/y\n+++ b/y\n@@ @@\n-c\n+d\n\n e\n')
  assert.deepEqual(files.map((f) => [f.path, ...kinds(f)]), [['x', '-a', '+b'], ['y', '-c', '+d', ' ', ' e']])
  assert.equal(files[1].hunks[0].numbered, false)
  assert.deepEqual(kinds(one('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n+c\n d\n')), ['-a', '+b', '+c', ' d'])
})

test('carriage returns and the end without a newline', () => {
  const file = one('--- a/x\r\n+++ b/x\r\n@@ -1,2 +1,2 @@\r\n-a\r\n+a\n b\r\n\\ No newline at end of file\n')
  assert.deepEqual(file.hunks[0].lines.map((l) => [l.text, l.cr, l.open]), [['a', true, false], ['a', false, false], ['b', true, true]])
  assert.equal(file.path, 'x')
})

test('renames, copies, modes and binaries', () => {
  const { files } = parseDiff(`diff --git a/old name b/new name
similarity index 100%
rename from old name
rename to new name
diff --git a/bin b/bin
new file mode 100755
index 000..123
GIT binary patch
literal 5
+abc
--- a/no
+++ b/no
@@ -1 +1 @@

diff --git a/i.png b/i.png
Binary files a/i.png and b/i.png differ
diff --git a/run b/run
old mode 100644
new mode 100755
diff --git "a/\\303\\251\\t.txt" "b/\\303\\251\\t.txt"
deleted file mode 100644
--- "a/\\303\\251\\t.txt"
+++ /dev/null
@@ -1 +0,0 @@
-x
`)
  assert.deepEqual(files.map((f) => [f.old, f.path, f.status, f.binary]), [
    ['old name', 'new name', 'renamed', false], ['bin', 'bin', 'added', true], ['i.png', 'i.png', '', true], ['run', 'run', '', false], ['é\t.txt', 'é\t.txt', 'removed', false]])
  assert.deepEqual(files[1].hunks, [])
  assert.deepEqual(files[3].notes, ['old mode 100644', 'new mode 100755'])
})

test('the text of a pull request', () => {
  const { head, files } = parseDiff(`octocat/hello#7 A title
open, feature -> main
=== a (b).go (+1 -1), from hunk 2 of 3
@@ -1 +1 @@
-=== fake (+0 -0)
+x
\\ No newline at end of file
=== new.go (+0 -0, renamed from old.go, unchanged)
=== x.png (+0 -0, added, no patch: binary, empty or only another mode)
=== big.sql (+90000 -2, added)
@@ -0,0 +1,5000 @@
+one
[4999 of the hunk's 5000 lines are left out]
`)
  assert.deepEqual(head, ['octocat/hello#7 A title', 'open, feature -> main'])
  assert.deepEqual(files.map((f) => [f.old, f.path, f.status, f.told]), [
    ['a (b).go', 'a (b).go', '', [1, 1]], ['old.go', 'new.go', 'renamed', [0, 0]], ['x.png', 'x.png', 'added', [0, 0]], ['big.sql', 'big.sql', 'added', [90000, 2]]])
  assert.deepEqual(kinds(files[0]), ['-=== fake (+0 -0)', '+x'])
  assert.deepEqual(files.map((f) => f.notes), [['from hunk 2 of 3'], ['unchanged'], ['no patch: binary, empty or only another mode'], ["4999 of the hunk's 5000 lines are left out"]])
})

test('what is no diff', () => {
  assert.deepEqual(parseDiff('a.txt | +1 -2\n__proto__ | +0 -1\n').summary, [{ path: 'a.txt', added: 1, removed: 2 }, { path: '__proto__', added: 0, removed: 1 }])
  for (const text of ['', '\n\n', 'hello', '--- only', '\\ No newline', '\u0000\uffff', '@@@ -1 -1 +1 @@@\n']) assert.deepEqual(parseDiff(text).files, [], text)
  assert.deepEqual(kinds(one('@@ -1 +1 @@\n-a\n+b')), ['-a', '+b'])
})

test('a diff without an end is bounded', () => {
  const many = parseDiff('--- a/x\n+++ b/x\n@@ -1,900000 +1,900000 @@\n' + '+x\n'.repeat(900000))
  assert.equal(many.cut, true)
  assert.equal(many.files[0].added, 50000)
  const long = parseDiff('--- a/x\n+++ b/x\n@@ -1 +1 @@\n+' + 'x'.repeat(9 << 20))
  assert.ok(long.cut && long.files[0].hunks[0].lines[0].text.length < 5 << 20)
  assert.ok(parseDiff('diff --git a/x b/x\n'.repeat(20000)).files.length <= 3001)
})

test('sides stand beside each other', () => {
  const file = one('--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n-a\n-b\n+c\n d\n+e\n-f\n')
  assert.deepEqual(sides(file.hunks[0].lines).map((p) => p.map((l) => l?.text ?? null)), [['a', 'c'], ['b', null], ['d', 'd'], [null, 'e'], ['f', null]])
})

test('words that differ', () => {
  const changed = (parts) => parts.filter((p) => p[1]).map((p) => p[0])
  const [old, now] = wordDiff('const total = price * 2;', 'const total = amount * 3;')
  assert.deepEqual([changed(old), changed(now)], [['price', '2'], ['amount', '3']])
  assert.deepEqual(wordDiff('naïve 👍 x', 'naïve 👎 x').map(changed), [['👍'], ['👎']])
  assert.deepEqual(wordDiff('keep a b keep', 'keep c d keep').map(changed), [['a b'], ['c d']])
  for (const [a, b] of [['abc def', 'xyz'], ['', 'x'], ['x'.repeat(3000), 'y']]) assert.equal(wordDiff(a, b), null)
  const a = Array.from({ length: 600 }, (_, i) => i % 7).join(' ')
  const parts = wordDiff(a, `${a}${a}`.slice(0, 1900))
  for (const [text, of] of [[a, parts?.[0]], [`${a}${a}`.slice(0, 1900), parts?.[1]]]) if (of) assert.equal(of.map((p) => p[0]).join(''), text)
})
