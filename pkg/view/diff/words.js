// Finds the words in which two lines differ.

const MOST_LINE = 2000 // characters of a line that is looked at
const MOST_WORK = 40000 // pairs of words that are compared

// wordDiff returns [old, now], each a list of [text, changed], or null if the
// lines have too little in common for it to help.
const wordDiff = (old, now) => {
  if (old.length > MOST_LINE || now.length > MOST_LINE) return null
  const split = (text) => text.match(/[\p{L}\p{N}_]+|\s+|[^]/gu) ?? []
  const a = split(old)
  const b = split(now)
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const keptA = new Uint8Array(a.length).fill(1, 0, start).fill(1, a.length - end)
  const keptB = new Uint8Array(b.length).fill(1, 0, start).fill(1, b.length - end)
  const n = a.length - end - start
  const m = b.length - end - start
  if (n * m <= MOST_WORK) {
    // The longest common subsequence of what is between.
    const best = new Uint16Array((n + 1) * (m + 1))
    for (let i = n - 1; i >= 0; i--) {
      for (let j = m - 1; j >= 0; j--) {
        best[i * (m + 1) + j] = a[start + i] === b[start + j] ? best[(i + 1) * (m + 1) + j + 1] + 1
          : Math.max(best[(i + 1) * (m + 1) + j], best[i * (m + 1) + j + 1])
      }
    }
    for (let i = 0, j = 0; i < n && j < m;) {
      if (a[start + i] === b[start + j]) keptA[start + i++] = keptB[start + j++] = 1
      else if (best[(i + 1) * (m + 1) + j] >= best[i * (m + 1) + j + 1]) i++
      else j++
    }
  }
  const common = a.reduce((sum, word, i) => sum + (keptA[i] && word.trim() ? word.length : 0), 0)
  if (common * 4 < Math.max(4, Math.min(old.trim().length, now.trim().length))) return null
  const joined = (words, kept) => {
    const parts = []
    words.forEach((word, i) => {
      const changed = !kept[i]
      // A blank between two changed words is no interruption.
      const between = !changed && !word.trim() && i > 0 && !kept[i - 1] && i + 1 < words.length && !kept[i + 1]
      if (parts.length && parts.at(-1)[1] === (changed || between)) parts.at(-1)[0] += word
      else parts.push([word, changed || between])
    })
    return parts
  }
  return [joined(a, keptA), joined(b, keptB)]
}
