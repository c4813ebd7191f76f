/** Rows before and after the rules: what changed is marked, what is refused is struck. */
import { useTranslation } from "react-i18next";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { shown, type Preview } from "./types";
import "./sources.css";

export function RulePreview({ preview }: { preview: Preview }) {
  const { t } = useTranslation("sources");
  const { number } = useFormats();
  const used = new Set(preview.rules.map((rule) => rule.column));
  const columns = preview.columns.toSorted((a, b) => Number(used.has(b)) - Number(used.has(a)));
  const figures = (
    <span className="preview-figures">
      <Figure label={t("preview.rows")} explain={t("preview.rowsExplain")} layout="beside" size="small">
        {number(preview.rows)}
      </Figure>
      <Figure label={t("preview.kept")} explain={t("preview.keptExplain")} layout="beside" size="small">
        {number(preview.kept)}
      </Figure>
    </span>
  );
  return (
    <Section title={t("preview.title")} extra={figures}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolls by keyboard */}
      <div className="preview-scroll" tabIndex={0} role="region" aria-label={t("preview.title")}>
        <table className="preview">
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {preview.changed.map((row, place) => (
              // oxlint-disable-next-line react/no-array-index-key -- rows have no other name
              <tr key={place} data-refused={row.refused_by > 0 ? "" : undefined} title={row.refused_by > 0 ? t("preview.refusedBy", { place: row.refused_by }) : undefined}>
                {columns.map((column) => (
                  <Pair key={column} before={shown(row.before[column])} after={shown(row.after[column])} isRefused={row.refused_by > 0} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Pair({ before, after, isRefused }: { before: string; after: string; isRefused: boolean }) {
  const { t } = useTranslation("sources");
  if (before === after || isRefused) return <td>{before}</td>;
  if (before === "" && after === "false") return <td className="preview-unmarked">{after}</td>;
  return (
    <td className="preview-changed">
      {before !== "" && <del>{before}</del>}
      <ins>{after === "" ? t("preview.emptied") : after}</ins>
    </td>
  );
}
