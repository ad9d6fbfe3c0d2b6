// Bundles src/*.js into ../static/components/*.js (committed) and copies yasgui there. Run: npm ci && npm run build
import { build } from "esbuild";
import { cpSync, mkdirSync } from "node:fs";

const out = "../static/components";
await build({
  entryPoints: ["src/evidence.js", "src/graph.js", "src/editor.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  outdir: out,
  loader: { ".css": "text" },
  legalComments: "linked",
  charset: "utf8",
});

mkdirSync("../static/yasgui", { recursive: true });
for (const name of ["yasgui.min.js", "yasgui.min.css"])
  cpSync(`node_modules/@zazuko/yasgui/build/${name}`, `../static/yasgui/${name}`);
