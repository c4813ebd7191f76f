type Catalogue = Record<string, unknown>;

/** Catalogues by the name of their folder, from a glob such as `../../autopilot/wizard/en.json`. */
export function gather(found: Record<string, unknown>): Record<string, Catalogue> {
  return Object.fromEntries(Object.entries(found).map(([path, catalogue]) => [folderOf(path), catalogue as Catalogue]));
}

/** The bundler writes the way to this very folder short: `../en.json`. */
function folderOf(path: string): string {
  const name = path.split("/").at(-2) ?? "";
  return name === ".." ? "ui" : name;
}
