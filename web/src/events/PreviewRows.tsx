/** The first rows as the customers or events they would become, and as they stand in the file. */
import { Tag } from "antd";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema";
import { useFormats } from "@/ui/formats";
import type { Target } from "./upload";

export type Preview = components["schemas"]["ImportPreviewOut"];
type Becoming = components["schemas"]["BecomingOut"];
type Problem = components["schemas"]["RowProblemOut"];

export function PreviewRows({ preview, target }: { preview: Preview; target: Target }) {
  const { t } = useTranslation("events");
  const whole = preview.problems.filter((one) => one.row === 0);
  const rows = [...preview.becomes.map((one) => ({ row: one.row, becomes: one })), ...preview.problems.filter((one) => one.row > 0).map((one) => ({ row: one.row, problem: one }))];
  rows.sort((left, right) => left.row - right.row);
  if (whole.length > 0) return <Whole problems={whole} />;
  if (rows.length === 0) return <p className="soft">{t("preview.none")}</p>;
  return (
    <ol className="preview" aria-label={t("preview.title")}>
      {rows.map((one) => (
        <li key={one.row} data-bad={"problem" in one}>
          <span className="preview-number" title={t("preview.row", { row: one.row })}>
            {one.row}
          </span>
          {"problem" in one ? <Bad problem={one.problem} /> : target === "customers" ? <CustomerRow one={one.becomes} /> : <EventRow one={one.becomes} />}
        </li>
      ))}
    </ol>
  );
}

function Whole({ problems }: { problems: Problem[] }) {
  return (
    <div className="preview-whole" role="alert">
      {problems.map((one) => (
        <p key={one.cause}>
          <strong>{one.cause}</strong> {one.remedy}
        </p>
      ))}
    </div>
  );
}

function Bad({ problem }: { problem: Problem }) {
  const { t } = useTranslation("events");
  return (
    <div className="preview-text">
      <strong>{problem.field ? t("preview.badAt", { field: problem.field, cause: problem.cause }) : problem.cause}</strong>
      <span className="soft">{problem.remedy}</span>
    </div>
  );
}

function CustomerRow({ one }: { one: Becoming }) {
  const { t } = useTranslation("events");
  const named = new Set(Object.keys(one.identities));
  return (
    <div className="preview-text">
      <span>
        <strong>{Object.values(one.identities).join(" · ")}</strong> <Tag color={one.is_known ? "default" : "success"}>{one.is_known ? t("preview.known") : t("preview.new")}</Tag>
        {one.consents.map((said) => (
          <Tag key={`${said.channel} ${said.purpose}`} color={said.state === "granted" ? "success" : "default"}>
            {t(`preview.consent.${said.state}`, { channel: said.channel })}
          </Tag>
        ))}
      </span>
      <Values values={one.values} without={named} />
    </div>
  );
}

function EventRow({ one }: { one: Becoming }) {
  const { t } = useTranslation("events");
  const formats = useFormats();
  const who = Object.values(one.identities).join(" · ");
  return (
    <div className="preview-text">
      <span>
        <strong>{one.event}</strong> {one.at && <time dateTime={one.at}>{formats.moment(one.at)}</time>}{" "}
        <span className="soft">{one.is_known ? t("preview.by", { who }) : t("preview.byNew", { who })}</span>
      </span>
      <Values values={one.values} without={new Set()} />
    </div>
  );
}

function Values({ values, without }: { values: Record<string, unknown>; without: Set<string> }) {
  const told = Object.entries(values).filter(([name]) => !without.has(name));
  if (told.length === 0) return null;
  return <span className="soft preview-values">{told.map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`).join(" · ")}</span>;
}

export function RawRows({ preview }: { preview: Preview }) {
  const { t } = useTranslation("events");
  const rows = preview.rows as Record<string, unknown>[];
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- wide tables scroll by keyboard too
    <div className="preview-raw" tabIndex={0} role="region" aria-label={t("preview.kind.raw")}>
      <table>
        <thead>
          <tr>
            {preview.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            <tr key={place}>
              {preview.columns.map((column) => (
                <td key={column}>{row[column] === null || row[column] === undefined ? "" : String(row[column])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
