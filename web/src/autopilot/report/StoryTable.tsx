/** A table that comes told: heads and cells as text, the first column names the row. */
import type { Story } from "../types";

type Table = Story["actions"];
const FEW = 12;

export function StoryTable({ table, name }: { table: Table; name: string }) {
  if (table.heads.length === 0 || table.rows.length === 0) return null;
  const text = new Set(table.text_columns ?? [0]);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a table wider than a phone is scrolled by key too
    <div className="report-table" tabIndex={0} role="region" aria-label={name}>
      <table aria-label={name}>
        <thead>
          <tr>
            {table.heads.map((head, place) => (
              <th key={head} scope="col" data-text={text.has(place)}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.slice(0, FEW).map((row) => (
            <tr key={row.join("|")}>
              {row.map((cell, place) => (
                <td key={table.heads[place]} data-text={text.has(place)} data-head={table.heads[place]}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
