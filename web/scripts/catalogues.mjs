// Catalogues: every key stands in both languages, is used, and every used key stands. Exit code 1 tells otherwise.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const SOURCE = new URL("../src/", import.meta.url).pathname;
const PLURAL = /_(zero|one|two|few|many|other)$/;
const problems = [];

function flat(value, prefix = "") {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "string" ? [[prefix + key, inner]] : flat(inner, `${prefix}${key}.`),
  );
}

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

function base(entries) {
  return new Map(entries.map(([key, text]) => [key.replace(PLURAL, ""), text]));
}

function holes(text) {
  return [...text.matchAll(/{{\s*(\w+)/g)].map((found) => found[1]).sort().join();
}

function below(folder) {
  const inner = readdirSync(join(SOURCE, folder)).map((name) => join(folder, name));
  return inner.filter((path) => statSync(join(SOURCE, path)).isDirectory()).flatMap((path) => [path, ...below(path)]);
}

const folders = below("");
const known = new Map();
for (const folder of folders) {
  const present = readdirSync(join(SOURCE, folder));
  if (!present.includes("en.json") && !present.includes("zh.json")) continue;
  const [en, zh] = ["en", "zh"].map((tongue) => base(flat(JSON.parse(readFileSync(join(SOURCE, folder, `${tongue}.json`), "utf8")))));
  known.set(folder.split("/").at(-1), en);
  for (const key of en.keys()) if (!zh.has(key)) problems.push(`${folder}/zh.json lacks ${key}`);
  for (const key of zh.keys()) if (!en.has(key)) problems.push(`${folder}/en.json lacks ${key}`);
  for (const [key, text] of en) {
    const other = zh.get(key);
    if (!text.trim() || other === "") problems.push(`${folder}: ${key} is empty`);
    if (other !== undefined && holes(text) !== holes(other)) problems.push(`${folder}: ${key} names other values in each language`);
    if (other !== undefined && /[A-Za-z]{3,} [A-Za-z]{3,} [A-Za-z]{3,}/.test(other) && !/[\u4e00-\u9fff]/.test(other))
      problems.push(`${folder}/zh.json: ${key} is not translated`);
  }
}

// `t("key")`, `t("folder:key")`, and for keys made at run time the marker comment `// keys: prefix.*` or `// keys: folder:prefix.*`
const used = new Map([...known.keys()].map((folder) => [folder, { exact: new Set(), prefixes: [] }]));
for (const path of files(SOURCE).filter((name) => /\.tsx?$/.test(name) && !name.endsWith("schema.ts"))) {
  const text = readFileSync(path, "utf8");
  const own = path.slice(SOURCE.length).split("/").reverse().find((name) => known.has(name));
  const note = (raw, prefix) => {
    const [folder, key] = raw.includes(":") ? raw.split(":") : [own, raw];
    const seen = used.get(folder);
    if (!seen) return;
    if (prefix) seen.prefixes.push(key);
    else seen.exact.add(key);
    if (!prefix && !known.get(folder).has(key)) problems.push(`${path.slice(SOURCE.length)} uses ${folder}:${key}, which no catalogue has`);
  };
  for (const found of text.matchAll(/\bt\(\s*"([\w.:-]+)"/g)) note(found[1], false);
  for (const found of text.matchAll(/i18nKey="([\w.:-]+)"/g)) note(found[1], false);
  for (const found of text.matchAll(/\bt\(\s*`([\w.:-]*?)\$\{/g)) if (found[1]) note(found[1], true);
  for (const found of text.matchAll(/keys: ([\w.:-]+)\*/g)) note(found[1], true);
}
for (const [folder, en] of known) {
  const { exact, prefixes } = used.get(folder);
  for (const key of en.keys())
    if (!exact.has(key) && !prefixes.some((prefix) => key.startsWith(prefix))) problems.push(`${folder}: nothing uses ${key}`);
}

if (problems.length) {
  process.stderr.write(`${problems.join("\n")}\n`);
  process.exit(1);
}
