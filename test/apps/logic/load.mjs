// Gives tests the functions of scripts that are parts of a view's page.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const load = (files, names) => new Function(`'use strict';${files.map((f) => readFileSync(join(process.env.ROOT, f), 'utf8')).join('\n')}\nreturn { ${names} }`)()
