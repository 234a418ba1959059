// Builds src/fleetward/web/static/dist from assets/: one style sheet, two scripts, one icon sprite, fonts.
// Called by tools/build_assets.py, which skips it while nothing has changed.
import { mkdir, readFile, rm, writeFile, copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const dist = join(root, "src/fleetward/web/static/dist");
const icons = join(root, "node_modules/@tabler/icons/icons");

async function symbol(name) {
  const filled = name.endsWith("-filled");
  const path = filled
    ? join(icons, "filled", `${name.slice(0, -"-filled".length)}.svg`)
    : join(icons, "outline", `${name}.svg`);
  const svg = await readFile(path, "utf8");
  const body = svg
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/\s*\n\s*/g, "");
  const paint = filled
    ? 'fill="currentColor"'
    : 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${paint}>${body}</symbol>`;
}

async function sprite() {
  const names = JSON.parse(await readFile(join(here, "icons.json"), "utf8"));
  const symbols = await Promise.all(names.map(symbol));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
  await writeFile(join(dist, "icons.svg"), svg);
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await build({
  entryPoints: { app: join(here, "js/app.js") },
  outdir: dist,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome123", "firefox121", "safari17.5"],
  legalComments: "linked",
});
await build({
  entryPoints: { app: join(here, "css/main.css") },
  outdir: dist,
  bundle: true,
  minify: true,
  // light-dark() stays as it is: the colour scheme is the reader's, known to the browser alone.
  target: ["chrome123", "firefox121", "safari17.5"],
  legalComments: "inline",
});
await sprite();
// Of the labels that are printed; the pages themselves use the fonts of the reader.
await mkdir(join(dist, "fonts"));
for (const file of ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"]) {
  await copyFile(join(root, "node_modules/dejavu-fonts-ttf/ttf", file), join(dist, "fonts", file));
}
for (const file of ["logo.svg", "favicon.svg"]) await copyFile(join(here, "img", file), join(dist, file));
