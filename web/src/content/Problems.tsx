/** What is wrong in a source, errors first, each with its line and what to do. */
import { CloseCircleFilled, WarningFilled } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import type { Problem } from "./wording";

export function Problems({ problems }: { problems: Problem[] }) {
  const { t } = useTranslation("content");
  if (problems.length === 0) return null;
  return (
    <ul className="problems" aria-label={t("problems.title")} aria-live="polite">
      {problems.map((problem) => (
        <li key={`${problem.field}${problem.line}${problem.message}`} data-severity={problem.severity}>
          {problem.severity === "error" ? <CloseCircleFilled aria-label={t("problems.error")} /> : <WarningFilled aria-label={t("problems.warning")} />}
          <span>
            {problem.line !== null && <strong>{t("problems.line", { line: problem.line })} </strong>}
            {problem.message} <span className="soft">{problem.remedy}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
